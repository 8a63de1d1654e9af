/**
 * Confidence intervals for a mean over tasks. Tasks are what was sampled: attempts at one task resemble each other, so
 * a task counts as one observation, the mean of its attempts. The default methods are those whose coverage
 * `bench/statistics.ts` finds between 94 and 96 % at 100 tasks, whatever the rate: Student's t and the bootstrap fall
 * short of it for a mean near 0 or 1, the bootstrap for a difference on few tasks.
 */
import { bcaLimits, mean, sum } from './bootstrap.ts';
import { betaQuantile, normalQuantile, tQuantile } from './distributions.ts';
import { randomFrom } from './random.ts';

/**
 * How an interval came about. `jeffreys`: Jeffreys' interval for a proportion, on as many independent trials as would
 * give the spread that the tasks have. `t`: Student's t over the tasks. `bca`: the BCa bootstrap over tasks.
 * `clopper-pearson`: all tasks have one and the same value, so that nothing shows their spread; the exact bound on the
 * share of other tasks, each at worst at the end of the range, is all that can be said.
 */
export type IntervalMethod = 'jeffreys' | 't' | 'bca' | 'clopper-pearson';

/** A mean over `n` tasks, each counting the same, between the ends of its confidence interval. */
export type Interval = { mean: number; low: number; high: number; n: number; method: IntervalMethod };

/** What may be chosen of an interval. */
export type IntervalOptions<Method extends IntervalMethod> = {
  /** The share of intervals that hold the true mean; 0.95 unless told otherwise. */
  confidence?: number;
  /**
   * The least and the greatest value that an attempt can have; 0 and 1, a failure and a success, unless told otherwise.
   */
  range?: Range;
  method?: Method;
  /** Of the bootstrap's chance; 1 unless told otherwise. */
  seed?: number;
};

/** The least and the greatest value that something can have; a cost ranges from 0 to Infinity. */
type Range = readonly [least: number, greatest: number];

const RATE: Range = [0, 1];

/**
 * Per task the values of its attempts, at least one each: 1 and 0 for success and failure, or any number in the range.
 */
export type Attempts = readonly (readonly number[])[];

/**
 * The mean over tasks with its interval: by Jeffreys' method for values from 0 to 1, by the bootstrap for others. Those
 * are costs and times, mostly, and where some tasks cost many times what others do no method holds 95 % on few tasks:
 * the benchmark finds 89 to 92 % on 24. Tasks may differ in attempts. Throws a RangeError without tasks, for a task
 * without attempts, for a value outside the range, and for Jeffreys' method with another range.
 */
export function meanInterval(tasks: Attempts, options: IntervalOptions<'jeffreys' | 't' | 'bca'> = {}): Interval {
  const { range = RATE, confidence = 0.95 } = options;
  const values = taskMeans(tasks, range);
  const isRate = range[0] === 0 && range[1] === 1;
  const method = options.method ?? (isRate ? 'jeffreys' : 'bca');
  if (method !== 'jeffreys') return intervalOf(values, range, { ...options, method });
  if (!isRate) throw new RangeError('Jeffreys’ interval is for values from 0 to 1');
  if (isConstant(values)) return constantInterval(values, range, confidence);
  const [low, high] = jeffreysLimits(tasks, confidence);
  return { mean: mean(values), low, high, n: values.length, method };
}

/**
 * How much higher the mean of the second configuration is than that of the first, on the same tasks in the same order:
 * the mean of the tasks' differences with its interval, by Student's t. The range is that of the attempts. Throws a
 * RangeError as `meanInterval` does, and where the tasks are not equally many.
 */
export function differenceInterval(
  first: Attempts,
  second: Attempts,
  options: IntervalOptions<'t' | 'bca'> = {},
): Interval {
  const { range = RATE, method = 't' } = options;
  const width = range[1] - range[0];
  return intervalOf(taskDifferences(first, second, range), [-width, width], { ...options, method });
}

/**
 * Of every task the mean of the second configuration's attempts less that of the first's, which may have any finite
 * value unless a range is given. Throws as `differenceInterval`.
 */
export function taskDifferences(first: Attempts, second: Attempts, range: Range = [-Infinity, Infinity]): number[] {
  if (first.length !== second.length) {
    throw new RangeError(
      `a paired comparison needs the same tasks on both sides, not ${first.length} and ${second.length}`,
    );
  }
  const before = taskMeans(first, range);
  return taskMeans(second, range).map((value, task) => {
    const other = before[task] ?? Number.NaN;
    // The same values in another order sum to another last digit: that is no difference.
    const isNoise = Math.abs(value - other) <= 1e-12 * Math.max(Math.abs(value), Math.abs(other));
    return isNoise ? 0 : value - other;
  });
}

function taskMeans(tasks: Attempts, [least, greatest]: Range): number[] {
  if (tasks.length === 0) throw new RangeError('a mean over tasks needs at least one task');
  return tasks.map((attempts, task) => {
    if (attempts.length === 0) throw new RangeError(`task ${task} has no attempts`);
    const outside = attempts.find((value) => !(Number.isFinite(value) && value >= least && value <= greatest));
    if (outside !== undefined) {
      throw new RangeError(
        `task ${task} has an attempt with the value ${outside}, not between ${least} and ${greatest}`,
      );
    }
    return mean(attempts);
  });
}

function intervalOf(
  values: readonly number[],
  range: Range,
  { method, confidence = 0.95, seed = 1 }: IntervalOptions<'t' | 'bca'> & { method: 't' | 'bca' },
): Interval {
  if (isConstant(values)) return constantInterval(values, range, confidence);
  const [low, high] = method === 'bca' ? bcaLimits(values, confidence, randomFrom(seed)) : tLimits(values, confidence);
  return { mean: mean(values), low: Math.max(range[0], low), high: Math.min(range[1], high), n: values.length, method };
}

/** Where all tasks have the same value, or there is but one. */
function constantInterval(values: readonly number[], [least, greatest]: Range, confidence: number): Interval {
  const n = values.length;
  const value = mean(values);
  // The Clopper-Pearson limit for none of n: at most this share of all tasks has another value.
  const others = 1 - ((1 - confidence) / 2) ** (1 / n);
  const towards = (end: number) => (1 - others) * value + others * end;
  return { mean: value, low: towards(least), high: towards(greatest), n, method: 'clopper-pearson' };
}

function tLimits(values: readonly number[], confidence: number): [low: number, high: number] {
  const half = tQuantile((1 + confidence) / 2, values.length - 1) * Math.sqrt(varianceOf(values) / (values.length - 1));
  return [mean(values) - half, mean(values) + half];
}

/**
 * The posterior quantiles of a proportion under Jeffreys' prior (Brown, Cai and DasGupta, "Interval Estimation for a
 * Binomial Proportion", 2001), with an effective number of trials in place of the tasks': with one attempt a task the
 * two are the same.
 */
function jeffreysLimits(tasks: Attempts, confidence: number): [low: number, high: number] {
  const values = tasks.map(mean);
  const share = mean(values);
  const trials = effectiveTrials(tasks, confidence);
  const [successes, failures] = [share * trials, (1 - share) * trials];
  const end = (q: number) => betaQuantile(q, successes + 0.5, failures + 0.5);
  // On two or three tasks with next to no successes the prior outweighs them, and would leave the mean outside.
  return [Math.min(share, end((1 - confidence) / 2)), Math.max(share, end((1 + confidence) / 2))];
}

/** How many independent trials would give the mean the variance that it has over these tasks (Kish's design effect). */
function effectiveTrials(tasks: Attempts, confidence: number): number {
  const values = tasks.map(mean);
  const n = values.length;
  // With values of 0 and 1 only, the variance follows from the mean and is not estimated.
  if (values.every(isOutcome)) return n;
  const share = mean(values);
  const trials = (share * (1 - share) * n) / varianceOf(values);
  // The variance is estimated from n tasks, for which Student's t is wider than the normal distribution; as in Korn and
  // Graubard, "Confidence Intervals for Proportions with Small Expected Number of Positive Counts", 1998.
  const wider = (normalQuantile((1 + confidence) / 2) / tQuantile((1 + confidence) / 2, n - 1)) ** 2;
  // Outcomes of one task cannot resemble each other less than those of different tasks: if they seem to, it is chance.
  const most = tasks.every((attempts) => attempts.every(isOutcome)) ? sum(tasks.map(({ length }) => length)) : Infinity;
  return Math.min(trials * wider, most);
}

const isOutcome = (value: number) => value === 0 || value === 1;

/** Whether the values are all equal; 2/3 less 1/3 and 1/3 less 0 differ in the last digit only. */
function isConstant(values: readonly number[]): boolean {
  const largest = Math.max(...values.map(Math.abs));
  return Math.max(...values) - Math.min(...values) <= 1e-12 * largest;
}

/** The mean squared distance from the mean. */
function varianceOf(values: readonly number[]): number {
  const centre = mean(values);
  return mean(values.map((value) => (value - centre) ** 2));
}
