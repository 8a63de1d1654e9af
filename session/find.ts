/** Where sessions are, which there are, and which one is meant. */
import { randomInt } from 'node:crypto';
import { existsSync } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { errorCode, SessionError } from './errors.ts';
import { type CreatedEvent, parseEvent, type RunOutcome, SESSION_ID } from './events.ts';
import { lockOwner } from './lock.ts';
import { eventsFile, readEvents } from './log.ts';

/** Without letters and digits that are easily taken for another. */
const ID_ALPHABET = 'abcdefghjkmnpqrstvwxyz23456789';

/** The end of a log that is searched for the outcome; `run.finished` is a few hundred bytes and near the end. */
const TAIL_BYTES = 64 * 1024;

/** The folder of all sessions: below XDG_STATE_HOME where that is an absolute path, else in `~/.local/state`. */
export function sessionsDir(env: NodeJS.ProcessEnv): string {
  const state = env.XDG_STATE_HOME;
  const base = state !== undefined && isAbsolute(state) ? state : join(env.HOME || homedir(), '.local', 'state');
  return join(base, 'drydock', 'sessions');
}

/** A new id, e.g. `20261124-153012-k3f9`: the time in UTC, so that ids sort by age, and four random characters. */
export function newSessionId(now: Date = new Date()): string {
  const digits = now.toISOString().replace(/\D/g, '');
  const random = Array.from({ length: 4 }, () => ID_ALPHABET[randomInt(ID_ALPHABET.length)]).join('');
  return `${digits.slice(0, 8)}-${digits.slice(8, 14)}-${random}`;
}

/** A session in a list. What a damaged log does not tell is null, and `problem` says why. */
export type SessionSummary = {
  id: string;
  dir: string;
  /** ISO 8601. */
  createdAt: string | null;
  /** Where it works on the host: the repository's root, or the folder. */
  root: string | null;
  /** The first line of the first prompt. */
  task: string | null;
  /** How the newest run ended; null: it has not ended, or not in order. */
  outcome: RunOutcome | null;
  /** Whether a live process has it open. */
  running: boolean;
  problem: string | null;
};

/** The sessions in `sessionsDir`, newest first; a folder that does not exist has none. Reads the ends of each log only. */
export async function listSessions(sessionsDir: string): Promise<SessionSummary[]> {
  const summaries: SessionSummary[] = [];
  for (const id of (await sessionIds(sessionsDir)).reverse())
    summaries.push(await summaryOf(join(sessionsDir, id), id));
  return summaries;
}

/**
 * The folder of the session with this id, or with the only id that begins so; `last` is the newest one that works on the
 * repository which `folder` is in. Where there is none it is the newest of all, but not for who is to change something
 * (`elsewhere` is `refused`): that would be another repository's work. Throws `SessionError`: `not_found`, `ambiguous`.
 */
export async function findSession(
  sessionsDir: string,
  idOrPrefix: string,
  folder: string | null = null,
  elsewhere: 'taken' | 'refused' = 'taken',
): Promise<string> {
  const ids = await sessionIds(sessionsDir);
  const newest = ids.at(-1);
  if (newest === undefined) throw new SessionError('not_found', `no sessions in ${sessionsDir}`, 'Start one first.');
  if (idOrPrefix === 'last') {
    const own = await newestOf(sessionsDir, ids, folder);
    if (own === null && elsewhere === 'refused') {
      const root = await rootOf(join(sessionsDir, newest));
      const other = root === null ? newest : `${newest}, of ${root}`;
      const message = `no session of the repository around ${folder ?? 'the current folder'}; the newest elsewhere is ${other}`;
      throw new SessionError('not_found', message, 'Give its id if that one is meant.');
    }
    return join(sessionsDir, own ?? newest);
  }
  if (ids.includes(idOrPrefix)) return join(sessionsDir, idOrPrefix);

  const matches = idOrPrefix === '' ? [] : ids.filter((id) => id.startsWith(idOrPrefix));
  const match = matches[0];
  if (match === undefined) {
    const message = `no session ${JSON.stringify(idOrPrefix)} in ${sessionsDir}`;
    throw new SessionError('not_found', message, `The newest is ${newest}.`);
  }
  if (matches.length > 1) {
    const message = `${matches.length} sessions begin with ${JSON.stringify(idOrPrefix)}`;
    throw new SessionError('ambiguous', message, `Give more of the id: ${matches.slice(-5).join(', ')}.`);
  }
  return join(sessionsDir, match);
}

/** The newest session on the repository that `folder` is in; null: none is, as far as the logs can be read. */
async function newestOf(sessionsDir: string, ids: readonly string[], folder: string | null): Promise<string | null> {
  if (folder === null) return null;
  for (const id of ids.toReversed()) {
    const root = await rootOf(join(sessionsDir, id));
    if (root !== null && isWithin(folder, root) && !isOther(folder, root)) return id;
  }
  return null;
}

/** The folder in which the session in `dir` works in place; null: it does not. Reads its first event only. */
export async function hostFolderOf(dir: string): Promise<string | null> {
  for await (const event of readEvents(dir)) {
    return event.type === 'session.created' && event.sandbox.backend === 'host' ? event.sandbox.workspace : null;
  }
  return null;
}

/** Whether `folder` is `root`, or in it. */
export function isWithin(folder: string, root: string): boolean {
  return folder === root || folder.startsWith(`${root.replace(/\/$/, '')}/`);
}

/** Whether `folder`, in `root`, is in a repository of its own there: a submodule, a clone, a work tree. */
function isOther(folder: string, root: string): boolean {
  for (let at = folder; at !== root; at = dirname(at)) if (existsSync(join(at, '.git'))) return true;
  return false;
}

function hostRoot({ repository, sandbox }: CreatedEvent): string | null {
  if (repository !== null) return repository.root;
  return sandbox.backend === 'host' ? sandbox.workspace : null;
}

/** Where the session in `dir` works on the host; null where its log does not say. */
async function rootOf(dir: string): Promise<string | null> {
  try {
    for await (const event of readEvents(dir)) return event.type === 'session.created' ? hostRoot(event) : null;
  } catch (error) {
    // Another session's damage is no reason not to find this one.
    if (!(error instanceof SessionError)) throw error;
  }
  return null;
}

/** The ids of the sessions in `sessionsDir`, oldest first. */
export async function sessionIds(sessionsDir: string): Promise<string[]> {
  try {
    const entries = await readdir(sessionsDir, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory() && SESSION_ID.test(entry.name))
      .map((entry) => entry.name)
      .sort();
  } catch (error) {
    const code = errorCode(error);
    if (code === null) throw error;
    if (code === 'ENOENT') return [];
    throw new SessionError('io', `cannot read ${sessionsDir}: ${code}`, 'Check access to it.', { cause: error });
  }
}

async function summaryOf(dir: string, id: string): Promise<SessionSummary> {
  const summary: SessionSummary = {
    id,
    dir,
    createdAt: null,
    root: null,
    task: null,
    outcome: null,
    running: lockOwner(join(dir, 'lock')) !== null,
    problem: null,
  };
  try {
    for await (const event of readEvents(dir)) {
      if (event.type === 'session.created') {
        summary.createdAt = event.at;
        summary.root = hostRoot(event);
      }
      if (event.type !== 'prompt') continue;
      const text = event.content.find((part) => part.type === 'text')?.text ?? '';
      summary.task = text.trim().split('\n')[0] ?? '';
      break;
    }
    summary.outcome = await newestOutcome(eventsFile(dir));
  } catch (error) {
    if (!(error instanceof SessionError)) throw error;
    summary.problem = error.message;
  }
  if (summary.createdAt === null) summary.problem ??= `session ${id}: the log holds no whole event`;
  return summary;
}

/** The outcome of the newest `run.finished`, unless a new run was begun after it. */
async function newestOutcome(path: string): Promise<RunOutcome | null> {
  const file = await open(path, 'r');
  let tail: Buffer;
  try {
    const { size } = await file.stat();
    tail = Buffer.alloc(Math.min(size, TAIL_BYTES));
    await file.read(tail, 0, tail.length, size - tail.length);
  } finally {
    await file.close();
  }
  // What is not a whole event, at either end of the piece, is passed over.
  for (const line of tail.toString('utf8').split('\n').reverse()) {
    const event = parseEvent(line);
    if ('problem' in event) continue;
    if (event.type === 'run.finished') return event.outcome;
    if (event.type === 'prompt' || event.type === 'model.requested') return null;
  }
  return null;
}
