/** Taking over a container whose owner is gone: everything in its files, none of its processes. */
import { setTimeout as delay } from 'node:timers/promises';
import type Docker from 'dockerode';
import {
  attachLane,
  keeperScript,
  listen,
  removeContainer,
  SESSION_LABEL,
  type StartedContainer,
} from './container.ts';
import { openLane } from './lane.ts';
import { endOthers } from './lanes.ts';

/** A keeper that has not begun after so long never will: somebody has paused the container, say. */
const KEEPER_MS = 10_000;

export type Claim = {
  sessionId: string;
  /** The container that may be taken over, by its id; null: none. */
  container: string | null;
  /** Whom its commands run as. */
  user: string;
  pidsLimit: number;
};

/**
 * Takes over the container, and removes whatever else the session has left on the engine, so that nothing of an earlier
 * run is beside the new one. Null: it is not there any more, or is in no state to be used. The caller must hold the
 * session, for nobody else may do the same.
 */
export async function claimContainer(docker: Docker, claim: Claim): Promise<StartedContainer | null> {
  const left = await docker.listContainers({ all: true, filters: { label: [`${SESSION_LABEL}=${claim.sessionId}`] } });
  let taken: StartedContainer | null = null;
  for (const { Id, State } of left) {
    const container = docker.getContainer(Id);
    if (Id === claim.container && State === 'running') taken = await adopt(container, claim);
    if (taken?.container !== container) await removeContainer(container);
  }
  return taken;
}

/** Null where that fails for whatever reason: a new container is the way out of all of them. */
async function adopt(container: Docker.Container, { user, pidsLimit }: Claim): Promise<StartedContainer | null> {
  try {
    const exec = await container.exec({
      Cmd: ['/bin/sh', '-c', keeperScript()],
      AttachStdin: true,
      AttachStdout: true,
      AttachStderr: true,
      Tty: false,
      User: '0:0',
      WorkingDir: '/',
    });
    const stream = await exec.start({ hijack: true, stdin: true, Tty: false });
    const { gone, numbers } = listen(stream, 'kept');
    numbers.catch(() => undefined); // It may come to be too late.
    const own = await Promise.race([numbers, delay(KEEPER_MS, null, { ref: false })]);
    if (own === null) {
      stream.destroy();
      return null;
    }
    const lane = await openLane(await attachLane(container, user, {}));
    const ended = await endOthers(lane, pidsLimit);
    lane.close();
    return ended ? { container, own, gone } : null;
  } catch {
    // It may have ended meanwhile, or be too full for a keeper.
    return null;
  }
}
