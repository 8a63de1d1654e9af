/** A session that is open for writing: its folder, lock, log and state. */
import { closeSync, fdatasync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { type BlobStore, openBlobs, syncPath } from './blobs.ts';
import { errorCode, SessionError } from './errors.ts';
import {
  type CreatedEvent,
  type EventPlace,
  LOG_VERSION,
  type NewEvent,
  parseEvent,
  type SessionEvent,
} from './events.ts';
import { fold, type SessionState, startFold } from './fold.ts';
import { encodeLine } from './json-line.ts';
import { acquireLock, type Lock } from './lock.ts';
import { eventsFile, readLog } from './log.ts';
import { makeFolders } from './make-folders.ts';

/** A torn last line was cut from the log: how many bytes, and the file that now holds them. */
export type Repair = { bytes: number; savedAs: string };

export type Session = {
  readonly id: string;
  /** The session's folder. */
  readonly dir: string;
  /** The first event of the log. */
  readonly created: CreatedEvent & EventPlace;
  /** Whole outputs, by handle. */
  readonly blobs: BlobStore;
  /** What opening the session had to mend; null: nothing. */
  readonly repair: Repair | null;
  /** The fold of all events so far. */
  state(): SessionState;
  /**
   * Writes one event, at once: it survives the death of the process from here on. Returns it as it will be read back.
   * Throws `SessionError`: `invalid_event` (nothing was written), `io` (nothing stays written), `closed`.
   */
  append(event: NewEvent): SessionEvent;
  /** Waits until all that was appended and kept survives a loss of power. For the end of a turn. */
  flush(): Promise<void>;
  /** Flushes, closes the log and releases the lock. A second call does nothing. */
  close(): Promise<void>;
};

/**
 * Makes the folder `<sessionsDir>/<created.id>` and its log. Throws `SessionError`: `exists`, `invalid_event`, `io`.
 */
export async function createSession(sessionsDir: string, created: Omit<CreatedEvent, 'type'>): Promise<Session> {
  const dir = join(sessionsDir, created.id);
  const { line, event } = encode({ type: 'session.created', ...created }, 1);
  if (event.type !== 'session.created') throw new SessionError('invalid_event', 'not session.created');
  await makeFolders(sessionsDir, 0o700).catch((error: unknown) => {
    throw errorCode(error) === null ? error : cannotWrite(sessionsDir, error);
  });
  if (!(await makeFolder(dir))) throw new SessionError('exists', `${dir} is already there`, 'Take another id.');
  await makeFolder(join(dir, 'blobs'));
  return withLock(dir, async (lock) => {
    const log = openLog(eventsFile(dir), 'ax', 0);
    try {
      log.write(line);
      return openedSession(dir, event, fold([event]), 1, log, lock, null);
    } catch (error) {
      log.close();
      throw error;
    }
  });
}

/**
 * Opens the session in the folder `dir` for writing. A torn last line is cut off and saved beside the log. Throws
 * `SessionError`: `not_found`, `in_use`, `corrupt`, `newer_version`, `io`.
 */
export async function openSession(dir: string): Promise<Session> {
  const path = eventsFile(dir);
  // Before the lock, which would leave its file in a folder that is no session.
  for await (const _ of readLog(path)) break;
  return withLock(dir, async (lock) => {
    const folding = startFold();
    let created: (CreatedEvent & EventPlace) | null = null;
    let seq = 0;
    let end = 0;
    for await (const logged of readLog(path)) {
      folding.add(logged.event);
      if (logged.event.type === 'session.created') created = logged.event;
      seq = logged.event.seq;
      end = logged.end;
    }
    if (created === null) {
      const hint = `It was never begun: remove ${dir}.`;
      throw new SessionError('corrupt', `session ${basename(dir)}: the log holds no whole event`, hint);
    }
    const log = openLog(path, 'a', end);
    try {
      const repair = await cutTornLine(dir, path, log);
      return openedSession(dir, created, folding.state(), seq, log, lock, repair);
    } catch (error) {
      log.close();
      throw error;
    }
  });
}

/** False where the folder is there already. */
async function makeFolder(path: string): Promise<boolean> {
  try {
    await mkdir(path, { mode: 0o700 });
    return true;
  } catch (error) {
    const code = errorCode(error);
    if (code === null) throw error;
    if (code === 'EEXIST') return false;
    throw cannotWrite(path, error);
  }
}

async function withLock<T>(dir: string, use: (lock: Lock) => Promise<T>): Promise<T> {
  const lock = await acquireLock(join(dir, 'lock'));
  try {
    return await use(lock);
  } catch (error) {
    lock.release();
    throw errorCode(error) === null ? error : cannotWrite(dir, error);
  }
}

function cannotWrite(path: string, cause: unknown): SessionError {
  const hint = 'Check free space and access, or choose another folder with --session-dir or XDG_STATE_HOME.';
  return new SessionError('io', `cannot write to ${path}: ${errorCode(cause)}`, hint, { cause });
}

/** An event as its line, and as it reads back: what would not read back is refused before it is written. */
function encode(body: NewEvent | CreatedEvent, seq: number): { line: Buffer; event: SessionEvent } {
  const event = parseEvent(encodeLine({ v: LOG_VERSION, seq, at: new Date().toISOString(), ...body }));
  if ('problem' in event) throw new SessionError('invalid_event', `event ${seq} cannot be logged: ${event.problem}`);
  // As it was read, so that what is shown of it and what is logged are the same line.
  return { line: Buffer.from(encodeLine(event)), event };
}

type OpenLog = { fd: number; size(): number; write(line: Buffer): void; cut(): void; close(): void };

/** The log's file, open for appending, of which `size` bytes are whole lines. */
function openLog(path: string, flags: 'a' | 'ax', size: number): OpenLog {
  const fd = openSync(path, flags, 0o600);
  const cut = () => ftruncateSync(fd, size);
  let dirty = false;
  return {
    fd,
    cut,
    size: () => size,
    write(line) {
      // What an earlier failed write left is cut now, if it could not be cut then.
      if (dirty) cut();
      dirty = true;
      try {
        for (let written = 0; written < line.length; ) written += writeSync(fd, line, written);
      } catch (error) {
        cut();
        dirty = false;
        throw error;
      }
      size += line.length;
      dirty = false;
    },
    close: () => closeSync(fd),
  };
}

/** Saves what follows the last whole line as `events.torn-<n>`, and cuts it off once it is safe there. */
async function cutTornLine(dir: string, path: string, log: OpenLog): Promise<Repair | null> {
  const file = await open(path, 'r');
  let torn: Buffer;
  try {
    const { size } = await file.stat();
    if (size === log.size()) return null;
    torn = Buffer.alloc(size - log.size());
    await file.read(torn, 0, torn.length, log.size());
  } finally {
    await file.close();
  }
  for (let n = 1; ; n += 1) {
    const savedAs = join(dir, `events.torn-${n}`);
    try {
      const copy = await open(savedAs, 'wx', 0o600);
      try {
        await copy.writeFile(torn);
        await copy.sync();
      } finally {
        await copy.close();
      }
    } catch (error) {
      if (errorCode(error) === 'EEXIST') continue;
      throw error;
    }
    log.cut();
    return { bytes: torn.length, savedAs };
  }
}

function openedSession(
  dir: string,
  created: CreatedEvent & EventPlace,
  opened: SessionState,
  lastSeq: number,
  log: OpenLog,
  lock: Lock,
  repair: Repair | null,
): Session {
  const path = eventsFile(dir);
  const blobs = openBlobs(join(dir, 'blobs'));
  let seq = lastSeq;
  let state = opened;
  let unfolded: SessionEvent[] = [];
  let syncedSize = -1;
  let syncing: Promise<void> = Promise.resolve();
  let closed = false;

  async function sync(): Promise<void> {
    const size = log.size();
    try {
      await blobs.sync();
      if (size === syncedSize) return;
      await promisify(fdatasync)(log.fd);
      // A new file is only safe with its entry in the folder.
      if (syncedSize < 0) await syncPath(dir);
    } catch (error) {
      throw errorCode(error) === null ? error : cannotWrite(path, error);
    }
    syncedSize = size;
  }

  function flush(): Promise<void> {
    // One after the other, also after one that failed: its caller has been told.
    if (!closed) syncing = syncing.then(sync, sync);
    return syncing;
  }

  return {
    id: created.id,
    dir,
    created,
    blobs,
    repair,
    state() {
      if (unfolded.length > 0) state = fold(unfolded, state);
      unfolded = [];
      return state;
    },
    append(body) {
      if (closed) throw new SessionError('closed', `session ${created.id} is closed; ${body.type} was not logged`);
      const { line, event } = encode(body, seq + 1);
      try {
        log.write(line);
      } catch (error) {
        throw errorCode(error) === null ? error : cannotWrite(path, error);
      }
      seq += 1;
      unfolded.push(event);
      return event;
    },
    flush,
    async close() {
      if (closed) return syncing;
      const flushed = flush();
      closed = true;
      try {
        await flushed;
      } finally {
        log.close();
        lock.release();
      }
    },
  };
}
