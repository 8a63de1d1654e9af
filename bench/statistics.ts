/**
 * `npm run bench:statistics`: whether the statistics of evals keep what they promise, on populations of tasks whose
 * true rates are known. How many intervals hold the true value (95 % should), how often a test sees a difference where
 * there is none (at most 5 %), and how often it sees the one that the plan calls detectable (80 %). Figures are exact,
 * over every possible outcome (of the bootstrap with its one seed), but for those marked ~, which are simulated. Takes
 * about five minutes.
 */
import {
  differenceInterval,
  type Interval,
  mcnemarExact,
  meanInterval,
  minimumDetectableEffect,
  pairedPermutation,
  type Random,
  randomFrom,
} from '../evals/statistics/index.ts';
import { machine, printTable } from './measure.ts';
import {
  betterPopulation,
  discordanceChances,
  equalPopulation,
  exactShares,
  exchangedPopulation,
  meanOf,
  type Population,
  pairsOf,
  simulatedShare,
  successChances,
  tasksOf,
} from './populations.ts';

const TASKS = [24, 50, 100];
const RATES = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];
const CORRELATIONS = [0.1, 0.3, 0.6];
const DRAWS = 10_000;
/** Of the bootstrap, which resamples 10,000 times in each. */
const BOOTSTRAP_DRAWS = 1000;

const percent = (share: number) => (100 * share).toFixed(1);
const about = (share: number) => `~${percent(share)}`;
const covers = (truth: number) => (interval: Interval) => interval.low <= truth && truth <= interval.high;

/** Coverage of the mean's interval, exactly, one row a correlation and one figure a rate. */
function meanRows(tasks: number, attempts: number, method: 'jeffreys' | 't' | 'bca'): string[][] {
  const correlations = attempts === 1 ? CORRELATIONS.slice(0, 1) : CORRELATIONS;
  const cells = correlations.flatMap((correlation) => RATES.map((rate) => equalPopulation(rate, correlation).first));
  const shares = exactShares(
    tasks,
    (counts) => meanInterval(tasksOf(counts, attempts), { method }),
    cells.map((rates) => ({ chances: successChances(rates, attempts), holds: covers(meanOf(rates)) })),
  );
  return correlations.map((correlation, row) => {
    const figures = shares.slice(row * RATES.length, (row + 1) * RATES.length);
    const name = attempts === 1 ? 'any' : `${correlation}`;
    return [method, `${tasks}`, `${attempts}`, name, ...figures.map(percent), percent(meanOf(figures))];
  });
}

/** The same by simulation, for what has too many outcomes. */
function simulatedMeanRow(tasks: number, attempts: number, correlation: number, random: Random): string[] {
  const figures = RATES.map((rate) => {
    const population = equalPopulation(rate, correlation);
    const size = { tasks, attempts, draws: BOOTSTRAP_DRAWS, random };
    const holds = covers(meanOf(population.first));
    return simulatedShare(population, size, ({ first }) => holds(meanInterval(first, { method: 'bca' })));
  });
  return ['bca', `${tasks}`, `${attempts}`, `${correlation}`, ...figures.map(about), about(meanOf(figures))];
}

/** Coverage of costs that are log-normal, mean exp(σ²/2), by simulation. */
function costRow(tasks: number, sigma: number, random: Random): string[] {
  const holds = covers(Math.exp(sigma ** 2 / 2));
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const counts = { t: 0, bca: 0 };
  for (let i = 0; i < BOOTSTRAP_DRAWS; i++) {
    const costs = Array.from({ length: tasks }, () => [Math.exp(sigma * normal())]);
    for (const method of ['t', 'bca'] as const) {
      if (holds(meanInterval(costs, { range: [0, Number.POSITIVE_INFINITY], method }))) counts[method]++;
    }
  }
  return [`${tasks}`, `${sigma}`, about(counts.t / BOOTSTRAP_DRAWS), about(counts.bca / BOOTSTRAP_DRAWS)];
}

const NULLS: [name: string, population: Population][] = [
  ['equal, rate 0.1, correlation 0.3', equalPopulation(0.1, 0.3)],
  ['equal, rate 0.3, correlation 0.6', equalPopulation(0.3, 0.6)],
  ['equal, rate 0.5, correlation 0.1', equalPopulation(0.5, 0.1)],
  ['equal, rate 0.8, correlation 0.3', equalPopulation(0.8, 0.3)],
  ['good at different tasks, rate 0.5, correlation 0.6', exchangedPopulation(0.5, 0.6, randomFrom(7))],
];
const BETTER: [name: string, population: Population][] = [
  ['0.1 → 0.2, correlation 0.3', betterPopulation(0.1, 0.3, 0.1)],
  ['0.5 → 0.6, correlation 0.3', betterPopulation(0.5, 0.3, 0.1)],
  ['0.5 → 0.8, correlation 0.6', betterPopulation(0.5, 0.6, 0.3)],
  ['0.8 → 0.9, correlation 0.6', betterPopulation(0.8, 0.6, 0.1)],
];
const differenceOf = ({ first, second }: Population) => meanOf(second) - meanOf(first);

/** Coverage of the difference's interval, one row a population: exact for one attempt, simulated for three. */
function differenceRows(tasks: number, random: Random): string[][] {
  const populations = [...NULLS, ...BETTER];
  const scenarios = populations.map(([, population]) => ({
    chances: discordanceChances(population),
    holds: covers(differenceOf(population)),
  }));
  const [t, bca] = (['t', 'bca'] as const).map((method) =>
    exactShares(
      tasks,
      (counts) => differenceInterval(pairsOf(counts).first, pairsOf(counts).second, { method }),
      scenarios,
    ),
  );
  return populations.map(([name, population], index) => {
    const size = { tasks, attempts: 3, draws: DRAWS, random };
    const holds = covers(differenceOf(population));
    const three = simulatedShare(population, size, ({ first, second }) => holds(differenceInterval(first, second)));
    return [name, `${tasks}`, percent(t?.[index] ?? 0), about(three), percent(bca?.[index] ?? 0)];
  });
}

/** How often the tests are significant at 5 % where the configurations are equally good. */
function nullRows(tasks: number, random: Random): string[][] {
  const mcnemar = exactShares(
    tasks,
    ([onlyFirst = 0, , onlySecond = 0]) => mcnemarExact(onlyFirst, onlySecond),
    NULLS.map(([, population]) => ({ chances: discordanceChances(population), holds: (p: number) => p <= 0.05 })),
  );
  return NULLS.map(([name, population], index) => [
    name,
    `${tasks}`,
    percent(mcnemar[index] ?? 0),
    about(significant(population, tasks, 1, random)),
    about(significant(population, tasks, 3, random)),
  ]);
}

function significant(population: Population, tasks: number, attempts: number, random: Random): number {
  const size = { tasks, attempts, draws: DRAWS, random };
  return simulatedShare(population, size, ({ first, second }) => pairedPermutation(first, second).p <= 0.05);
}

/** What a plan promises, and how often it is found. */
function powerRow(tasks: number, attempts: number, baseline: number, correlation: number, random: Random): string[] {
  const effect = minimumDetectableEffect({ tasks, attempts, baseline, correlation });
  const start = [`${tasks}`, `${attempts}`, `${baseline}`, `${correlation}`];
  if (effect === null) return [...start, 'none', '-'];
  const population = betterPopulation(baseline, correlation, effect / 100);
  return [...start, effect.toFixed(1), about(significant(population, tasks, attempts, random))];
}

console.log(`${machine()}\n`);

console.log('Coverage of the 95 % interval of the mean, in %, by the true rate:\n');
const random = randomFrom(6);
printTable(
  ['method', 'tasks', 'attempts', 'correlation', ...RATES.map(String), 'mean'],
  [
    ...(['jeffreys', 't'] as const).flatMap((method) =>
      [1, 3].flatMap((attempts) => TASKS.flatMap((tasks) => meanRows(tasks, attempts, method))),
    ),
    ...TASKS.flatMap((tasks) => meanRows(tasks, 1, 'bca')),
    ...TASKS.map((tasks) => simulatedMeanRow(tasks, 3, 0.3, random)),
  ],
);

console.log('\nCoverage of the 95 % interval of the paired difference, in %:\n');
printTable(
  ['population', 'tasks', 't, 1 attempt', 't, 3 attempts', 'BCa, 1 attempt'],
  TASKS.flatMap((tasks) => differenceRows(tasks, random)),
);

console.log('\nCoverage of the 95 % interval of a mean cost, in %:\n');
printTable(
  ['tasks', 'σ of the logarithm', 't', 'BCa'],
  TASKS.flatMap((tasks) => [0.5, 1].map((sigma) => costRow(tasks, sigma, random))),
);

console.log('\nFalse positives at the 5 % level, in %:\n');
printTable(
  ['population', 'tasks', 'McNemar, 1 attempt', 'permutation, 1 attempt', 'permutation, 3 attempts'],
  TASKS.flatMap((tasks) => nullRows(tasks, random)),
);

console.log('\nThe minimum detectable effect (80 % power, 5 % level), in points, and how often it is found, in %:\n');
printTable(
  ['tasks', 'attempts', 'baseline', 'correlation', 'effect', 'found'],
  TASKS.flatMap((tasks) =>
    [1, 3].flatMap((attempts) =>
      [[0.5, 0.5] as const, [0.3, 0.2] as const, [0.6, 0.7] as const].map(([baseline, correlation]) =>
        powerRow(tasks, attempts, baseline, correlation, random),
      ),
    ),
  ),
);
console.log(
  `\nSimulated figures (~) are of ${DRAWS} draws, of the bootstrap of ${BOOTSTRAP_DRAWS}: off by 0.2 and 0.7 points (one standard error).`,
);
