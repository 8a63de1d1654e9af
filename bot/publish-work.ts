/** Publishes the result of a job: the steps, in their order. */
import { join } from 'node:path';
import { EXIT_CODES } from '../agent/index.ts';
import { pushWithLease, readRemoteHead } from '../sandbox/index.ts';
import { type ChangeEntry, checkChange } from './change.ts';
import type { Stage } from './comment.ts';
import { answer, type Desk, readState, type Telling, tell, wouldTell } from './desk.ts';
import { entryOf } from './entries.ts';
import { BotError } from './errors.ts';
import { readResult } from './files.ts';
import { PERMISSIONS, type Threads } from './forge.ts';
import type { Result, State, WorkJob } from './job.ts';
import type { Published, PublishOptions } from './publish-options.ts';
import { commitMessage, isOwnCommit, pullBody, titleOf } from './pull.ts';
import { scanChange, scanTexts } from './scan.ts';
import type { Wanted } from './secrets.ts';
import { NO_RESULT, nextMemory } from './state.ts';
import { type Taken, takeChange } from './take-change.ts';
import { findPull, upsertPull } from './upsert-pull.ts';

type WorkOptions = PublishOptions & { job: WorkJob; wanted: Wanted; folder: string };
/** Null: the forge has no threads, so that there is nobody to tell. */
type Context = WorkOptions & { desk: Desk | null; state: State | null };

/** Publishes a result, or tells why not. Throws `BotError`, `RemoteError` and `GitError`. */
export async function publishWork(options: WorkOptions): Promise<Published> {
  const { forge, job, wanted, resultDir } = options;
  const { threads } = forge;
  const context: Context = { ...options, desk: null, state: null };
  if (threads !== null) {
    const pull = await findPull(threads, job);
    if (pull !== null && !pull.open) return stop(`pull request #${pull.number} is closed`);
    if (await isClosed(threads, job)) return stop('what it was for is closed');
    context.desk = { threads, job, wanted, number: job.home?.number ?? pull?.number ?? null, branch: job.branch };
    context.state = await readState(context.desk);
    const known = context.state.jobs.find(({ id }) => id === job.id);
    if (known !== undefined && known.outcome !== NO_RESULT) return stop('this job has been published');
    const missing = await missingPermission(threads, job);
    if (missing !== null) return end(context, null, { kind: 'declined', reason: missing }, 'denied');
  }
  const read = await readResult(resultDir, job.id);
  if ('problem' in read) return end(context, null, { kind: 'broken', reason: read.problem }, NO_RESULT);
  const result = read.value;
  const outcome = result.outcome in EXIT_CODES ? result.outcome : 'unknown';
  const { change } = result;
  if (change === null) return publishUnchanged(context, result, outcome);
  const { remote } = forge;
  const { env, folder } = options;
  const bundle = join(resultDir, 'result.bundle');
  const taken = await takeChange({ job, result: { ...result, change }, bundle, remote, env, folder });
  switch (taken.kind) {
    case 'unchanged':
      return publishUnchanged(context, result, outcome);
    case 'moved':
      return end(context, result, { kind: 'stale' }, 'stale');
    case 'broken':
      return end(context, result, { kind: 'broken', reason: taken.reason }, NO_RESULT);
    case 'refused':
      return end(context, result, { kind: 'refused', refusals: [taken.refusal], secrets: [] }, 'not_allowed');
    case 'taken':
      return publishTaken(context, result, taken, outcome);
  }
}

const memoryOf = ({ state, job }: Context, pushed: string | null) =>
  nextMemory(state ?? { pushing: null, ciRounds: 0 }, job, pushed);

const stop = (why: string): Published => ({ exitCode: 0, lines: [`nothing is published: ${why}`] });

async function isClosed(threads: Threads, { home }: WorkJob): Promise<boolean> {
  if (home === null) return false;
  return !((home.isPull ? await threads.pull(home.number) : await threads.issue(home.number))?.open ?? false);
}

/** Why whoever called may no longer do so. Nobody calls with failing checks, and a dispatch needs no call. */
async function missingPermission(threads: Threads, { trigger, config }: WorkJob): Promise<string | null> {
  const isCall = trigger.kind === 'label' || trigger.kind === 'mention' || trigger.kind === 'review';
  const isNamed = config.bots.some((login) => login.toLowerCase() === trigger.actor.toLowerCase());
  if (!isCall || isNamed) return null;
  const has = await threads.permission(trigger.actor);
  return PERMISSIONS.indexOf(has) >= PERMISSIONS.indexOf(config.permission)
    ? null
    : `whoever called may no longer do so: that takes the permission ${config.permission}`;
}

/** Whether the newest commit of the branch was pushed by a publisher that ended before it could say so. */
const isLeft = ({ job, state }: Context) => job.head.exists && state?.pushing === job.head.commit;

/** What that one would have said. */
const left = (context: Context): Telling['change'] =>
  isLeft(context) ? { head: context.job.head.commit, pull: context.job.pull ?? context.state?.pull ?? null } : {};

/** There is nothing to push; where an earlier publisher ended after its push, what it lacked is the pull request. */
async function publishUnchanged(context: Context, result: Result, outcome: string): Promise<Published> {
  const { forge, job, dryRun } = context;
  if (forge.threads === null || !isLeft(context) || dryRun) return end(context, result, { kind: 'unchanged' }, outcome);
  const pull = await upsertPull(forge.threads, job, result);
  if (pull === null) return stop('the pull request was closed in the meantime');
  if (context.desk !== null) context.desk.number ??= pull.number;
  return end(context, result, { kind: 'unchanged' }, outcome, { ...settled(context), pull: pull.number });
}

/** What is known once a job has ended that has pushed nothing. */
function settled(context: Context): Telling['change'] {
  return { ...left(context), ...memoryOf(context, isLeft(context) ? context.job.head.commit : null) };
}

async function publishTaken(
  context: Context,
  result: Result,
  { trusted, commit, files, headMessage }: Extract<Taken, { kind: 'taken' }>,
  outcome: string,
): Promise<Published> {
  const { forge, job, wanted, env, say, dryRun } = context;
  const entries = files.map(entryOf);
  const refusals = checkChange(entries, job.config);
  // What is too large to be reviewed is too large to be searched as well.
  const secrets = refusals.length > 0 ? [] : [...scanChange(files, wanted), ...scanTexts(textsOf(job, result), wanted)];
  if (refusals.length + secrets.length > 0) {
    return end(context, result, { kind: 'refused', refusals, secrets }, 'not_allowed');
  }
  const { branch, head } = job;
  const expected = head.exists ? head.commit : null;
  const now = await readRemoteHead(forge.remote, branch, env);
  // Without threads nobody can be asked whose commits these are.
  const isForeign = forge.threads === null && head.exists && !isOwnCommit(headMessage);
  if ((now !== expected && now !== commit) || isForeign) return end(context, result, { kind: 'stale' }, 'stale');
  if (dryRun) return preview(context, result, { commit, entries, outcome });

  await inform(context, {
    stage: { kind: 'publishing', problem: null },
    result,
    change: { ...left(context), branch, pushing: commit },
    done: null,
  });
  let step = 'the branch could not be pushed';
  try {
    const pushed = await pushWithLease(trusted, forge.remote, { branch, commit, expected });
    if (typeof pushed === 'object') return await end(context, result, { kind: 'stale' }, 'stale');
    say(`${branch} is at ${commit.slice(0, 12)}`);
    step = 'the pull request could not be opened';
    const pull = forge.threads === null ? null : await upsertPull(forge.threads, job, result);
    if (context.desk !== null && pull === null) return stop('the pull request was closed in the meantime');
    if (context.desk !== null && pull !== null) {
      say(`the pull request is ${pull.url}`);
      context.desk.number ??= pull.number;
    }
    step = 'the thread could not be written to';
    const change = { branch, pull: pull?.number ?? null, ...memoryOf(context, commit) };
    return await end(context, result, { kind: 'done', commit, entries }, outcome, change);
  } catch (error) {
    if (error instanceof BotError) await tellProblem(context, result, `${step}: ${error.message}`);
    throw error;
  }
}

/** All that is published beside the files. The comment is looked at when it is written, since it can be written without words. */
function textsOf(job: WorkJob, result: Result): Record<string, string> {
  return {
    'name of the branch': job.branch,
    title: titleOf(job),
    'message of the commit': commitMessage(job, result),
    'description of the pull request': pullBody(job, result),
    'what the model said': result.summary,
  };
}

/** The thread may be what cannot be written to; then the error says all there is to say. */
async function tellProblem(context: Context, result: Result, problem: string): Promise<void> {
  try {
    await inform(context, { stage: { kind: 'publishing', problem }, result, change: {}, done: null });
  } catch (error) {
    if (!(error instanceof BotError)) throw error;
  }
}

async function inform({ desk }: Context, telling: Telling): Promise<void> {
  if (desk !== null) await tell(desk, telling);
}

const SAID: Record<Exclude<Stage['kind'], 'done' | 'publishing'>, string> = {
  unchanged: 'Nothing was changed.',
  refused: 'The change is not one that may be published; the progress comment says why.',
  declined: 'That was not published; the progress comment says why.',
  stale: 'The branch has moved meanwhile, so nothing was published.',
  broken: 'The work has left no result that can be used.',
};

/** The last step: whoever called is answered, and then the job is remembered as done. */
async function end(
  context: Context,
  result: Result | null,
  stage: Exclude<Stage, { kind: 'publishing' }>,
  outcome: string,
  change: Telling['change'] = settled(context),
): Promise<Published> {
  const { desk, job, wanted, now, dryRun } = context;
  const isDone = stage.kind === 'done' || (stage.kind === 'unchanged' && result?.exitCode === 0);
  const said = stage.kind === 'done' ? `Done in ${stage.commit}.` : SAID[stage.kind];
  const done = {
    ...{ id: job.id, at: now().toISOString(), kind: job.trigger.kind, outcome },
    usd: result?.usage.usd ?? null,
  };
  const telling = { stage, result, change, done };
  // The log of a step may be public, and a name of a file can hold what must not be.
  const isClean = (line: string) => scanTexts({ line }, wanted).length === 0;
  const lines = [
    said,
    ...detailsOf(stage).map((line) => (isClean(line) ? line : 'something that must not be printed')),
  ];
  if (desk !== null && dryRun) lines.push('', await wouldTell(desk, telling));
  else if (desk !== null) {
    await answer(desk, stage.kind === 'refused' ? null : result, said);
    await tell(desk, telling);
  }
  return { exitCode: isDone ? 0 : 1, lines };
}

function detailsOf(stage: Stage): string[] {
  switch (stage.kind) {
    case 'refused':
      return [
        ...stage.secrets.map(({ where, line, kind }) => `${JSON.stringify(where)}, line ${line}: ${kind}`),
        ...stage.refusals.map(
          ({ path, reason, allowance }) =>
            `${path === null ? '' : `${JSON.stringify(path)}: `}${JSON.stringify(reason)}, ${allowance ?? 'never allowed'}`,
        ),
      ];
    case 'declined':
    case 'broken':
      return [stage.reason];
    default:
      return [];
  }
}

/** What would be published. */
async function preview(
  context: Context,
  result: Result,
  { commit, entries, outcome }: { commit: string; entries: ChangeEntry[]; outcome: string },
): Promise<Published> {
  const { job, forge } = context;
  const stat = entries.map(
    ({ path, status, linesAdded, linesRemoved }) => `${status} ${JSON.stringify(path)} +${linesAdded} -${linesRemoved}`,
  );
  const words = forge.threads === null ? [] : ['', titleOf(job), '', pullBody(job, result)];
  const pull = forge.threads === null ? null : await findPull(forge.threads, job);
  const stage = { kind: 'done', commit, entries, opens: forge.threads !== null && pull === null } as const;
  const { lines } = await end(context, result, stage, outcome, { head: commit, ...(pull && { pull: pull.number }) });
  return { exitCode: 0, lines: [`would push ${commit} to ${job.branch}`, ...stat, ...words, ...lines] };
}
