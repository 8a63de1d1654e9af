/**
 * What the statistics promise, on populations whose true rates are known; `bench/statistics.ts` does the same at
 * length.
 */
import { describe, expect, test } from 'vitest';
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
} from '../../bench/populations.ts';
import {
  differenceInterval,
  type Interval,
  mcnemarExact,
  meanInterval,
  minimumDetectableEffect,
  pairedPermutation,
  randomFrom,
} from './index.ts';

const RATES = [0.1, 0.3, 0.5, 0.7, 0.9];
const covers = (truth: number) => (interval: Interval) => interval.low <= truth && truth <= interval.high;
const differenceOf = ({ first, second }: Population) => meanOf(second) - meanOf(first);

test('the chances of all outcomes together are 1', () => {
  const chances = successChances(equalPopulation(0.3, 0.3).first, 3);
  const [share = 0] = exactShares(20, (counts) => counts, [{ chances, holds: () => true }]);
  expect(share).toBeCloseTo(1, 9);
});

describe('at 100 tasks an interval of 95 % holds the true value in 94 to 96 %', () => {
  test('of the mean of one attempt, exactly', () => {
    const populations = RATES.map((rate) => equalPopulation(rate, 0.3).first);
    const shares = exactShares(
      100,
      (counts) => meanInterval(tasksOf(counts, 1)),
      populations.map((rates) => ({ chances: successChances(rates, 1), holds: covers(meanOf(rates)) })),
    );
    for (const share of shares) expectCoverage(share, 0);
  });

  test.each(RATES)('of the mean of three attempts, rate %f, simulated', (rate) => {
    const population = equalPopulation(rate, 0.3);
    const holds = covers(meanOf(population.first));
    const size = { tasks: 100, attempts: 3, draws: 4000, random: randomFrom(11) };
    expectCoverage(
      simulatedShare(population, size, ({ first }) => holds(meanInterval(first))),
      4000,
    );
  });

  const compared: [string, Population][] = [
    ['equally good', equalPopulation(0.3, 0.3)],
    ['good at different tasks', exchangedPopulation(0.5, 0.3, randomFrom(2))],
    ['ten points apart', betterPopulation(0.5, 0.3, 0.1)],
  ];

  test.each(compared)('of the difference in one attempt of configurations %s, exactly', (_, population) => {
    const [share = 0] = exactShares(
      100,
      (counts) => differenceInterval(pairsOf(counts).first, pairsOf(counts).second),
      [{ chances: discordanceChances(population), holds: covers(differenceOf(population)) }],
    );
    expectCoverage(share, 0);
  });

  test.each(compared)('of the difference in three attempts of configurations %s, simulated', (_, population) => {
    const holds = covers(differenceOf(population));
    const size = { tasks: 100, attempts: 3, draws: 4000, random: randomFrom(12) };
    expectCoverage(
      simulatedShare(population, size, ({ first, second }) => holds(differenceInterval(first, second))),
      4000,
    );
  });
});

/** Within 94 to 96 %, and for a simulated share within two standard errors more. */
function expectCoverage(share: number, draws: number): void {
  const noise = draws === 0 ? 0 : 2 * Math.sqrt((0.95 * 0.05) / draws);
  expect(share).toBeGreaterThanOrEqual(0.94 - noise);
  expect(share).toBeLessThanOrEqual(0.96 + noise);
}

describe('equally good configurations differ significantly at the 5 % level in at most 5.5 %', () => {
  const equal: [string, Population][] = [
    ['rate 0.2', equalPopulation(0.2, 0.3)],
    ['rate 0.5', equalPopulation(0.5, 0.6)],
    ['good at different tasks', exchangedPopulation(0.5, 0.6, randomFrom(3))],
  ];

  test.each(equal)('by McNemar’s test, %s, exactly', (_, population) => {
    const chances = discordanceChances(population);
    for (const tasks of [24, 50, 100]) {
      const [share = 1] = exactShares(tasks, ([b = 0, , c = 0]) => mcnemarExact(b, c), [
        { chances, holds: (p) => p <= 0.05 },
      ]);
      expect(share).toBeLessThanOrEqual(0.05);
    }
  });

  test.each(equal)('by the permutation test of three attempts, %s, simulated', (_, population) => {
    for (const tasks of [24, 100]) {
      const size = { tasks, attempts: 3, draws: 2000, random: randomFrom(14) };
      const share = simulatedShare(population, size, ({ first, second }) => pairedPermutation(first, second).p <= 0.05);
      expect(share).toBeLessThanOrEqual(0.055);
      // A test that never sees anything would pass too. With few tasks p goes in steps, and less than 5 % is what is
      // left.
      expect(share).toBeGreaterThan(tasks === 24 ? 0.01 : 0.03);
    }
  });
});

describe('the effect that a plan calls detectable is found in about 80 %', () => {
  test.each([
    [50, 1],
    [24, 3],
    [100, 3],
  ])('at %i tasks with %i attempts', (tasks, attempts) => {
    const plan = { tasks, attempts, baseline: 0.5, correlation: 0.3 };
    const population = betterPopulation(0.5, 0.3, (minimumDetectableEffect(plan) ?? Number.NaN) / 100);
    const size = { tasks, attempts, draws: 1500, random: randomFrom(15) };
    const share = simulatedShare(population, size, ({ first, second }) => pairedPermutation(first, second).p <= 0.05);
    expect(share).toBeGreaterThan(0.76);
    expect(share).toBeLessThan(0.85);
  });
});
