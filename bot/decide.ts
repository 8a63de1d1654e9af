/** Whether there is something to do, from plain facts. Pure: all rules of who may call the bot, and for what, are here. */
import type { BotConfig } from './config.ts';
import { type Actor, type Checks, type Issue, PERMISSIONS, type Permission, type Pull } from './forge.ts';
import type { State, WorkJob } from './job.ts';
import { mentions } from './mention.ts';
import { NO_RESULT, REFUSED } from './state.ts';
import { branchOf, isOwnBranch, jobId, targetOf } from './target.ts';
import type { Trigger } from './trigger.ts';

/** What is known when it is decided. What a trigger has no use for is null. */
export type Facts = {
  trigger: Trigger;
  /** Of the forge; null: it has no threads. */
  repository: string | null;
  config: BotConfig;
  base: { branch: string; commit: string };
  /** Of the trigger's actor; `none` where it has none that is asked for. */
  permission: Permission;
  /** The issue that the work is for, whose thread then has the progress comment. */
  issue: Issue | null;
  /** The pull request of the branch: the named one, the one that the state remembers, or the newest of the branch. */
  pull: Pull | null;
  /** Where the branch points on the remote; null: it is not there. */
  branchHead: string | null;
  /** Of the progress comment. */
  state: State | null;
  /** Of the trigger's commit. */
  checks: Checks | null;
  /** Today, by all jobs of the repository. */
  spent: { usd: number; jobs: number };
};

export type Skipped = { decision: 'skip'; reason: string };
type Home = WorkJob['home'];
export type Decision =
  | Skipped
  | { decision: 'refuse'; id: string; home: Home; reason: string }
  /** A number that was typed is not what it was taken for: told to whoever has typed it, and to nobody else. */
  | { decision: 'mistaken'; reason: string; hint: string }
  | ({ decision: 'work'; id: string; home: Home; maxCost: number | null } & Pick<WorkJob, 'branch' | 'head' | 'pull'>);

const skip = (reason: string): Skipped => ({ decision: 'skip', reason });
const sameName = (a: string | null, b: string | null) => a?.toLowerCase() === b?.toLowerCase();

/** What the trigger alone says: a skip where it is none of ours, null where more has to be known. */
export function screenTrigger(trigger: Trigger, repository: string | null, config: BotConfig): Skipped | null {
  if (trigger.repository !== null && !sameName(trigger.repository, repository)) {
    return skip('the event is of another repository');
  }
  switch (trigger.kind) {
    case 'label':
      if (trigger.label !== config.label) return skip('the label is not the bot’s');
      return trigger.thread.isPull ? skip('a label on a pull request is no task') : null;
    case 'mention':
    case 'review':
      return mentions(trigger.text, config.mention) ? null : skip(`the comment does not say ${config.mention}`);
    case 'checks':
      if (config.ciRounds === 0) return skip('failing checks are not worked on here');
      return isOwnBranch(config, trigger.branch) ? null : skip('the branch of the checks is not the bot’s');
    case 'dispatch':
      return null;
  }
}

/** Whether somebody may call the bot. A bot may if it is named, whatever its permission; the bot itself never. */
export function mayCall(actor: Actor, permission: Permission, config: BotConfig): boolean {
  if (sameName(actor.login, config.login)) return false;
  if (actor.isBot) return config.bots.some((name) => sameName(name, actor.login));
  return PERMISSIONS.indexOf(permission) >= PERMISSIONS.indexOf(config.permission);
}

/** Whether the trigger's actor has to be asked for. Nobody calls with failing checks: there the branch's state decides. */
export function screenActor(trigger: Trigger, permission: Permission, config: BotConfig): Skipped | null {
  if (trigger.kind === 'checks' || trigger.actor === null) return null;
  return mayCall(trigger.actor, permission, config) ? null : skip('whoever called may not call the bot');
}

/** Decides. What is closed or already done is skipped in silence; only who may call the bot is told why it does nothing. */
export function decide(facts: Facts): Decision {
  const { trigger, repository, config, issue, pull, state } = facts;
  const id = jobId(repository, trigger);
  const home = homeOf(issue, pull);
  // Of failing checks it is said once, until a person asks again: nobody waits for an answer.
  const refuse = (reason: string): Decision =>
    trigger.kind === 'checks' && toldAlready(state)
      ? skip(`it has been said before: ${reason}`)
      : { decision: 'refuse', id, home, reason };

  const screened = screenTrigger(trigger, repository, config) ?? screenActor(trigger, facts.permission, config);
  if (screened !== null) return screened;
  if (state?.jobs.some((job) => job.id === id && job.outcome !== NO_RESULT)) return skip('this job has been done');
  const mistake = mistakeOf(facts);
  if (mistake !== null)
    return trigger.kind === 'dispatch' ? { decision: 'mistaken', ...mistake } : skip(mistake.reason);
  const standing = standingOf(facts);
  if (standing !== null) return standing.told ? refuse(standing.reason) : skip(standing.reason);

  const branch = branchOf(trigger, config, pull);
  const exists = facts.branchHead !== null;
  if (!exists && pull !== null) return refuse(`the branch ${branch} of pull request #${pull.number} is gone`);
  const isOurs = !exists || facts.branchHead === state?.head || facts.branchHead === state?.pushing;
  const isPersonsWish = trigger.kind !== 'label' && trigger.kind !== 'checks' && trigger.actor?.isBot !== true;
  if (!isOurs && !isPersonsWish) {
    return refuse(
      `the branch ${branch} has commits that are not the bot’s; say ${config.mention} in a comment to have it go on from them`,
    );
  }
  if (trigger.kind === 'checks' && state !== null && state.ciRounds >= config.ciRounds) {
    return refuse(
      `the checks still fail after ${state.ciRounds} ${state.ciRounds === 1 ? 'round' : 'rounds'} (ci-rounds); say ${config.mention} in a comment to have it try again`,
    );
  }
  const { usd, jobs } = facts.spent;
  if (jobs >= config.maxJobsPerDay)
    return refuse(`today’s ${config.maxJobsPerDay} jobs (max-jobs-per-day) are used up`);
  const left = (config.maxCostPerDay ?? Number.POSITIVE_INFINITY) - usd;
  if (left <= 0) return refuse(`today’s ${config.maxCostPerDay} USD (max-cost-per-day) are used up`);
  return {
    ...{ decision: 'work', id, home, branch, pull: pull?.number ?? null },
    head: { commit: facts.branchHead ?? facts.base.commit, exists },
    maxCost: config.maxCost === null ? null : Math.min(config.maxCost, left),
  };
}

/** The thread of the progress comment: the issue's, else the pull request's. */
export function homeOf(issue: Issue | null, pull: Pull | null): Home {
  if (issue !== null) return { number: issue.number, isPull: issue.isPull, url: issue.url };
  return pull === null ? null : { number: pull.number, isPull: true, url: pull.url };
}

const toldAlready = (state: State | null) => {
  const jobs = state?.jobs ?? [];
  const asked = jobs.findLastIndex((job) => job.kind !== 'checks');
  return jobs.slice(asked + 1).some((job) => job.outcome === REFUSED);
};

/** Why the number is no issue's, or no pull request's; null: it is. */
function mistakeOf({ trigger, config, issue, pull }: Facts): { reason: string; hint: string } | null {
  const target = targetOf(trigger, config);
  if (target.kind === 'issue' && issue === null) {
    return { reason: `there is no issue #${target.number}`, hint: 'give the number of one that is there' };
  }
  if (target.kind === 'issue' && issue?.isPull) {
    return { reason: `#${target.number} is a pull request, not an issue`, hint: 'give it as a pull request' };
  }
  if (target.kind === 'pull' && pull === null) {
    const hint = 'give the number of one that is there; what is an issue is given as an issue';
    return { reason: `there is no pull request #${target.number}`, hint };
  }
  return null;
}

/** What stands against work on the issue, the pull request or the commit; null: nothing. */
function standingOf(facts: Facts): { reason: string; told: boolean } | null {
  const { trigger, repository, config, issue, pull, checks } = facts;
  const told = (reason: string) => ({ reason, told: true });
  const silent = (reason: string) => ({ reason, told: false });
  if (issue !== null && !issue.open) return silent(`issue #${issue.number} is closed`);
  if (pull !== null) {
    if (pull.merged || !pull.open)
      return silent(`pull request #${pull.number} is ${pull.merged ? 'merged' : 'closed'}`);
    const { branch } = pull.head;
    const isChecks = trigger.kind === 'checks';
    if (!sameName(pull.head.repository, repository)) {
      return { reason: `the branch of pull request #${pull.number} is in another repository`, told: !isChecks };
    }
    if (!isOwnBranch(config, branch)) {
      return {
        reason: `the branch of pull request #${pull.number} is not under ${config.branchPrefix}`,
        told: !isChecks,
      };
    }
    if (pull.base !== facts.base.branch) {
      return told(`pull request #${pull.number} is to be merged into another branch than ${facts.base.branch}`);
    }
  }
  if (trigger.kind !== 'checks') return null;
  if (pull === null) return silent('the branch of the checks has no pull request');
  if (facts.state === null) return silent('the bot has no memory of the branch');
  if (trigger.commit !== facts.branchHead)
    return silent('the checks are of a commit that is no longer the branch’s head');
  return checks === null || checks.failed.length === 0 ? silent('no check of the commit fails now') : null;
}
