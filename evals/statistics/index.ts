/** The statistics of evals: pure functions on numbers, seeded where they sample. */
export {
  type Attempts,
  differenceInterval,
  type Interval,
  type IntervalMethod,
  type IntervalOptions,
  meanInterval,
} from './intervals.ts';
export { holm, mcnemarExact, type PermutationTest, pairedPermutation } from './paired.ts';
export { paretoFront } from './pareto.ts';
export { passAtK, passHatK } from './pass-at-k.ts';
export { minimumDetectableEffect, type Plan } from './power.ts';
export { type Random, randomFrom } from './random.ts';
