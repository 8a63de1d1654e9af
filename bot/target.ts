/** What a trigger is about, and the branch and the id of its job: all deterministic, so that a rerun finds what is there. Pure. */
import { createHash } from 'node:crypto';
import type { BotConfig } from './config.ts';
import type { Pull } from './forge.ts';
import { branchSchema } from './job.ts';
import type { Trigger } from './trigger.ts';

/** What is to be worked on: an issue, a pull request by its number, or whatever a branch holds. */
export type Target =
  | { kind: 'issue'; number: number }
  | { kind: 'pull'; number: number }
  | { kind: 'branch'; branch: string };

const digest = (...parts: (string | number)[]) => createHash('sha256').update(JSON.stringify(parts)).digest('hex');

/** The target of a trigger. A task without a thread has a branch of its own, the same for the same words. */
export function targetOf(trigger: Trigger, config: BotConfig): Target {
  switch (trigger.kind) {
    case 'checks':
      return { kind: 'branch', branch: trigger.branch };
    case 'dispatch':
      if (trigger.pull !== null) return { kind: 'pull', number: trigger.pull };
      if (trigger.issue !== null) return { kind: 'issue', number: trigger.issue };
      return { kind: 'branch', branch: `${config.branchPrefix}task-${digest(trigger.task ?? '').slice(0, 12)}` };
    default:
      return { kind: trigger.thread.isPull ? 'pull' : 'issue', number: trigger.thread.number };
  }
}

/** The branch of an issue. */
export const issueBranch = (config: BotConfig, issue: number): string => `${config.branchPrefix}issue-${issue}`;

/** The branch of a trigger's work: the pull request's, whatever it is called by now, else the target's. */
export function branchOf(trigger: Trigger, config: BotConfig, pull: Pull | null): string {
  const target = targetOf(trigger, config);
  if (pull !== null) return pull.head.branch;
  return target.kind === 'branch' ? target.branch : issueBranch(config, target.number);
}

/** The issue whose branch this is; null: none. */
export function issueOfBranch(config: BotConfig, branch: string): number | null {
  if (!branch.startsWith(config.branchPrefix)) return null;
  const number = /^issue-([1-9]\d{0,8})$/.exec(branch.slice(config.branchPrefix.length))?.[1];
  return number === undefined ? null : Number(number);
}

/** Whether the bot may push there: under its prefix, and with a name that can be nothing but a branch's. */
export const isOwnBranch = (config: BotConfig, branch: string): boolean =>
  branch.startsWith(config.branchPrefix) && branchSchema.safeParse(branch).success;

/**
 * The id of a trigger's job: the same when the event is delivered again. Failing checks are known by their commit alone, since one
 * commit is worked on once, however many of its checks fail; a dispatch by its time, since each is meant.
 */
export function jobId(repository: string | null, trigger: Trigger): string {
  return digest(repository?.toLowerCase() ?? '', trigger.kind, ...identity(trigger)).slice(0, 16);
}

function identity(trigger: Trigger): (string | number)[] {
  switch (trigger.kind) {
    case 'label':
      return [trigger.thread.number, trigger.label, trigger.at];
    case 'mention':
      return [trigger.comment];
    case 'review':
      return trigger.comment === null ? ['review', trigger.review ?? 0] : ['comment', trigger.comment];
    case 'checks':
      return [trigger.commit];
    case 'dispatch':
      return [trigger.issue ?? 0, trigger.pull ?? 0, trigger.task ?? '', trigger.at];
  }
}
