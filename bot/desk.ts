/** Where a job's thread is written: one progress comment, found again by whoever comes later, and answers that are given once. */
import { type CommentContent, renderComment, type Stage, type ToldJob, visibleOf } from './comment.ts';
import { BOT_FILE } from './config.ts';
import { BotError } from './errors.ts';
import type { Comment, Threads } from './forge.ts';
import { REMEMBERED_JOBS, type Result, type State } from './job.ts';
import { isReplyOf, replyBody } from './pull.ts';
import { scanTexts } from './scan.ts';
import type { Wanted } from './secrets.ts';
import { findProgress } from './state.ts';

export type Desk = {
  threads: Threads;
  job: ToldJob;
  wanted: Wanted;
  /** The thread of the progress comment; null: there is none yet. */
  number: number | null;
  /** The branch of a state that is new. */
  branch: string;
};

/** What the thread remembers; what is surplus remembers too. */
export async function readState(desk: Desk): Promise<State> {
  return (await look(desk)).state;
}

async function look({ threads, job, number, branch }: Desk) {
  const comments = number === null ? [] : await threads.comments(number);
  const { progress, surplus } = findProgress(comments, job.config.login);
  const none: State = { version: 1, branch, pull: null, head: null, pushing: null, ciRounds: 0, jobs: [] };
  const state = progress?.state ?? none;
  const others = surplus.flatMap((other) => other.state.jobs);
  const jobs = others.reduce((all, other) => remember(all, other), state.jobs);
  return { comment: progress?.comment ?? null, surplus, state: { ...state, jobs } };
}

/** The newest jobs with this one as it is now. */
function remember(jobs: State['jobs'], job: State['jobs'][number]): State['jobs'] {
  const others = jobs.filter(({ id }) => id !== job.id);
  return [...others, job].sort((a, b) => Date.parse(a.at) - Date.parse(b.at)).slice(-REMEMBERED_JOBS);
}

export type Telling = {
  stage: Stage;
  result: Result | null;
  /** What is now known. `done`: how the job ended, once it has. */
  change: Partial<Pick<State, 'branch' | 'pull' | 'head' | 'pushing' | 'ciRounds'>>;
  done: State['jobs'][number] | null;
};

/** The comment as it would be, and what it takes the place of. */
async function draft(desk: Desk, { stage, result, change, done }: Telling) {
  const { comment, surplus, state: before } = await look(desk);
  const state = { ...before, ...change, jobs: done === null ? before.jobs : remember(before.jobs, done) };
  return { comment, surplus, body: safeComment({ job: desk.job, result, stage, state }, desk.wanted) };
}

/** A comment that holds a secret is written without anybody's words. */
function safeComment(content: CommentContent, wanted: Wanted): string {
  const body = renderComment(content);
  return scanTexts({ comment: body }, wanted).length === 0 ? body : renderComment({ ...content, bare: true });
}

/** What `tell` would write. */
export const wouldTell = async (desk: Desk, telling: Telling): Promise<string> =>
  visibleOf((await draft(desk, telling)).body);

/** Writes the progress comment, and removes others of ours. Nothing is written where people would read what is there already. */
export async function tell(desk: Desk, telling: Telling): Promise<void> {
  const { threads, number } = desk;
  if (number === null) return;
  const { comment, surplus, body } = await draft(desk, telling);
  const isRefusal = telling.stage.kind === 'declined' && desk.job.decision === 'refuse';
  if (comment === null) {
    await addOnce(
      async () => checkLogin(desk, await threads.addComment(number, body)),
      async () => (await look(desk)).comment !== null,
    );
  } else if (comment.body !== body && !(isRefusal && visibleOf(comment.body) === visibleOf(body))) {
    await threads.editComment(comment.id, body);
  }
  for (const other of surplus) await threads.removeComment(other.comment.id);
}

/** Nothing would be remembered: a state is believed only where that login has written it. Throws `BotError`. */
async function checkLogin({ threads, job }: Desk, { id, author }: Comment): Promise<void> {
  const { login } = job.config;
  if (author.login.toLowerCase() === login.toLowerCase()) return;
  await threads.removeComment(id);
  throw new BotError(
    'input',
    `the bot publishes as ${author.login}, and ${BOT_FILE} says that it is ${login}`,
    `write there: login: ${author.login}`,
  );
}

/** Answers the comment that called, unless the progress comment is in the same place and so is the answer. */
export async function answer(desk: Desk, result: Result | null, said: string): Promise<void> {
  const { threads, job, wanted } = desk;
  const { comment } = job.trigger;
  if (comment === null || comment.pull === null || job.decision !== 'work') return;
  const { pull, id } = comment;
  const isReview = comment.kind === 'review';
  if (!isReview && pull === desk.number) return;
  const whole = replyBody(job, result, said);
  const body = scanTexts({ reply: whole }, wanted).length === 0 ? whole : replyBody(job, null, said);
  const isThere = async () => {
    const comments: Comment[] = isReview ? await threads.reviewComments(pull) : await threads.comments(pull);
    const login = job.config.login.toLowerCase();
    return comments.some((other) => other.author.login.toLowerCase() === login && isReplyOf(job.id, other.body));
  };
  if (await isThere()) return;
  await addOnce(() => (isReview ? threads.replyToReview(pull, id, body) : threads.addComment(pull, body)), isThere);
}

/** Makes something once: where the forge says that it failed, it is looked whether it is there all the same. */
export async function addOnce(make: () => Promise<unknown>, isThere: () => Promise<boolean>): Promise<void> {
  try {
    await make();
  } catch (error) {
    if (!(error instanceof BotError) || !(await isThere())) throw error;
  }
}
