/** `drydock gc`: removes what nobody needs any more: leftovers of crashes, old sessions, old images. */
import { basename, join } from 'node:path';
import { z } from 'zod';
import { adoptableContainer, ageMs, byteSize } from '../../agent/index.ts';
import {
  bytesOfThing,
  chooseLeftovers,
  findOldImages,
  isAdoptable,
  listSessionThings,
  type openEngine,
  removeImage,
  removeSessionThing,
  SandboxError,
  type SessionThing,
  type Standing,
  shellQuote,
  size,
} from '../../sandbox/index.ts';
import {
  bytesOf,
  chooseSessions,
  halfRemoved,
  holdSession,
  isHeld,
  lastUsed,
  leftoversIn,
  lifeOf,
  removePath,
  removeSession,
  retainedOf,
  SessionError,
  sessionIds,
} from '../../session/index.ts';
import { dockerfilePath } from '../dockerfile.ts';
import { callOptions, parseOptions } from '../options.ts';
import { writeOut } from '../output.ts';
import { printable } from '../render/text.ts';
import { VERSION } from '../version.ts';
import { sessionsFolder } from '../which-session.ts';
import { reachEngine, removalOf } from './sessions.ts';

const gcOptions = z.object({
  dryRun: z.boolean().default(false),
  all: z.boolean().default(false),
  olderThan: ageMs.default(30 * 86_400_000),
  keepSize: byteSize.default(5 * 1024 ** 3),
  imagesOlderThan: ageMs.default(14 * 86_400_000),
  sessionDir: callOptions.shape.sessionDir,
});
type GcOptions = z.infer<typeof gcOptions>;
type Docker = Awaited<ReturnType<typeof openEngine>>;

/** Carries removals out, or only tells them, and adds up what they free. */
type Remover = {
  /** `work` gives false where the thing turned out to be in use. */
  remove(what: string, bytes: number, work: () => Promise<boolean>): Promise<void>;
  count: number;
  bytes: number;
};

/** Removes, prints a line for each removal, and a sum. An engine that fails does not keep the sessions from their turn. */
export async function gcCommand(raw: Record<string, unknown>): Promise<number> {
  const options = parseOptions(gcOptions, raw);
  const sessionsDir = sessionsFolder(options.sessionDir);
  const remover = createRemover(options.dryRun);
  const docker = await reachEngine();
  const failures: SandboxError[] = [];
  const onEngine = async (work: (docker: Docker) => Promise<void>) => {
    if (docker === null || failures.length > 0) return;
    try {
      await work(docker);
    } catch (error) {
      if (!(error instanceof SandboxError)) throw error;
      failures.push(error);
    }
  };
  await onEngine((engine) => clearEngine(engine, sessionsDir, options, remover));
  await clearSessions(sessionsDir, options, remover);
  await onEngine((engine) => clearImages(engine, options, remover));
  const sum = `${options.dryRun ? 'would free' : 'freed'} ${size(remover.bytes)}`;
  await writeOut(`${remover.count === 0 ? 'nothing to remove' : sum}\n`);
  if (failures[0]) throw failures[0];
  return 0;
}

function createRemover(dryRun: boolean): Remover {
  return {
    count: 0,
    bytes: 0,
    async remove(what, freed, work) {
      if (!dryRun && !(await work())) return;
      this.count += 1;
      this.bytes += freed;
      const note = freed === 0 ? '' : ` (${size(freed)})`;
      // Names and labels of an engine's things may be anybody's.
      await writeOut(printable(`${dryRun ? 'would remove' : 'removed'} ${what}${note}\n`));
    },
  };
}

/** Containers, networks and volumes of sessions that nobody works on. */
async function clearEngine(
  docker: Docker,
  sessionsDir: string,
  { all, sessionDir }: GcOptions,
  remover: Remover,
): Promise<void> {
  const things = await listSessionThings(docker);
  // After the things: a session that has begun meanwhile is then seen.
  const here = new Set(await sessionIds(sessionsDir));
  const standingOf = ({ id, session, owner }: SessionThing): Standing => ({
    session: here.has(session) ? (isHeld(join(sessionsDir, session)) ? 'held' : 'free') : 'elsewhere',
    owner: owner === null ? 'unknown' : lifeOf(owner),
    recorded: !all && here.has(session) && adoptableContainer(join(sessionsDir, session), VERSION) === id,
  });
  for (const thing of things) {
    if (!isAdoptable(thing, standingOf(thing))) continue;
    const at = sessionDir === undefined ? '' : ` --session-dir ${shellQuote(sessionDir)}`;
    const why = `drydock resume ${thing.session}${at} can go on in it; it ends by itself, and --all removes it`;
    await writeOut(printable(`kept container ${thing.name} of session ${thing.session}: ${why}\n`));
  }
  for (const thing of chooseLeftovers(things, standingOf)) {
    const work = () => removeSessionThing(docker, thing);
    const dir = here.has(thing.session) ? join(sessionsDir, thing.session) : null;
    const what = `${thing.kind} ${thing.name} of session ${thing.session}`;
    await remover.remove(what, await bytesOfThing(docker, thing), () => (dir === null ? work() : whileHeld(dir, work)));
  }
}

/** Old sessions, what crashes left in the others' folders, and removals that were cut off. */
async function clearSessions(sessionsDir: string, options: GcOptions, remover: Remover): Promise<void> {
  for (const dir of await halfRemoved(sessionsDir)) {
    await remover.remove(`what is left of ${basename(dir)}`, await bytesOf(dir), () => clear(dir));
  }
  const sessions = [];
  for (const id of await sessionIds(sessionsDir)) sessions.push(await retainedOf(join(sessionsDir, id), id));
  const { olderThan, keepSize } = options;
  const limits = { now: Date.now(), olderThanMs: olderThan, keepBytes: keepSize };
  const { remove, spared } = chooseSessions(sessions, limits);
  for (const session of remove) {
    const dir = join(sessionsDir, session.id);
    await remover.remove(`session ${session.id}`, session.bytes, () =>
      whileHeld(dir, async () => {
        // Somebody may have worked on it since it was looked at.
        if ((await lastUsed(dir)) !== session.lastUsed) return false;
        await removeSession(dir);
        return true;
      }),
    );
  }
  for (const session of sessions) {
    if (session.state === 'running' || remove.includes(session)) continue;
    const dir = join(sessionsDir, session.id);
    for (const path of await leftoversIn(dir)) {
      const what = `${basename(path)} of session ${session.id}`;
      await remover.remove(what, await bytesOf(path), () => whileHeld(dir, () => clear(path)));
    }
  }
  for (const { id, state, files } of spared) {
    const why = {
      undelivered: `${files} changed ${files === 1 ? 'file was' : 'files were'} not handed over`,
      unfinished: 'its last run did not finish',
      damaged: 'its log cannot be read',
      running: 'it is in use',
      handed_over: '',
    }[state];
    await writeOut(`kept session ${id}: ${why}; to remove it: ${removalOf(id, options.sessionDir)}\n`);
  }
}

async function clearImages(docker: Docker, options: GcOptions, remover: Remover): Promise<void> {
  const limits = { now: Date.now(), olderThanMs: options.imagesOlderThan };
  for (const image of await findOldImages(docker, dockerfilePath(), limits)) {
    const name = image.tags.join(', ') || image.id.replace(/^sha256:/, '').slice(0, 12);
    await remover.remove(`image ${name}`, image.bytes, () => removeImage(docker, image));
  }
}

/** Does it while nobody else can open the session; false where somebody has it open. */
async function whileHeld(dir: string, work: () => Promise<boolean>): Promise<boolean> {
  let lock: { release(): void };
  try {
    lock = await holdSession(dir);
  } catch (error) {
    if (error instanceof SessionError && error.kind === 'in_use') return false;
    throw error;
  }
  try {
    return await work();
  } finally {
    lock.release();
  }
}

async function clear(path: string): Promise<boolean> {
  await removePath(path);
  return true;
}
