import fc from 'fast-check';
import { expect, test } from 'vitest';
import { holm, mcnemarExact, pairedPermutation } from './paired.ts';
import { randomFrom } from './random.ts';
import { figures, lists, number, numbers } from './scipy.ts';

test('McNemar’s exact test gives the published p-values', () => {
  // The vignette "Exact McNemar's Test and Matching Confidence Intervals" of R's exact2x2: b = 2, c = 9.
  expect(mcnemarExact(2, 9)).toBeCloseTo(0.06543, 5);
  // Agresti, "Categorical Data Analysis", approval of the prime minister: 150 and 86 of 1600 voters changed their
  // minds; R's binom.test(86, 236).
  expect(mcnemarExact(86, 150)).toBeCloseTo(3.716e-5, 8);
});

test.each(figures('mcnemarExact', numbers, number))(
  'McNemar’s exact p is $expression',
  ({ given: [b = 0, c = 0], value }) => {
    expect(Math.abs(mcnemarExact(b, c) / value - 1)).toBeLessThan(1e-9);
  },
);

test('McNemar’s p is a chance, the same both ways, and 1 without a discordant task', () => {
  const count = fc.integer({ min: 0, max: 400 });
  fc.assert(
    fc.property(count, count, (b, c) => {
      expect(mcnemarExact(b, c)).toBe(mcnemarExact(c, b));
      expect(mcnemarExact(b, c)).toBeGreaterThan(0);
      expect(mcnemarExact(b, c)).toBeLessThanOrEqual(1);
      if (b > c) expect(mcnemarExact(b + 1, c)).toBeLessThan(mcnemarExact(b, c));
    }),
  );
  expect(mcnemarExact(0, 0)).toBe(1);
  expect(() => mcnemarExact(-1, 2)).toThrow(RangeError);
});

test('McNemar’s exact test is significant by chance at most as often as its level says, for every count', () => {
  for (let n = 0; n <= 300; n++) {
    let chance = Math.exp(-n * Math.LN2);
    let significant = 0;
    for (let b = 0; b <= n; b++) {
      if (mcnemarExact(b, n - b) <= 0.05) significant += chance;
      chance *= (n - b) / (b + 1);
    }
    expect(significant).toBeLessThanOrEqual(0.05);
  }
});

const outcomes = (attempts: number) => fc.array(fc.constantFrom(0, 1), { minLength: attempts, maxLength: attempts });
const pairs = (attempts: number, most: number) =>
  fc.array(fc.record({ first: outcomes(attempts), second: outcomes(attempts) }), { minLength: 1, maxLength: most });
const sides = (tasks: { first: number[]; second: number[] }[]) =>
  [tasks.map(({ first }) => first), tasks.map(({ second }) => second)] as const;

test('with one attempt a task the permutation test is McNemar’s exact test', () => {
  fc.assert(
    fc.property(pairs(1, 60), (tasks) => {
      const won = (by: 'first' | 'second') =>
        tasks.filter((task) => task[by][0] === 1 && task.first[0] !== task.second[0]);
      const { p, method } = pairedPermutation(...sides(tasks));
      expect(method).toBe('exact');
      expect(p).toBeCloseTo(mcnemarExact(won('first').length, won('second').length), 9);
    }),
  );
});

test.each(figures('permutation', lists, number))(
  'the permutation test of rewards is SciPy’s',
  ({ given: [a = [], b = []], value }) => {
    const single = (rewards: number[]) => rewards.map((reward) => [reward]);
    expect(pairedPermutation(single(a), single(b))).toEqual({ p: value, method: 'exact' });
  },
);

/** The same test done naively: every combination of signs, in whole sixths. */
function enumerated(first: readonly number[][], second: readonly number[][]): number {
  const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);
  const sixths = first.map((values, task) => {
    const other = second[task] ?? [];
    return Math.round((6 * total(other)) / other.length - (6 * total(values)) / values.length);
  });
  let sums = [0];
  for (const difference of sixths) sums = sums.flatMap((sum) => [sum + difference, sum - difference]);
  const observed = Math.abs(total(sixths));
  return sums.filter((sum) => Math.abs(sum) >= observed).length / sums.length;
}

test('the distribution of sums is that of all sign changes, for unequal attempts too', () => {
  const attempts = fc.constantFrom(1, 2, 3).chain(outcomes);
  fc.assert(
    fc.property(
      fc.array(fc.record({ first: attempts, second: attempts }), { minLength: 1, maxLength: 10 }),
      (tasks) => {
        expect(pairedPermutation(...sides(tasks)).p).toBeCloseTo(enumerated(...sides(tasks)), 12);
      },
    ),
  );
});

test('p is a chance, and the same whichever configuration comes first', () => {
  fc.assert(
    fc.property(pairs(3, 60), (tasks) => {
      const [first, second] = sides(tasks);
      const { p } = pairedPermutation(first, second);
      expect(p).toBeGreaterThan(0);
      expect(p).toBeLessThanOrEqual(1);
      expect(pairedPermutation(second, first).p).toBeCloseTo(p, 12);
    }),
  );
});

/** Rewards, which have no common unit, of more tasks than are enumerated. */
function rewards(seed: number, tasks: number, lift: number): [number[][], number[][]] {
  const random = randomFrom(seed);
  const side = (by: number) => Array.from({ length: tasks }, () => [random() + by]);
  return [side(0), side(lift)];
}

test('many tasks with rewards are sampled, near the exact p, the same for the same seed', () => {
  const [first, second] = rewards(2, 17, 0.2);
  const sampled = pairedPermutation(first, second);
  expect(sampled).toMatchObject({ method: 'monte-carlo', samples: 99_999 });
  expect(pairedPermutation(first, second)).toEqual(sampled);
  expect(pairedPermutation(first, second, { seed: 9 })).not.toEqual(sampled);
  // In thousandths the same rewards have a unit, as the successes of a thousand attempts.
  const attempts = (side: number[][]) =>
    side.map(([reward = 0]) => Array.from({ length: 1000 }, (_, i) => (i < Math.round(500 * reward) ? 1 : 0)));
  const exact = pairedPermutation(attempts(first), attempts(second));
  expect(exact.method).toBe('exact');
  expect(Math.abs(sampled.p - exact.p)).toBeLessThan(0.01);
});

test('the same rewards in another order are no difference', () => {
  const first = Array.from({ length: 30 }, () => [0.1, 0.2, 0.3]);
  const second = Array.from({ length: 30 }, () => [0.3, 0.2, 0.1]);
  expect(pairedPermutation(first, second).p).toBe(1);
});

test('a sampled p is never 0', () => {
  const [first, second] = rewards(3, 40, 5);
  expect(pairedPermutation(first, second, { samples: 999 }).p).toBe(1 / 1000);
});

test('where nothing differs the p-values spread evenly from 0 to 1', () => {
  const ps = Array.from({ length: 400 }, (_, i) => pairedPermutation(...rewards(100 + i, 12, 0)).p);
  // Kolmogorov and Smirnov's distance, which exceeds 1.95 / sqrt(400) with chance 0.001.
  const distance = Math.max(...ps.toSorted((a, b) => a - b).map((p, i) => Math.abs(p - (i + 0.5) / ps.length)));
  expect(distance).toBeLessThan(1.95 / 20);
});

test('Holm’s correction gives what R’s p.adjust gives', () => {
  // p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm")
  const expected = [0.03, 0.06, 0.06, 0.02];
  for (const [index, p] of holm([0.01, 0.04, 0.03, 0.005]).entries()) expect(p).toBeCloseTo(expected[index] ?? 0, 12);
});

test('Holm’s correction lowers no p-value, keeps their order, and is nothing for one', () => {
  const p = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(fc.array(p), (ps) => {
      const corrected = holm(ps);
      for (const [i, each] of corrected.entries()) {
        expect(each).toBeGreaterThanOrEqual(ps[i] ?? 0);
        expect(each).toBeLessThanOrEqual(Math.min(1, (ps[i] ?? 0) * ps.length) + (ps.length > 1 ? 1 : 1e-12));
        for (const [j, other] of corrected.entries())
          if ((ps[i] ?? 0) < (ps[j] ?? 0)) expect(each).toBeLessThanOrEqual(other);
      }
      if (ps.length > 0) expect(Math.min(...corrected)).toBeCloseTo(Math.min(1, Math.min(...ps) * ps.length), 12);
    }),
  );
  expect(holm([0.04])).toEqual([0.04]);
  expect(() => holm([0.5, Number.NaN])).toThrow(RangeError);
});
