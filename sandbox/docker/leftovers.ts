/** What sessions have on an engine (containers, networks, volumes), and which of it nobody needs any more. */
import type Docker from 'dockerode';
import { z } from 'zod';
import { SandboxError } from '../sandbox.ts';
import { message, OWNER_LABEL, removeContainer, SESSION_LABEL, statusOf } from './container.ts';

const ownerSchema = z.object({ host: z.string(), pid: z.int().positive(), startTime: z.string().nullable() });
/** The process that a thing on the engine was made by; `startTime` tells a pid that was given out again apart. */
export type Owner = z.infer<typeof ownerSchema>;

/** A thing on the engine that was made for a session. */
export type SessionThing = {
  kind: 'container' | 'network' | 'volume';
  id: string;
  name: string;
  session: string;
  /** Null where its label is missing, or says nothing. */
  owner: Owner | null;
  running: boolean;
};

/**
 * How things stand with its session, whose lock is `held` or `free`, or which is not `here` at all (kept in another
 * folder, or removed), and with the process that owns it. `recorded`: the session's folder names it as the one that a resume
 * goes on in.
 */
export type Standing = {
  session: 'held' | 'free' | 'elsewhere';
  owner: 'alive' | 'dead' | 'unknown';
  recorded: boolean;
};

/** Whether a resume can go on in it. */
export function isAdoptable(
  { running }: Pick<SessionThing, 'running'>,
  { session, owner, recorded }: Standing,
): boolean {
  return running && recorded && session === 'free' && owner !== 'alive';
}

/**
 * Whether a thing is left over. A running container of a dead owner may have been taken over by a resumed session, which
 * only that session's lock tells: where the lock cannot be seen it is left to end by itself.
 */
export function isLeftover({ running }: Pick<SessionThing, 'running'>, standing: Standing): boolean {
  const { session, owner } = standing;
  if (session === 'held' || owner === 'alive' || isAdoptable({ running }, standing)) return false;
  return session === 'free' || (owner === 'dead' && !running);
}

/** The things to remove, containers first; what a container that stays may use stays too. */
export function chooseLeftovers(
  things: readonly SessionThing[],
  standingOf: (thing: SessionThing) => Standing,
): SessionThing[] {
  const left = things.filter((thing) => isLeftover(thing, standingOf(thing)));
  const inUse = new Set(
    things.filter((thing) => thing.kind === 'container' && !left.includes(thing)).map(({ session }) => session),
  );
  const others = left.filter(({ kind, session }) => kind !== 'container' && !inUse.has(session));
  return [...left.filter(({ kind }) => kind === 'container'), ...others];
}

/** The owner that a thing's labels name. */
export function ownerIn(labels: Record<string, string>): Owner | null {
  try {
    return ownerSchema.safeParse(JSON.parse(labels[OWNER_LABEL] ?? 'null')).data ?? null;
  } catch (error) {
    // A label that somebody else has written names nobody.
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** What the engine has of all sessions, or of one. Throws `SandboxError`. */
export function listSessionThings(docker: Docker, session?: string): Promise<SessionThing[]> {
  return asked('list what sessions have', async () => {
    const filters = { label: [session === undefined ? SESSION_LABEL : `${SESSION_LABEL}=${session}`] };
    const [containers, networks, { Volumes: volumes }] = await Promise.all([
      docker.listContainers({ all: true, filters }),
      docker.listNetworks({ filters }),
      docker.listVolumes({ filters }),
    ]);
    const labelled = (labels: Record<string, string> | null | undefined) => ({
      session: labels?.[SESSION_LABEL] ?? '',
      owner: ownerIn(labels ?? {}),
      running: false,
    });
    const things: SessionThing[] = [
      ...containers.map((found) => ({
        ...labelled(found.Labels),
        kind: 'container' as const,
        id: found.Id,
        name: found.Names[0]?.replace(/^\//, '') ?? found.Id.slice(0, 12),
        running: found.State === 'running' || found.State === 'paused' || found.State === 'restarting',
      })),
      ...networks.map((found) => ({
        ...labelled(found.Labels),
        kind: 'network' as const,
        id: found.Id,
        name: found.Name,
      })),
      ...(volumes ?? []).map((found) => ({
        ...labelled(found.Labels),
        kind: 'volume' as const,
        id: found.Name,
        name: found.Name,
      })),
    ];
    // What is made of an image that was made of a container has the label, and says nothing in it.
    return things.filter((thing) => thing.session !== '');
  });
}

/** What a container's own files take; 0 for one that has gone, and for the rest, of which it is not known. */
export async function bytesOfThing(docker: Docker, { kind, id, name }: SessionThing): Promise<number> {
  if (kind !== 'container') return 0;
  const [found] = await asked(`measure the container ${name}`, () =>
    docker.listContainers({ all: true, size: true, filters: { id: [id] } }),
  );
  return found !== undefined && 'SizeRw' in found && typeof found.SizeRw === 'number' ? found.SizeRw : 0;
}

/** Removes a thing; false where something else still uses it. That it is gone already is as well. Throws `SandboxError`. */
export function removeSessionThing(docker: Docker, thing: SessionThing): Promise<boolean> {
  return asked(`remove the ${thing.kind} ${thing.name}`, () => {
    switch (thing.kind) {
      case 'container':
        return removeContainer(docker.getContainer(thing.id)).then(() => true);
      case 'network':
        return unlessUsed(docker.getNetwork(thing.id).remove());
      case 'volume':
        return unlessUsed(docker.getVolume(thing.id).remove());
    }
  });
}

/** False where the engine refuses a removal because of something that uses the thing. */
export async function unlessUsed(removal: Promise<unknown>): Promise<boolean> {
  try {
    await removal;
    return true;
  } catch (error) {
    const status = statusOf(error);
    if (status === 404) return true;
    // A network that has members is refused with 403.
    if (status === 409 || status === 403) return false;
    throw error;
  }
}

/** What the engine was asked to do, or a `SandboxError` that says so. */
export async function asked<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const text = `the engine did not ${what}: ${message(error)}`;
    throw new SandboxError('engine_failed', text, '`drydock doctor` checks the engine', { cause: error });
  }
}
