/** A session that is run and resumed in this process, on the host backend, by a scripted model. */
import { join } from 'node:path';
import { type Layer, type RunResult, resumeTask, runTask, type TaskEvent } from '../agent/index.ts';
import type { ImagePart } from '../models/index.ts';
import type { SessionEvent } from '../session/index.ts';
import { BROKEN_SUM, makeRepository, readLog, serve, temporaryFolder } from './harness.ts';
import type { ScriptedRequest, ScriptedTurn } from './model-server.ts';

/** One pixel. */
export const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC';
const SHOWN: ImagePart = { type: 'image', mediaType: 'image/png', data: PNG, longestSide: 1 };

export type PlayedSession = {
  /** How the first run ended. */
  end: RunResult;
  requests: ScriptedRequest[];
  events: () => SessionEvent[];
  /** Goes on with it, as `drydock resume` does. */
  resume(flags: Layer['values'], task?: string): Promise<RunResult>;
};

/** Without a branch; as root, the folders of these tests belong to root. */
const HOST_FLAGS = {
  sandbox: 'host',
  output: 'patch',
  ...(process.getuid?.() === 0 ? { hostUser: 'root' } : {}),
};

const layerOf = (values: Layer['values']): Layer => ({ kind: 'flags', where: '', values });

/** Runs a first task, with an image, in a new session; the command `sleep 600` interrupts it. */
export async function playSession(
  flags: Layer['values'],
  play: (turn: number, request: ScriptedRequest) => ScriptedTurn,
  environment: NodeJS.ProcessEnv = {},
): Promise<PlayedSession> {
  const requests: ScriptedRequest[] = [];
  const server = await serve((turn, request) => {
    requests.push(request);
    return play(turn, request);
  });
  const repository = makeRepository({ ...BROKEN_SUM, 'picture.png': Buffer.from(PNG, 'base64') });
  const interrupt = new AbortController();
  const common = {
    env: { ...process.env, ...server.env, ...environment },
    version: '0',
    dockerfile: '',
  };
  const sessionsDir = temporaryFolder();
  let slow = false;
  const emit = (event: TaskEvent) => {
    if (event.type !== 'log') return;
    if (event.event.type === 'model.responded') slow = JSON.stringify(event.event.message).includes('sleep 600');
    if (event.event.type === 'tool.started' && slow) interrupt.abort();
  };
  const end = await runTask({
    ...common,
    task: 'Make the test pass',
    images: [SHOWN],
    cwd: repository.dir,
    sessionsDir,
    layers: [layerOf({ ...HOST_FLAGS, ...flags })],
    useProject: false,
    signal: interrupt.signal,
    approve: null,
    emit,
  });
  const dir = join(sessionsDir, end.sessionId);
  return {
    end,
    requests,
    events: () => readLog(dir),
    resume(next, task = 'Go on.') {
      const { signal } = new AbortController();
      return resumeTask({ ...common, dir, task, images: [], layers: [layerOf(next)], approve: null, signal, emit });
    },
  };
}
