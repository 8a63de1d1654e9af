/**
 * One writer per session. A lock is a file that names its owner; it appears whole (a hard link to a finished file, which
 * fails where one exists, as O_EXCL does), so no reader ever sees half an owner.
 *
 * A lock whose owner is dead is taken over by replacing it. Two takers must not both win, so a taker first needs the
 * lock's guard: a second lock, named after the very content that is to be replaced. Who has it looks again, and replaces
 * only what it had seen. A guard whose owner died is taken over in the same way.
 */
import { createHash, randomUUID } from 'node:crypto';
import { linkSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { errorCode, SessionError } from './errors.ts';

/** `startTime` is the kernel's, in clock ticks since boot: with it a pid that was given out again is told apart. */
const ownerSchema = z.object({
  pid: z.number(),
  startTime: z.string().nullable(),
  host: z.string(),
  nonce: z.string(),
});
export type LockOwner = z.infer<typeof ownerSchema>;

/** `release` gives the lock back; a second time it does nothing. */
export type Lock = { release(): void };

/** A taker holds a guard for microseconds; 400 waits of 5 ms are for a machine under heavy load. */
const GUARD_WAITS = 400;
const GUARD_WAIT_MS = 5;

/** Takes the lock at `path`. Throws `SessionError`: `in_use` where a live process has it, `io` where it cannot be written. */
export async function acquireLock(path: string): Promise<Lock> {
  let holder: Lock | LockOwner;
  try {
    holder = await take(path);
  } catch (error) {
    if (errorCode(error) === null) throw error;
    throw new SessionError('io', `cannot write the lock ${path}: ${errorCode(error)}`, 'Check the folder.', {
      cause: error,
    });
  }
  if ('release' in holder) return holder;
  if (holder.host === hostname()) {
    throw new SessionError(
      'in_use',
      `the session is in use by process ${holder.pid}`,
      'Wait for it to end, or stop it.',
    );
  }
  throw new SessionError(
    'in_use',
    `the session is in use by process ${holder.pid} on host ${holder.host}`,
    `If it no longer runs there, remove ${path}.`,
  );
}

/** The live owner of the lock at `path`; null where there is none. */
export function lockOwner(path: string): LockOwner | null {
  const text = readText(path);
  const owner = text === null ? null : parseOwner(text);
  return owner !== null && isAlive(owner) ? owner : null;
}

/** This process, in the form that `lifeOf` takes. */
export function thisProcess(): Omit<LockOwner, 'nonce'> {
  return { pid: process.pid, startTime: startTimeOf(process.pid), host: hostname() };
}

async function take(path: string): Promise<Lock | LockOwner> {
  const nonce = randomUUID();
  const mine = JSON.stringify({ ...thisProcess(), nonce });
  const lock = { release: () => removeIf(path, mine) };
  for (let waits = 0; ; ) {
    if (place(path, mine, nonce, linkSync)) return lock;
    const seen = readText(path);
    if (seen === null) continue;
    const owner = parseOwner(seen);
    if (owner !== null && isAlive(owner)) return owner;

    const guard = await take(`${path}.${createHash('sha256').update(seen).digest('hex').slice(0, 16)}`);
    if ('release' in guard) {
      try {
        if (readText(path) === seen && place(path, mine, nonce, renameSync)) return lock;
      } finally {
        guard.release();
      }
    } else {
      if (waits === GUARD_WAITS) return guard;
      waits += 1;
      await sleep(GUARD_WAIT_MS);
    }
  }
}

/** Puts a finished file at `path` with `move`; false where something is there and `move` does not replace it. */
function place(path: string, text: string, nonce: string, move: (from: string, to: string) => void): boolean {
  const temporary = `${path}.${nonce}.tmp`;
  writeFileSync(temporary, text, { flag: 'wx', mode: 0o600 });
  try {
    move(temporary, path);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  } finally {
    removeIf(temporary, text);
  }
}

function removeIf(path: string, text: string): void {
  if (readText(path) === text) unlinkSync(path);
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
}

/** Null for what is no owner, such as the empty file that a power cut can leave; nobody holds such a lock. */
function parseOwner(text: string): LockOwner | null {
  try {
    return ownerSchema.safeParse(JSON.parse(text)).data ?? null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** A process that cannot be asked counts as alive. */
function isAlive(owner: LockOwner): boolean {
  return lifeOf(owner) !== 'dead';
}

/** Whether an owner's process lives. One on another host cannot be asked. */
export function lifeOf({ pid, startTime, host }: Omit<LockOwner, 'nonce'>): 'alive' | 'dead' | 'unknown' {
  if (host !== hostname()) return 'unknown';
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (errorCode(error) === 'ESRCH') return 'dead';
    if (errorCode(error) !== 'EPERM') throw error;
  }
  const stat = processStat(pid);
  if (stat === null) return 'alive';
  if (stat.state === 'Z' || stat.state === 'X') return 'dead';
  return startTime === null || stat.startTime === startTime ? 'alive' : 'dead';
}

function startTimeOf(pid: number): string | null {
  return processStat(pid)?.startTime ?? null;
}

/** State and start time from `/proc/<pid>/stat` (proc(5), fields 3 and 22); null on a system without it. */
function processStat(pid: number): { state: string; startTime: string } | null {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch (error) {
    if (errorCode(error) === null) throw error;
    return null;
  }
  // The second field, the command's name in parentheses, may itself hold blanks and parentheses.
  const [state, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const startTime = rest[18];
  return state === undefined || startTime === undefined ? null : { state, startTime };
}
