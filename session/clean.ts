/** What sessions take on disk, and its removal. */
import { lstat, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode, SessionError } from './errors.ts';
import type { SessionEvent } from './events.ts';
import { acquireLock, type Lock, lockOwner } from './lock.ts';
import { eventsFile, readEvents } from './log.ts';
import { type Retained, WORK_EVENTS, workOf } from './retention.ts';

/** The unit of `stat.blocks`. */
const BLOCK_BYTES = 512;

/** What a run makes in a session's folder and takes away again, unless it is killed meanwhile. */
const LEFTOVER =
  /^(?:import|(?:import|export|checkpoint)\.(?:bundle|pack)|(?:result(?:-[0-9a-f-]+)?|apply)\.patch|recipe-.+|skills\.tmp|sandbox\.json\.tmp)$/;

/** A guard of the lock, or the file that one is made of. */
const GUARD = /^lock\..+$/;

/** A guard is held for microseconds, and may be half written for less. */
const GUARD_AGE_MS = 60_000;

/** The end of the name of a session's folder that is being removed. */
const REMOVED = '.removed';

/** Takes the lock of the session in `dir` without reading it, which a damaged one allows too. Throws as `acquireLock`. */
export function holdSession(dir: string): Promise<Lock> {
  return acquireLock(join(dir, 'lock'));
}

/** Whether a live process has the session in `dir` open. */
export function isHeld(dir: string): boolean {
  return lockOwner(join(dir, 'lock')) !== null;
}

/** What a file or a folder takes on disk; what goes away meanwhile counts for nothing. */
export async function bytesOf(path: string): Promise<number> {
  try {
    const stat = await lstat(path);
    let bytes = (stat.blocks ?? Math.ceil(stat.size / BLOCK_BYTES)) * BLOCK_BYTES;
    if (stat.isDirectory()) for (const name of await readdir(path)) bytes += await bytesOf(join(path, name));
    return bytes;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return 0;
    throw unclean(path, error);
  }
}

/** What decides whether the session in `dir` may go. */
export async function retainedOf(dir: string, id: string): Promise<Retained & { files: number }> {
  const session = { id, lastUsed: await lastUsed(dir), bytes: await bytesOf(dir), files: 0 };
  if (isHeld(dir)) return { ...session, state: 'running' };
  const events: SessionEvent[] = [];
  try {
    for await (const event of readEvents(dir)) if (WORK_EVENTS.has(event.type)) events.push(event);
  } catch (error) {
    if (!(error instanceof SessionError)) throw error;
    return { ...session, state: 'damaged' };
  }
  return { ...session, ...(events.length === 0 ? { state: 'damaged' as const } : workOf(events)) };
}

/** When something was last written to the log, or, where none is, to the folder. */
export async function lastUsed(dir: string): Promise<number> {
  for (const path of [eventsFile(dir), dir]) {
    try {
      return (await lstat(path)).mtimeMs;
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw unclean(path, error);
    }
  }
  return Date.now();
}

/** Removes the folder of a session whose lock the caller holds. It stops being a session at once. */
export async function removeSession(dir: string): Promise<void> {
  const going = `${dir}${REMOVED}`;
  await removePath(going);
  try {
    await rename(dir, going);
  } catch (error) {
    throw unclean(dir, error);
  }
  await removePath(going);
}

/** Removes a file or a whole folder; that it is gone already is as well. Throws `SessionError`: `io`. */
export async function removePath(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
  } catch (error) {
    throw unclean(path, error);
  }
}

/** Folders of sessions whose removal was cut off. */
export async function halfRemoved(sessionsDir: string): Promise<string[]> {
  const names = await namesIn(sessionsDir);
  return names.filter((name) => name.endsWith(REMOVED)).map((name) => join(sessionsDir, name));
}

/** What a killed run has left in the folder of a session that nobody holds. */
export async function leftoversIn(dir: string): Promise<string[]> {
  const found: string[] = [];
  for (const name of await namesIn(dir)) {
    const path = join(dir, name);
    if (LEFTOVER.test(name) || (GUARD.test(name) && (await isOldGuard(path)))) found.push(path);
  }
  // What a git that was killed had begun to write; it has its name only when it is whole.
  const packs = join(dir, 'workspace.git', 'objects', 'pack');
  for (const name of await namesIn(packs)) if (name.startsWith('tmp_')) found.push(join(packs, name));
  return found;
}

async function isOldGuard(path: string): Promise<boolean> {
  try {
    const { mtimeMs } = await lstat(path);
    return Date.now() - mtimeMs > GUARD_AGE_MS && lockOwner(path) === null;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw unclean(path, error);
  }
}

async function namesIn(dir: string): Promise<string[]> {
  try {
    return await readdir(dir);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw unclean(dir, error);
  }
}

/** The error for a folder that cannot be read or removed; what is no file system error stays what it is. */
function unclean(path: string, cause: unknown): unknown {
  const code = errorCode(cause);
  if (code === null || cause instanceof SessionError) return cause;
  return new SessionError('io', `cannot clear up ${path}: ${code}`, 'Check access to it.', { cause });
}
