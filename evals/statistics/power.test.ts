import fc from 'fast-check';
import { expect, test } from 'vitest';
import { minimumDetectableEffect, type Plan } from './power.ts';

const effect = (plan: Plan) => minimumDetectableEffect(plan) ?? Number.POSITIVE_INFINITY;

test('more tasks, more attempts, more alike attempts and less power asked for each let a smaller effect be seen', () => {
  const plan = fc.record({
    tasks: fc.integer({ min: 10, max: 200 }),
    attempts: fc.integer({ min: 2, max: 6 }),
    baseline: fc.double({ min: 0.1, max: 0.7, noNaN: true }),
    correlation: fc.double({ min: 0, max: 0.7, noNaN: true }),
  });
  fc.assert(
    fc.property(plan, (some) => {
      expect(effect({ ...some, tasks: some.tasks * 2 })).toBeLessThanOrEqual(effect(some));
      expect(effect({ ...some, attempts: some.attempts * 2 })).toBeLessThanOrEqual(effect(some));
      expect(effect({ ...some, power: 0.6 })).toBeLessThanOrEqual(effect(some));
      expect(effect({ ...some, alpha: 0.1 })).toBeLessThanOrEqual(effect(some));
    }),
    { numRuns: 30 },
  );
});

test('the effect lies between nothing and what the baseline leaves, in percentage points', () => {
  const plan = fc.record({
    tasks: fc.integer({ min: 1, max: 120 }),
    attempts: fc.integer({ min: 1, max: 5 }),
    baseline: fc.double({ min: 0, max: 1, noNaN: true }),
    correlation: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  fc.assert(
    fc.property(plan, (some) => {
      const found = minimumDetectableEffect(some);
      if (found === null) return;
      expect(found).toBeGreaterThan(0);
      expect(found).toBeLessThanOrEqual(100 * (1 - some.baseline) + 1e-9);
    }),
    { numRuns: 60 },
  );
});

test('with few tasks, or next to no failures left, nothing can be seen', () => {
  // Five discordant tasks are never significant: two times one half to the fifth is 0.0625.
  expect(minimumDetectableEffect({ tasks: 5, attempts: 1, baseline: 0 })).toBeNull();
  expect(minimumDetectableEffect({ tasks: 24, attempts: 1, baseline: 0.95 })).toBeNull();
  expect(minimumDetectableEffect({ tasks: 100, attempts: 3, baseline: 1 })).toBeNull();
});

test('from a baseline of 0 the effect is what makes six wins of n likely enough', () => {
  // Only wins can come, and six are significant. SciPy: optimize.brentq(lambda x: stats.binom.sf(5, 20, x) - 0.8, 0.01,
  // 0.99)
  expect(minimumDetectableEffect({ tasks: 20, attempts: 1, baseline: 0 })).toBeCloseTo(36.645935125505147, 9);
});

test('a plan out of bounds is refused', () => {
  for (const wrong of [
    { tasks: 0 },
    { attempts: 1.5 },
    { baseline: 1.1 },
    { correlation: -0.1 },
    { alpha: 0 },
    { power: 1 },
  ]) {
    expect(() => minimumDetectableEffect({ tasks: 10, attempts: 1, ...wrong })).toThrow(RangeError);
  }
});
