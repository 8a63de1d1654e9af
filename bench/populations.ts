/**
 * Made-up populations of tasks whose true rates are known, for judging the statistics of evals: outcomes drawn from
 * them, and where few kinds of outcome are possible every one of them with its chance, so that a share is exact and not
 * simulated.
 */
import { betaQuantile, logBinomial, logGamma } from '../evals/statistics/distributions.ts';
import type { Random } from '../evals/statistics/index.ts';

/** How often each configuration succeeds at each task. A sample of tasks is drawn with replacement. */
export type Population = { first: readonly number[]; second: readonly number[] };

/** How many tasks a population has: enough that their mean difficulty and spread are those of the distribution. */
const SIZE = 1000;

/**
 * Two configurations that do equally well on every task: the difficulties are spread as a beta distribution about
 * `rate`, with `correlation` the share of the outcomes' variance that is theirs (0 < correlation < 1).
 */
export function equalPopulation(rate: number, correlation: number): Population {
  const weight = 1 / correlation - 1;
  const first = Array.from({ length: SIZE }, (_, i) =>
    betaQuantile((i + 0.5) / SIZE, rate * weight, (1 - rate) * weight),
  );
  return { first, second: first };
}

/**
 * The second configuration turns the same share of the failures at every task into successes, by `effect` (0 to 1) in
 * the mean.
 */
export function betterPopulation(rate: number, correlation: number, effect: number): Population {
  const { first } = equalPopulation(rate, correlation);
  const turned = effect / (1 - meanOf(first));
  return { first, second: first.map((p) => p + turned * (1 - p)) };
}

/**
 * Equally good in the mean, but on different tasks: the configurations' difficulties are exchanged within random pairs.
 */
export function exchangedPopulation(rate: number, correlation: number, random: Random): Population {
  const shuffled = equalPopulation(rate, correlation)
    .first.map((p) => ({ p, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ p }) => p);
  return { first: shuffled, second: shuffled.map((_, i) => shuffled[i ^ 1] ?? Number.NaN) };
}

/** The mean of numbers. */
export const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** The outcomes of both configurations at tasks drawn from the population, `attempts` of each at every task. */
export function draw(
  { first, second }: Population,
  tasks: number,
  attempts: number,
  random: Random,
): { first: number[][]; second: number[][] } {
  const picked = Array.from({ length: tasks }, () => Math.floor(random() * first.length));
  const outcomes = (rates: readonly number[]) =>
    picked.map((task) => Array.from({ length: attempts }, () => (random() < (rates[task] ?? 0) ? 1 : 0)));
  return { first: outcomes(first), second: outcomes(second) };
}

/** The share of draws from a population for which something holds. */
export function simulatedShare(
  population: Population,
  { tasks, attempts, draws, random }: { tasks: number; attempts: number; draws: number; random: Random },
  holds: (drawn: { first: number[][]; second: number[][] }) => boolean,
): number {
  let count = 0;
  for (let i = 0; i < draws; i++) if (holds(draw(population, tasks, attempts, random))) count++;
  return count / draws;
}

/** The chance of each number of successes, 0 to `attempts`, at a task of the population. */
export function successChances(rates: readonly number[], attempts: number): number[] {
  const chance = (k: number, p: number) => Math.exp(logBinomial(k, attempts, Math.min(Math.max(p, 1e-15), 1 - 1e-15)));
  return Array.from({ length: attempts + 1 }, (_, k) => meanOf(rates.map((p) => chance(k, p))));
}

/** The chances of one attempt each at a task: only the first succeeds, both or neither, only the second. */
export function discordanceChances({ first, second }: Population): [number, number, number] {
  const onlyFirst = meanOf(first.map((p, task) => p * (1 - (second[task] ?? 0))));
  const onlySecond = meanOf(first.map((p, task) => (1 - p) * (second[task] ?? 0)));
  return [onlyFirst, 1 - onlyFirst - onlySecond, onlySecond];
}

/** What may hold of a result, and the chance of each kind of outcome at a task. */
export type Scenario<Result> = { chances: readonly number[]; holds: (result: Result) => boolean };

/**
 * For every scenario the exact chance that what it asks holds of the result of `tasks` tasks: over all ways in which
 * their outcomes can be of each kind. `judge` is called once for each of them, with how many tasks have the first kind,
 * the second ...
 */
export function exactShares<Result>(
  tasks: number,
  judge: (counts: readonly number[]) => Result,
  scenarios: readonly Scenario<Result>[],
): number[] {
  const logFactorial = Array.from({ length: tasks + 1 }, (_, n) => logGamma(n + 1));
  const shares = scenarios.map(() => 0);
  for (const counts of compositions(tasks, scenarios[0]?.chances.length ?? 0)) {
    const result = judge(counts);
    const ways = counts.reduce((sum, count) => sum - (logFactorial[count] ?? 0), logFactorial[tasks] ?? 0);
    for (const [index, { chances, holds }] of scenarios.entries()) {
      if (!holds(result)) continue;
      const log = counts.reduce((sum, n, kind) => (n === 0 ? sum : sum + n * Math.log(chances[kind] ?? 0)), ways);
      shares[index] = (shares[index] ?? 0) + Math.exp(log);
    }
  }
  return shares;
}

/** All ways to split a whole number into so many parts, 0 allowed. */
function* compositions(total: number, parts: number): Generator<number[]> {
  if (parts === 1) yield [total];
  else for (let n = 0; n <= total; n++) for (const rest of compositions(total - n, parts - 1)) yield [n, ...rest];
}

/** Tasks of which `counts[s]` have s successes in `attempts` attempts. */
export function tasksOf(counts: readonly number[], attempts: number): number[][] {
  return counts.flatMap((count, s) =>
    Array.from({ length: count }, () => Array.from({ length: attempts }, (_, i) => (i < s ? 1 : 0))),
  );
}

/** One attempt of each configuration at tasks of which so many are as `discordanceChances` sorts them. */
export function pairsOf([onlyFirst = 0, same = 0, onlySecond = 0]: readonly number[]): {
  first: number[][];
  second: number[][];
} {
  const side = (first: number, second: number) => [
    ...Array.from({ length: onlyFirst }, () => [first]),
    ...Array.from({ length: same }, () => [0]),
    ...Array.from({ length: onlySecond }, () => [second]),
  ];
  return { first: side(1, 0), second: side(0, 1) };
}
