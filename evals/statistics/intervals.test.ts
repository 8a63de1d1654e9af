import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Attempts, differenceInterval, meanInterval } from './intervals.ts';
import { ends, figures, lists, numbers } from './scipy.ts';

const COSTS = { range: [0, Number.POSITIVE_INFINITY] } as const;
/** So many tasks resolved, in one attempt each. */
const resolved = (count: number, of: number): Attempts =>
  Array.from({ length: of }, (_, task) => [task < count ? 1 : 0]);

describe('against published values and SciPy', () => {
  test('none of 25 has the Clopper-Pearson interval 0 to 0.137', () => {
    // Agresti, "Categorical Data Analysis", section 1.4.3: no vegetarian among 25 students.
    const { low, high } = meanInterval(resolved(0, 25));
    expect([low, high.toFixed(3)]).toEqual([0, '0.137']);
  });

  test.each(figures('jeffreys', numbers, ends))(
    'Jeffreys’ interval is $expression',
    ({ given: [x = 0, n = 0], value }) => {
      const interval = meanInterval(resolved(x, n));
      expect(interval).toMatchObject({ mean: x / n, n, method: 'jeffreys' });
      expect(interval.low).toBeCloseTo(value[0], 9);
      expect(interval.high).toBeCloseTo(value[1], 9);
    },
  );

  test.each(figures('clopperPearson', numbers, ends))(
    'none or all of n: $expression',
    ({ given: [x = 0, n = 0], value }) => {
      const interval = meanInterval(resolved(x, n));
      expect(interval).toMatchObject({ mean: x / n, n, method: 'clopper-pearson' });
      expect(interval.low).toBeCloseTo(value[0], 9);
      expect(interval.high).toBeCloseTo(value[1], 9);
    },
  );

  test.each(figures('t', lists, ends))('Student’s t of costs', ({ given: [costs = []], value }) => {
    const interval = meanInterval(
      costs.map((cost) => [cost]),
      { ...COSTS, method: 't' },
    );
    expect(interval.low).toBeCloseTo(value[0], 9);
    expect(interval.high).toBeCloseTo(value[1], 9);
  });

  test.each(figures('bca', lists, ends))(
    'the BCa bootstrap of costs, to its own chance',
    ({ given: [costs = []], value }) => {
      const interval = meanInterval(
        costs.map((cost) => [cost]),
        COSTS,
      );
      expect(interval.method).toBe('bca');
      // SciPy's of a million resamples. Over 200 seeds the ends of 10,000 wandered by 0.011 and 0.04 at most; without
      // the acceleration they would be off by 0.03 and 0.09, without any correction by 0.05 and 0.12.
      expect(Math.abs(interval.low - value[0])).toBeLessThan(0.015);
      expect(Math.abs(interval.high - value[1])).toBeLessThan(0.05);
    },
  );
});

const outcome = fc.constantFrom(0, 1);
const tasks = fc
  .integer({ min: 1, max: 4 })
  .chain((attempts) =>
    fc.array(fc.array(outcome, { minLength: attempts, maxLength: attempts }), { minLength: 1, maxLength: 40 }),
  );

describe('whatever the outcomes', () => {
  test.each(['jeffreys', 't', 'bca'] as const)('the interval of %s lies in the range, round the mean', (method) => {
    fc.assert(
      fc.property(tasks, (some) => {
        const { low, mean, high } = meanInterval(some, { method });
        expect(low).toBeGreaterThanOrEqual(0);
        expect(low).toBeLessThanOrEqual(mean);
        expect(high).toBeGreaterThanOrEqual(mean);
        expect(high).toBeLessThanOrEqual(1);
        expect(high - low).toBeGreaterThan(0);
      }),
      { numRuns: method === 'bca' ? 20 : 100 },
    );
  });

  test('failures have the mirrored interval of successes', () => {
    fc.assert(
      fc.property(tasks, (some) => {
        const interval = meanInterval(some);
        const mirrored = meanInterval(some.map((attempts) => attempts.map((value) => 1 - value)));
        expect(mirrored.low).toBeCloseTo(1 - interval.high, 9);
        expect(mirrored.high).toBeCloseTo(1 - interval.low, 9);
      }),
    );
  });

  test('more confidence is a wider interval', () => {
    fc.assert(
      fc.property(tasks, (some) => {
        const [narrow, wide] = [meanInterval(some, { confidence: 0.9 }), meanInterval(some, { confidence: 0.99 })];
        expect(wide.low).toBeLessThanOrEqual(narrow.low);
        expect(wide.high).toBeGreaterThanOrEqual(narrow.high);
      }),
    );
  });

  test('the difference one way is the negative of the other way', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(
            fc.array(outcome, { minLength: 3, maxLength: 3 }),
            fc.array(outcome, { minLength: 2, maxLength: 2 }),
          ),
          { minLength: 1 },
        ),
        (pairs) => {
          const [first, second] = [pairs.map(([one]) => one), pairs.map(([, other]) => other)];
          const [there, back] = [differenceInterval(first, second), differenceInterval(second, first)];
          expect(back.mean).toBeCloseTo(-there.mean, 9);
          expect(back.low).toBeCloseTo(-there.high, 9);
          expect(back.high).toBeCloseTo(-there.low, 9);
          expect(there.low).toBeGreaterThanOrEqual(-1);
          expect(there.high).toBeLessThanOrEqual(1);
        },
      ),
    );
  });
});

test('attempts that always agree within a task count as one', () => {
  const { low, high } = meanInterval(resolved(9, 30));
  const thrice = meanInterval(resolved(9, 30).map((attempts) => [...attempts, ...attempts, ...attempts]));
  expect([thrice.low, thrice.high]).toEqual([low, high]);
});

test('attempts that differ within a task narrow the interval', () => {
  const width = ({ low, high }: { low: number; high: number }) => high - low;
  const mixed = Array.from({ length: 40 }, (_, task) => (task % 2 === 0 ? [1, 0, 1] : [0, 1, 0]));
  expect(width(meanInterval(mixed))).toBeLessThan(0.75 * width(meanInterval(resolved(20, 40))));
  // But never more than as many independent trials would.
  expect(width(meanInterval(mixed))).toBeGreaterThanOrEqual(width(meanInterval(resolved(60, 120))) - 1e-12);
});

test('a task with more attempts than others weighs no more in the mean', () => {
  expect(meanInterval([[1], [0, 0, 0, 0, 0], [1, 0]]).mean).toBeCloseTo(0.5, 12);
});

test('one task says next to nothing of others, however many attempts it had', () => {
  expect(meanInterval([[1, 1, 1, 1, 1]])).toMatchObject({ mean: 1, high: 1, n: 1, method: 'clopper-pearson' });
  expect(meanInterval([[1, 1, 1, 1, 1]]).low).toBeCloseTo(0.025, 12);
});

test('configurations that never differed may still differ', () => {
  const interval = differenceInterval(resolved(5, 20), resolved(5, 20));
  // 0 of 20: the Clopper-Pearson limit is 1 - 0.025^(1/20).
  expect(interval).toMatchObject({ mean: 0, n: 20, method: 'clopper-pearson' });
  expect(interval.high).toBeCloseTo(0.16843, 5);
  expect(interval.low).toBe(-interval.high);
});

test('differences that are equal but for the last digit are taken as equal', () => {
  const first = [
    [0, 0, 0],
    [1, 0, 0],
    [1, 1, 0],
  ];
  const second = [
    [1, 0, 0],
    [1, 1, 0],
    [1, 1, 1],
  ];
  expect(differenceInterval(first, second).method).toBe('clopper-pearson');
});

test('the mean is inside, also of two tasks with next to no successes', () => {
  const rare = [1, 0].map((successes) => Array.from({ length: 1000 }, (_, attempt) => (attempt < successes ? 1 : 0)));
  const { low, mean } = meanInterval(rare);
  expect(low).toBeLessThanOrEqual(mean);
});

test('costs that were all the same have no upper bound', () => {
  expect(meanInterval([[0.5], [0.5]], COSTS)).toMatchObject({ mean: 0.5, high: Number.POSITIVE_INFINITY });
});

test('a bootstrap interval depends on the seed alone', () => {
  const costs = Array.from({ length: 30 }, (_, task) => [(task * 7) % 11]);
  expect(meanInterval(costs, { ...COSTS, seed: 3 })).toEqual(meanInterval(costs, { ...COSTS, seed: 3 }));
  expect(meanInterval(costs, { ...COSTS, seed: 3 })).not.toEqual(meanInterval(costs, { ...COSTS, seed: 4 }));
});

test('what cannot be averaged is refused', () => {
  expect(() => meanInterval([])).toThrow('at least one task');
  expect(() => meanInterval([[1], []])).toThrow('task 1 has no attempts');
  expect(() => meanInterval([[1], [2]])).toThrow('task 1 has an attempt with the value 2');
  expect(() => meanInterval([[Number.NaN]])).toThrow('NaN');
  expect(() => meanInterval([[3]], { ...COSTS, method: 'jeffreys' })).toThrow('0 to 1');
  expect(() => differenceInterval([[1]], [[1], [0]])).toThrow('the same tasks');
});
