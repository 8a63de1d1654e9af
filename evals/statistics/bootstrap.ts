/** The bias-corrected and accelerated bootstrap of a mean (Efron, "Better Bootstrap Confidence Intervals", 1987). */
import { normalCdf, normalQuantile } from './distributions.ts';
import type { Random } from './random.ts';

/**
 * How many resamples an interval takes unless told otherwise: the ends then wander by about a hundredth of the width.
 */
export const REPLICATES = 10_000;

/**
 * The BCa interval for the mean of values that are drawn independently, here one value a task. The values may not be
 * all equal: nothing is resampled then.
 */
export function bcaLimits(
  values: readonly number[],
  confidence: number,
  random: Random,
  replicates = REPLICATES,
): [low: number, high: number] {
  const observed = mean(values);
  const means = resampledMeans(values, random, replicates).sort();
  const correction = normalQuantile(shareBelow(means, observed));
  // The acceleration of a mean: a sixth of the skewness of its influence values, which are the deviations themselves.
  const deviations = values.map((value) => value - observed);
  const squares = sum(deviations.map((each) => each ** 2));
  const acceleration = sum(deviations.map((each) => each ** 3)) / (6 * squares ** 1.5);
  const end = (share: number) => {
    const shifted = correction + normalQuantile(share);
    return quantile(means, normalCdf(correction + shifted / (1 - acceleration * shifted)));
  };
  return [end((1 - confidence) / 2), end((1 + confidence) / 2)];
}

function resampledMeans(values: readonly number[], random: Random, replicates: number): Float64Array {
  const from = Float64Array.from(values);
  const means = new Float64Array(replicates);
  for (let replicate = 0; replicate < replicates; replicate++) {
    let total = 0;
    for (let i = 0; i < from.length; i++) total += from[Math.floor(random() * from.length)] ?? 0;
    means[replicate] = total / from.length;
  }
  return means;
}

/** The share of the means below a value; those equal to it, of which successes give many, count half. */
function shareBelow(means: Float64Array, value: number): number {
  // The same tasks in another order sum to another last digit.
  const near = 1e-9 * Math.max(1, Math.abs(value));
  let halves = 0;
  for (const each of means) halves += Math.abs(each - value) <= near ? 1 : each < value ? 2 : 0;
  // Never 0 or 1, whose normal quantile is infinite.
  return Math.min(Math.max(halves, 1), 2 * means.length - 1) / (2 * means.length);
}

/** The q-th quantile of sorted values, between its two neighbours in proportion. */
function quantile(sorted: Float64Array, q: number): number {
  const at = q * (sorted.length - 1);
  const below = sorted[Math.floor(at)] ?? Number.NaN;
  const above = sorted[Math.ceil(at)] ?? Number.NaN;
  return below + (above - below) * (at - Math.floor(at));
}

/** The sum of numbers. */
export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** The mean of numbers, of which there is at least one. */
export const mean = (values: readonly number[]): number => sum(values) / values.length;
