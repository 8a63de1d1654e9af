/** What a paired comparison will be able to see, worked out before it is run. */
import { betaCdf, logBinomial, tQuantile, whereReaches } from './distributions.ts';

/** A planned comparison of two configurations, and what is assumed of them. */
export type Plan = {
  tasks: number;
  /** Of each configuration at each task. */
  attempts: number;
  /**
   * The first configuration's rate of success, 0 to 1. Assumed to be 0.5 unless told otherwise, where most tasks are
   * needed.
   */
  baseline?: number;
  /**
   * How alike two attempts at one task are, 0 to 1: the share of the outcomes' variance that is the tasks' difficulty.
   * Assumed to be 0.5 unless told otherwise; the more alike, the less of a difference is chance.
   */
  correlation?: number;
  /** The two-sided level of the test; 0.05 unless told otherwise. */
  alpha?: number;
  /** The chance that a true difference of the size given is found significant; 0.8 unless told otherwise. */
  power?: number;
};

/**
 * The smallest improvement over the baseline, in percentage points, that the comparison finds significant with the
 * chance asked for; null where not even a rate of 100 % would be found. It is assumed that the second configuration
 * turns the same share of the failures at every task into successes: where it gains at some tasks and loses at others,
 * less can be seen. With one attempt a task from the exact McNemar test's own power, with more attempts from Student's
 * t over the tasks' differences, corrected for the steps in which the permutation test's p goes. Throws a RangeError
 * for a plan out of bounds.
 */
export function minimumDetectableEffect(plan: Plan): number | null {
  const { tasks, attempts, baseline = 0.5, correlation = 0.5, alpha = 0.05, power = 0.8 } = plan;
  const inside = [baseline, correlation].every((share) => share >= 0 && share <= 1);
  const between = [alpha, power].every((share) => share > 0 && share < 1);
  if (![tasks, attempts].every((count) => Number.isSafeInteger(count) && count >= 1) || !inside || !between) {
    throw new RangeError(`not a plan for a comparison: ${JSON.stringify(plan)}`);
  }
  const losses =
    attempts === 1 ? Array.from({ length: tasks + 1 }, (_, discordant) => mostLosses(discordant, alpha)) : [];
  const found = (turned: number) => {
    const comparison = comparisonOf(baseline, correlation, turned, attempts);
    return attempts === 1 ? mcnemarPower(losses, comparison) : permutationPower(plan, comparison, alpha);
  };
  if (baseline === 1 || found(1) < power) return null;
  return 100 * (1 - baseline) * whereReaches(power, found, 0, 1);
}

/** What is to be expected of a task's difference in the share of successful attempts. */
type Comparison = {
  effect: number;
  variance: number;
  /** The chance that of one attempt each only the first succeeds. */
  lost: number;
};

/**
 * Where a share of the failures is turned into successes at every task, from the mean and spread of the tasks' rates.
 */
function comparisonOf(baseline: number, correlation: number, turned: number, attempts: number): Comparison {
  const effect = turned * (1 - baseline);
  const betweenTasks = correlation * baseline * (1 - baseline);
  const withinTask = (1 - correlation) * baseline * (1 - baseline);
  const squaredFailure = (1 - baseline) ** 2 + betweenTasks;
  // A rate p becomes p + turned (1 - p); the mean of its own p (1 - p), written out.
  const withinTaskAfter = (1 - turned) * (withinTask + turned * squaredFailure);
  const variance = (withinTask + withinTaskAfter) / attempts + turned ** 2 * betweenTasks;
  return { effect, variance, lost: (1 - turned) * withinTask };
}

/**
 * The chance that the exact McNemar test is significant, over all counts of discordant tasks that may come. `losses`
 * says for each count how many of them may be lost.
 */
function mcnemarPower(losses: readonly number[], { effect, lost }: Comparison): number {
  const tasks = losses.length - 1;
  const discordant = Math.min(1, 2 * lost + effect);
  if (discordant === 0) return 0;
  const better = (lost + effect) / discordant;
  let power = 0;
  for (const [n, few] of losses.entries()) {
    const chance = discordant === 1 ? Number(n === tasks) : Math.exp(logBinomial(n, tasks, discordant));
    if (few >= 0) power += chance * (atMost(few, n, 1 - better) + atMost(few, n, better));
  }
  return power;
}

/**
 * The most of n discordant tasks that may go the other way with the exact McNemar test still significant; -1 if none
 * may.
 */
function mostLosses(n: number, alpha: number): number {
  let tail = 0;
  for (let losses = 0; ; losses++) {
    tail += Math.exp(logBinomial(losses, n, 0.5));
    if (2 * tail > alpha) return losses - 1;
  }
}

/** The chance of at most k successes, 0 <= k < n, in n trials that each succeed with chance p. */
const atMost = (k: number, n: number, p: number) => betaCdf(1 - p, n - k, k + 1);

/** The chance, nearly, that the permutation test is significant in the effect's direction. */
function permutationPower({ tasks, attempts }: Plan, { effect, variance }: Comparison, alpha: number): number {
  if (tasks === 1) return 0;
  // With a change of sign the sum of the differences moves by two successes at least: of what would be significant by
  // Student's t, one success is lost on average.
  const kept = effect - 1 / (attempts * tasks);
  if (variance <= 0) return kept > 0 ? 1 : 0;
  return tCdf(kept / Math.sqrt(variance / tasks) - tQuantile(1 - alpha / 2, tasks - 1), tasks - 1);
}

function tCdf(t: number, df: number): number {
  const tail = betaCdf(df / (df + t * t), df / 2, 0.5) / 2;
  return t > 0 ? 1 - tail : tail;
}
