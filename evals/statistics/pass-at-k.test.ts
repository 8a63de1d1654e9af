import fc from 'fast-check';
import { expect, test } from 'vitest';
import { passAtK, passHatK } from './pass-at-k.ts';
import { figures, number, numbers } from './scipy.ts';

test.each(figures('passAtK', numbers, number))('pass@k is $expression', ({ given: [n = 0, c = 0, k = 0], value }) => {
  expect(passAtK(n, c, k)).toBeCloseTo(value, 12);
});

test.each(figures('passHatK', numbers, number))('pass^k is $expression', ({ given: [n = 0, c = 0, k = 0], value }) => {
  expect(passHatK(n, c, k)).toBeCloseTo(value, 12);
});

const counts = fc
  .integer({ min: 1, max: 2000 })
  .chain((n) => fc.tuple(fc.constant(n), fc.integer({ min: 0, max: n }), fc.integer({ min: 1, max: n })));

test('both are chances, and at k = 1 the share of successes', () => {
  fc.assert(
    fc.property(counts, ([n, c, k]) => {
      expect(passHatK(n, c, k)).toBeGreaterThanOrEqual(0);
      expect(passHatK(n, c, k)).toBeLessThanOrEqual(passAtK(n, c, k) + 1e-12);
      expect(passAtK(n, c, k)).toBeLessThanOrEqual(1);
      expect(passAtK(n, c, 1)).toBeCloseTo(c / n, 12);
      expect(passHatK(n, c, 1)).toBeCloseTo(c / n, 12);
    }),
  );
});

test('one attempt more raises pass@k, lowers pass^k, and all failing is the mirror of all succeeding', () => {
  fc.assert(
    fc.property(counts, ([n, c, k]) => {
      fc.pre(k < n);
      expect(passAtK(n, c, k + 1)).toBeGreaterThanOrEqual(passAtK(n, c, k) - 1e-12);
      expect(passHatK(n, c, k + 1)).toBeLessThanOrEqual(passHatK(n, c, k) + 1e-12);
      expect(passAtK(n, c, k)).toBeCloseTo(1 - passHatK(n, n - c, k), 12);
    }),
  );
});

test('the mean of pass@k over all attempts that may come is the true chance', () => {
  const [n, k, p] = [12, 4, 0.3];
  let mean = 0;
  let chance = (1 - p) ** n;
  for (let c = 0; c <= n; c++) {
    mean += chance * passAtK(n, c, k);
    chance *= ((n - c) / (c + 1)) * (p / (1 - p));
  }
  expect(mean).toBeCloseTo(1 - (1 - p) ** k, 12);
});

test('counts that cannot be are refused', () => {
  for (const [n, c, k] of [
    [3, 4, 1],
    [3, -1, 1],
    [3, 1, 0],
    [3, 1, 4],
    [3, 1.5, 1],
  ] as const) {
    expect(() => passAtK(n, c, k)).toThrow(RangeError);
    expect(() => passHatK(n, c, k)).toThrow(RangeError);
  }
});
