/** Tests of two configurations on the same tasks, and the correction where many are made. */
import { sum } from './bootstrap.ts';
import { logBinomial } from './distributions.ts';
import { type Attempts, taskDifferences } from './intervals.ts';
import { type Random, randomFrom } from './random.ts';

/**
 * The two-sided p-value of the exact McNemar test, for one attempt a task: `onlyFirst` tasks were resolved by the first
 * configuration only, `onlySecond` by the second only. Tasks on which both agree say nothing about the difference. It
 * is the binomial test of an even split, and 1 where no task tells them apart. Throws a RangeError unless both are
 * whole and >= 0.
 */
export function mcnemarExact(onlyFirst: number, onlySecond: number): number {
  if (![onlyFirst, onlySecond].every((count) => Number.isSafeInteger(count) && count >= 0)) {
    throw new RangeError(`discordant tasks are counted in whole numbers from 0, not ${onlyFirst} and ${onlySecond}`);
  }
  const n = onlyFirst + onlySecond;
  let tail = 0;
  for (let k = 0; k <= Math.min(onlyFirst, onlySecond); k++) tail += Math.exp(logBinomial(k, n, 0.5));
  return Math.min(1, 2 * tail);
}

/** A p-value and how it was found: over all sign changes, or over a sample of `samples` of them. */
export type PermutationTest = { p: number; method: 'exact' } | { p: number; method: 'monte-carlo'; samples: number };

/** Up to so many tasks every combination of signs is tried one by one, 65,536 at most. */
const ENUMERATED_TASKS = 16;
/**
 * Up to so many different sums the exact distribution is worked out: 500 tasks of 20 attempts a side, in about 0.1 s.
 */
const MOST_SUMS = 20_000;
/** The chance of a p-value near 0.05 is then off by 0.0007 (one standard error). */
const SAMPLES = 99_999;

/**
 * The two-sided paired permutation test of the mean difference over tasks, for any number of attempts: if the
 * configurations do equally well on a task, its difference is as likely to have the other sign. p is the share of all
 * sign changes whose mean is at least as far from 0 as the one observed. Exact for outcomes of 0 and 1 (whose
 * differences have a common denominator, so that the distribution of their sum can be worked out) and for few tasks;
 * else by `samples` seeded draws, among which the observed one is counted, so that p is never 0. With one attempt a
 * task it is the exact McNemar test. Throws a RangeError without tasks, for a task without attempts, and where the
 * tasks are not equally many.
 */
export function pairedPermutation(
  first: Attempts,
  second: Attempts,
  { seed = 1, samples = SAMPLES }: { seed?: number; samples?: number } = {},
): PermutationTest {
  const differences = taskDifferences(first, second).filter((difference) => difference !== 0);
  const whole = inWholeUnits(first, second, differences);
  if (whole !== null) return { p: bySums(whole), method: 'exact' };
  const sizes = differences.map(Math.abs);
  // Sums of the same numbers in another order differ in their last digits.
  const least = Math.abs(sum(differences)) - 1e-12 * sum(sizes);
  if (sizes.length <= ENUMERATED_TASKS) return { p: byEnumeration(sizes, least), method: 'exact' };
  return { p: bySampling(sizes, least, samples, randomFrom(seed)), method: 'monte-carlo', samples };
}

/**
 * The differences in the largest unit that makes them all whole, or null where there is none or too many sums come of
 * it.
 */
function inWholeUnits(first: Attempts, second: Attempts, differences: readonly number[]): number[] | null {
  if (![first, second].flat(2).every(Number.isSafeInteger)) return null;
  const units = [first, second].flat().reduce((common, { length }) => (length / divisor(common, length)) * common, 1);
  const whole = differences.map((difference) => Math.round(difference * units));
  return sum(whole.map(Math.abs)) <= MOST_SUMS ? whole : null;
}

function divisor(a: number, b: number): number {
  return b === 0 ? a : divisor(b, a % b);
}

/** p from the distribution of the sum over all signs, built up task by task. */
function bySums(differences: readonly number[]): number {
  const most = sum(differences.map(Math.abs));
  let chances = new Float64Array(2 * most + 1);
  chances[most] = 1;
  let reach = 0;
  for (const difference of differences) {
    const size = Math.abs(difference);
    const next = new Float64Array(chances.length);
    for (let at = most - reach; at <= most + reach; at++) {
      const half = (chances[at] ?? 0) / 2;
      next[at - size] = (next[at - size] ?? 0) + half;
      next[at + size] = (next[at + size] ?? 0) + half;
    }
    chances = next;
    reach += size;
  }
  const observed = Math.abs(sum(differences));
  let p = 0;
  for (const [at, chance] of chances.entries()) if (Math.abs(at - most) >= observed) p += chance;
  return Math.min(1, p);
}

function byEnumeration(sizes: readonly number[], least: number): number {
  let hits = 0;
  for (let signs = 0; signs < 2 ** sizes.length; signs++) {
    const total = sizes.reduce((soFar, size, task) => soFar + ((signs >> task) & 1 ? size : -size), 0);
    if (Math.abs(total) >= least) hits++;
  }
  return hits / 2 ** sizes.length;
}

function bySampling(sizes: readonly number[], least: number, samples: number, random: Random): number {
  let hits = 0;
  for (let sample = 0; sample < samples; sample++) {
    let total = 0;
    for (const size of sizes) total += random() < 0.5 ? size : -size;
    if (Math.abs(total) >= least) hits++;
  }
  return (hits + 1) / (samples + 1);
}

/**
 * The p-values of many tests, corrected so that the chance of any false positive among them stays below the level
 * (Holm, "A Simple Sequentially Rejective Multiple Test Procedure", 1979), in the order given. Throws a RangeError for
 * one outside 0 to 1.
 */
export function holm(pValues: readonly number[]): number[] {
  const wrong = pValues.find((p) => !(p >= 0 && p <= 1));
  if (wrong !== undefined) throw new RangeError(`a p-value lies between 0 and 1, not at ${wrong}`);
  const corrected = new Array<number>(pValues.length).fill(0);
  let highest = 0;
  const ascending = pValues.map((p, index) => ({ p, index })).sort((a, b) => a.p - b.p);
  for (const [rank, { p, index }] of ascending.entries()) {
    highest = Math.max(highest, Math.min(1, p * (pValues.length - rank)));
    corrected[index] = highest;
  }
  return corrected;
}
