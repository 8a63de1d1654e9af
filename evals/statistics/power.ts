/** What a paired comparison will be able to see, worked out before it is run. */
import { betaCdf, logBinomial, tQuantile, whereReaches } from './distributions.ts';

/** A planned comparison of two configurations, and what is assumed of them. */
export type Plan = {
  tasks: number;
  /** Of each configuration at each task. */
  attempts: number;
  /** The first configuration's rate of success, 0 to 1. Assumed to be 0.5 unless told otherwise, where most tasks are needed. */
  baseline?: number;
  /**
   * How alike two attempts at one task are, 0 to 1: the share of the outcomes' variance that is the tasks' difficulty. It is
   * assumed to be the same between configurations as within one, so that a harder task is harder for both alike; where they
   * have strengths on different tasks, less can be seen than is promised. Assumed to be 0.5 unless told otherwise.
   */
  correlation?: number;
  /** The two-sided level of the test; 0.05 unless told otherwise. */
  alpha?: number;
  /** The chance that a true difference of the size given is found significant; 0.8 unless told otherwise. */
  power?: number;
};

/**
 * The smallest improvement over the baseline, in percentage points, that the comparison finds significant with the chance
 * asked for; null where not even a rate of 100 % would be found. With one attempt a task from the exact McNemar test's own
 * power, with more from Student's t over the tasks' differences, to which the permutation test comes close. Throws a
 * RangeError for a plan out of bounds.
 */
export function minimumDetectableEffect(plan: Plan): number | null {
  const { tasks, attempts, baseline = 0.5, correlation = 0.5, alpha = 0.05, power = 0.8 } = plan;
  const inside = [baseline, correlation].every((share) => share >= 0 && share <= 1);
  const between = [alpha, power].every((share) => share > 0 && share < 1);
  if (![tasks, attempts].every((count) => Number.isSafeInteger(count) && count >= 1) || !inside || !between) {
    throw new RangeError(`not a plan for a comparison: ${JSON.stringify(plan)}`);
  }
  const spread = (effect: number) => differenceVariance(baseline, baseline + effect, attempts, correlation);
  const losses =
    attempts === 1 ? Array.from({ length: tasks + 1 }, (_, discordant) => mostLosses(discordant, alpha)) : [];
  const found = (effect: number) =>
    attempts === 1 ? mcnemarPower(losses, effect, spread(effect)) : tPower(tasks, effect, spread(effect), alpha);
  const most = 1 - baseline;
  if (most === 0 || found(most) < power) return null;
  return 100 * whereReaches(power, found, 0, most);
}

/** The variance of a task's difference between the two configurations' shares of successful attempts. */
function differenceVariance(first: number, second: number, attempts: number, correlation: number): number {
  const [a, b] = [first * (1 - first), second * (1 - second)];
  return ((a + b) * (1 + (attempts - 1) * correlation)) / attempts - 2 * correlation * Math.sqrt(a * b);
}

/**
 * The chance that the exact McNemar test is significant, over all counts of discordant tasks that may come. `losses` says for
 * each count how many of them may be lost.
 */
function mcnemarPower(losses: readonly number[], effect: number, variance: number): number {
  const tasks = losses.length - 1;
  // A difference is -1, 0 or 1: its mean square is the share of discordant tasks, which is at least its mean.
  const discordant = Math.min(1, Math.max(effect, variance + effect ** 2));
  if (discordant === 0) return 0;
  const better = (discordant + effect) / 2 / discordant;
  let power = 0;
  for (const [n, few] of losses.entries()) {
    const chance = discordant === 1 ? Number(n === tasks) : Math.exp(logBinomial(n, tasks, discordant));
    if (few >= 0) power += chance * (atMost(few, n, 1 - better) + atMost(few, n, better));
  }
  return power;
}

/** The most of n discordant tasks that may go the other way with the exact McNemar test still significant; -1 if none may. */
function mostLosses(n: number, alpha: number): number {
  let tail = 0;
  for (let losses = 0; ; losses++) {
    tail += Math.exp(logBinomial(losses, n, 0.5));
    if (2 * tail > alpha) return losses - 1;
  }
}

/** The chance of at most k successes, 0 <= k < n, in n trials that each succeed with chance p. */
const atMost = (k: number, n: number, p: number) => betaCdf(1 - p, n - k, k + 1);

/** The chance that the t test is significant in the effect's direction, by the shift of its distribution. */
function tPower(tasks: number, effect: number, variance: number, alpha: number): number {
  if (tasks === 1) return 0;
  if (variance <= 0) return effect > 0 ? 1 : 0;
  const shift = effect / Math.sqrt(variance / tasks) - tQuantile(1 - alpha / 2, tasks - 1);
  return tCdf(shift, tasks - 1);
}

function tCdf(t: number, df: number): number {
  const tail = betaCdf(df / (df + t * t), df / 2, 0.5) / 2;
  return t > 0 ? 1 - tail : tail;
}
