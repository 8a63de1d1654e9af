/** What is asked of the forge for a trigger: what `decide` needs and no more, and for a job what the agent is told. */
import { type Environment, readRemoteHead } from '../sandbox/index.ts';
import type { BotConfig } from './config.ts';
import { contextOf, placeComments, selectComments, topicOf } from './context.ts';
import { decide, type Facts } from './decide.ts';
import type { Comment, Forge, Permission, Pull, Threads } from './forge.ts';
import type { State } from './job.ts';
import { findProgress, spentOn } from './state.ts';
import { branchOf, isOwnBranch, issueBranch, issueOfBranch, targetOf } from './target.ts';
import type { Trigger } from './trigger.ts';

type Found = Pick<Facts, 'issue' | 'pull' | 'state'> & {
  /** Of the issue, or where there is none of the pull request's conversation. */
  comments: Comment[];
};

const NOTHING: Found = { issue: null, pull: null, state: null, comments: [] };

/** Reads all facts but the permission, which is asked for before. */
export async function gatherFacts(
  forge: Forge,
  { trigger, config, base, permission }: Pick<Facts, 'trigger' | 'config' | 'base' | 'permission'>,
  now: Date,
  env: Environment,
): Promise<{ facts: Facts; comments: Comment[] }> {
  const { threads } = forge;
  const found = threads === null ? NOTHING : await find(threads, trigger, config);
  const { issue, pull, state, comments } = found;
  const branch = branchOf(trigger, config, pull);
  // A name that is none of ours is refused anyway, and may be no name at all.
  const branchHead = isOwnBranch(config, branch) ? await readRemoteHead(forge.remote, branch, env) : null;
  const isStale = trigger.kind === 'checks' && trigger.commit !== branchHead;
  const checks = threads === null || trigger.kind !== 'checks' || isStale ? null : await threads.checks(trigger.commit);
  const repository = threads?.repository ?? null;
  const known = { trigger, repository, config, base, permission, issue, pull, branchHead, state, checks };
  const facts: Facts = { ...known, spent: { usd: 0, jobs: 0 } };
  // What is not worked on anyway costs nothing, and a whole day's comments are the longest list of all.
  if (threads === null || decide(facts).decision !== 'work') return { facts, comments };
  const day = now.toISOString().slice(0, 10);
  const spent = spentOn(day, await threads.commentsSince(`${day}T00:00:00Z`), config.login);
  return { facts: { ...known, spent }, comments };
}

async function find(threads: Threads, trigger: Trigger, config: BotConfig): Promise<Found> {
  const target = targetOf(trigger, config);
  if (target.kind === 'issue') {
    const issue = await threads.issue(target.number);
    if (issue === null || issue.isPull) return { ...NOTHING, issue };
    const comments = await threads.comments(issue.number);
    const state = stateOf(comments, config);
    // Its branch may have been renamed: then only the number leads to it.
    const known = state === null || state.pull === null ? null : await threads.pull(state.pull);
    const pull = known ?? (await threads.pullOf(issueBranch(config, issue.number)));
    return { issue, pull, state, comments };
  }
  const pull = target.kind === 'pull' ? await threads.pull(target.number) : await threads.pullOf(target.branch);
  if (pull === null) return NOTHING;
  const ofIssue = await findIssue(threads, pull, config);
  if (ofIssue !== null) return { ...ofIssue, pull };
  const comments = await threads.comments(pull.number);
  return { issue: null, pull, state: stateOf(comments, config), comments };
}

/** The issue of a pull request: by the name of its branch, or where that was renamed by what the issue's own state remembers. */
async function findIssue(threads: Threads, pull: Pull, config: BotConfig): Promise<Omit<Found, 'pull'> | null> {
  if (pull.head.repository?.toLowerCase() !== threads.repository.toLowerCase()) return null;
  const byName = issueOfBranch(config, pull.head.branch);
  // Anybody may write this line; it is a hint of where to look, and no more.
  const number = byName ?? Number(/^Closes #([1-9]\d{0,8})\r?$/m.exec(pull.body)?.[1] ?? 0);
  if (number === 0) return null;
  const issue = await threads.issue(number);
  if (issue === null || issue.isPull) return null;
  const comments = await threads.comments(number);
  const state = stateOf(comments, config);
  return byName !== null || state?.pull === pull.number ? { issue, state, comments } : null;
}

/** What the progress comment remembers; of the jobs also what surplus ones do, so that none is done twice. */
function stateOf(comments: readonly Comment[], config: BotConfig): State | null {
  const { progress, surplus } = findProgress(comments, config.login);
  if (progress === null) return null;
  const jobs = new Map([...surplus, progress].flatMap(({ state }) => state.jobs.map((job) => [job.id, job])));
  return { ...progress.state, jobs: [...jobs.values()].sort((a, b) => Date.parse(a.at) - Date.parse(b.at)) };
}

/** Reads the rest of the thread and who its people are, and makes the told part of a job. */
export async function gatherContext(
  threads: Threads | null,
  { trigger, config, issue, pull, checks, permission }: Facts,
  comments: readonly Comment[],
): Promise<ReturnType<typeof contextOf>> {
  const conversation =
    pull === null || threads === null ? [] : issue === null ? comments : await threads.comments(pull.number);
  const reviewComments = pull === null || threads === null ? [] : await threads.reviewComments(pull.number);
  const all = placeComments(
    issue && { number: issue.number, comments },
    pull && { number: pull.number, comments: conversation, reviewComments },
  );
  const { placed, people, remarks } = selectComments(all, trigger, config);
  const permissions = new Map<string, Permission>();
  if (trigger.actor !== null && trigger.kind !== 'checks') permissions.set(trigger.actor.login, permission);
  const author = topicOf({ trigger, issue })?.author;
  for (const login of [...(author === undefined ? [] : [author.login]), ...people]) {
    if (threads !== null && !permissions.has(login)) permissions.set(login, await threads.permission(login));
  }
  const context = contextOf({ trigger, config, issue, pull, placed, permissions, checks: checks?.failed ?? [] });
  return { ...context, remarks: [...context.remarks, ...remarks] };
}
