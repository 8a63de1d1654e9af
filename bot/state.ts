/**
 * The bot's memory of a branch, hidden in the last line of its progress comment. Pure. A state is believed only in a comment of the
 * bot's own login, and only there: what the comment tells of others' words stands above, with `<` escaped.
 */
import type { Comment } from './forge.ts';
import { REMEMBERED_JOBS, type State, stateSchema, type WorkJob } from './job.ts';

/** The outcome of a job that was refused: it has cost nothing and is none of a day's jobs. */
export const REFUSED = 'refused';
/** The outcome of a job whose work has left nothing: it may be worked on again. */
export const NO_RESULT = 'no_result';

const NAME = 'drydock-state:';
/** A state with all its jobs is about 6 KiB of text. */
const MAX_ENCODED = 32 * 1024;
// Plain Base64 has no `-`, which base64url has: two of them would end the comment.
const LINE = /^<!-- drydock-state: ([A-Za-z0-9+/]+={0,2}) -->$/;

/** The hidden line, which must be the last of the comment. Of the jobs the newest are kept. */
export function encodeState(state: State): string {
  const kept: State = { ...state, jobs: state.jobs.slice(-REMEMBERED_JOBS) };
  return `<!-- ${NAME} ${Buffer.from(JSON.stringify(kept)).toString('base64')} -->`;
}

/** The state that a comment holds; null: none, or not exactly one in the place where the bot writes it. */
export function decodeState(body: string): State | null {
  const lines = body.trimEnd().split(/\r\n|\r|\n/);
  const encoded = LINE.exec(lines.at(-1) ?? '')?.[1];
  if (encoded === undefined || encoded.length > MAX_ENCODED) return null;
  if (body.indexOf(NAME) !== body.lastIndexOf(NAME) || isFenced(lines)) return null;
  let content: unknown;
  try {
    content = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(encoded, 'base64')));
  } catch {
    return null; // not what `encodeState` wrote, and so no state
  }
  const read = stateSchema.safeParse(content);
  return read.success && read.data.jobs.length <= REMEMBERED_JOBS ? read.data : null;
}

/** Whether the last line is inside a code block that was not closed. */
function isFenced(lines: readonly string[]): boolean {
  let fence: string | null = null;
  for (const line of lines) {
    const mark = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1];
    if (mark === undefined) continue;
    if (fence === null) fence = mark;
    else if (mark.startsWith(fence) && line.trim() === mark) fence = null;
  }
  return fence !== null;
}

const isBy = (login: string) => (comment: Comment) => comment.author.login.toLowerCase() === login.toLowerCase();

/** The bot's progress comment in a thread; more than one are there when two runs began at once. */
export type Progress = { comment: Comment; state: State };

/** The oldest comment by `login` that holds a state, and the others: what anybody else wrote is never believed. */
export function findProgress(
  comments: readonly Comment[],
  login: string,
): { progress: Progress | null; surplus: Progress[] } {
  const found = comments
    .filter(isBy(login))
    .flatMap((comment) => {
      const state = decodeState(comment.body);
      return state === null ? [] : [{ comment, state }];
    })
    .sort((a, b) => a.comment.id - b.comment.id);
  const [progress = null, ...surplus] = found;
  return { progress, surplus };
}

/**
 * What of the memory a job changes that ends: `pushed` is what it has left on the branch; null: nothing. What an earlier job was about
 * to push, and perhaps has, is known until then. Only a person starts the rounds anew, and not a bot that may call.
 */
export function nextMemory(
  { pushing, ciRounds }: Pick<State, 'pushing' | 'ciRounds'>,
  { trigger, config }: Pick<WorkJob, 'trigger' | 'config'>,
  pushed: string | null,
): Pick<State, 'pushing' | 'ciRounds'> & { head?: string } {
  const isBot = config.bots.some((login) => login.toLowerCase() === trigger.actor.toLowerCase());
  const isPerson = trigger.kind !== 'checks' && !isBot;
  const rounds = isPerson ? 0 : ciRounds + (trigger.kind === 'checks' && pushed !== null ? 1 : 0);
  return pushed === null ? { pushing, ciRounds: rounds } : { head: pushed, pushing: null, ciRounds: rounds };
}

/** What the jobs of a day (UTC, `2026-01-31`) have cost, by all states in comments of `login`; each job counts once. */
export function spentOn(day: string, comments: readonly Comment[], login: string): { usd: number; jobs: number } {
  const jobs = new Map<string, number>();
  for (const comment of comments.filter(isBy(login))) {
    for (const job of decodeState(comment.body)?.jobs ?? []) {
      if (new Date(job.at).toISOString().slice(0, 10) !== day || job.outcome === REFUSED) continue;
      jobs.set(job.id, Math.max(jobs.get(job.id) ?? 0, job.usd ?? 0));
    }
  }
  return { usd: [...jobs.values()].reduce((sum, usd) => sum + usd, 0), jobs: jobs.size };
}
