/** Words and numbers of a report. Pure. */
import type { Interval } from '../statistics/index.ts';
import type { Outcome } from '../trial-result.ts';
import type { AgentReport, Rate } from './data.ts';

/** A letter or sign for each outcome, so that none is told by its colour alone; and what it means. */
export const OUTCOME_WORDS: Readonly<Record<Outcome, { sign: string; words: string }>> = {
  resolved: { sign: '✓', words: 'resolved' },
  unresolved: { sign: '✗', words: 'unresolved' },
  agent_limit: { sign: 'L', words: 'unresolved, ended by a limit' },
  infra: { sign: 'E', words: 'failed by infrastructure, says nothing of the agent' },
  invalid_task: { sign: 'T', words: 'invalid task, says nothing of the agent' },
  cheated: { sign: 'C', words: 'cheated' },
};
/** Of a trial that has not been run. */
export const NOT_RUN = { sign: '·', words: 'not run' };

export const NONE = '–';

/** 0.5 → `50 %`. */
export function percent(value: number): string {
  return `${(value * 100).toFixed(0)} %`;
}

/** 0.125 → `+12.5`. */
export function points(value: number): string {
  const text = (value * 100).toFixed(1);
  return value > 0 ? `+${text}` : text.replace('-', '−');
}

/** `50 % (20 % to 80 %)`. */
export function rateWithInterval(interval: Interval | null): string {
  return interval === null ? NONE : `${percent(interval.mean)} (${percent(interval.low)} to ${percent(interval.high)})`;
}

/** `2/3`. */
export function fraction({ resolved, of }: Rate): string {
  return `${resolved}/${of}`;
}

/** Dollars; four digits below a dime. */
export function dollars(usd: number | null): string {
  return usd === null ? NONE : `$${usd.toFixed(usd < 0.1 ? 4 : 2)}`;
}

/** 950 → `950`, 23100 → `23.1k`, 1200000 → `1.2M`. */
export function shortCount(count: number): string {
  if (count < 1000) return String(Math.round(count));
  return count < 1_000_000 ? `${(count / 1000).toFixed(1)}k` : `${(count / 1_000_000).toFixed(1)}M`;
}

/** Bytes: `950 B`, `23.1 kB`, `1.2 MB`. */
export function bytes(count: number): string {
  if (count < 1000) return `${count} B`;
  return count < 1_000_000 ? `${(count / 1000).toFixed(1)} kB` : `${(count / 1_000_000).toFixed(1)} MB`;
}

/** Milliseconds → `0.4 s`, `12 s`, `3 min 05 s`. */
export function duration(ms: number): string {
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
}

/** Below 0.001 only that is said. */
export function probability(p: number): string {
  return p < 0.001 ? '< 0.001' : p.toFixed(3);
}

/** `1 trial`, `2 trials`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** What an agent has used, in the order of `SPENT_WORDS`; a dash where nobody has counted it. */
export function spentWords({ kind, costUsd, costPerResolved, tokens, seconds, turns }: AgentReport): string[] {
  // Oracles and predictions have done nothing here.
  if (kind === 'oracle' || kind === 'predictions') return SPENT_WORDS.map(() => NONE);
  const used = tokens.input + tokens.output;
  const share = cacheShare(tokens);
  return [
    dollars(costUsd),
    dollars(costPerResolved),
    used === 0 ? NONE : shortCount(used),
    share === null ? NONE : percent(share),
    duration(seconds * 1000),
    turns === 0 ? NONE : String(turns),
  ];
}
export const SPENT_WORDS = ['cost', 'each resolved', 'tokens', 'from cache', 'time', 'turns'];

/** Who an agent is: its models, or what stands in for an agent. */
export function agentWords({ kind, models }: AgentReport): string {
  if (kind === 'oracle') return 'stands in for an agent';
  if (kind === 'predictions') return 'patches that were made elsewhere';
  return models.join(', ') || (kind === 'command' ? 'a command' : '');
}

/** The share of the input tokens that the provider's prompt cache had; null: there were none. */
function cacheShare({ input, cacheRead }: { input: number; cacheRead: number }): number | null {
  return input === 0 ? null : cacheRead / input;
}

/** What so many tasks and attempts could tell apart. */
export function detectable(points: number | null): string {
  return points === null
    ? 'So few tasks and attempts cannot tell two agents apart, however different they are.'
    : `So many tasks and attempts tell two agents apart that differ by ${Math.ceil(points)} percentage points or more (4 times out of 5, at the 5 % level).`;
}

/** How an interval was had, in words. */
export const INTERVAL_WORDS: Readonly<Record<Interval['method'], string>> = {
  jeffreys: 'Jeffreys’ interval over tasks',
  t: 'Student’s t over tasks',
  bca: 'BCa bootstrap over tasks',
  'clopper-pearson': 'exact bound, as all tasks came out alike',
};
