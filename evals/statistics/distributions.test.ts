import fc from 'fast-check';
import { expect, test } from 'vitest';
import { betaCdf, betaQuantile, logBinomial, logGamma, normalCdf, normalQuantile, tQuantile } from './distributions.ts';
import { figures, number, numbers } from './scipy.ts';

const FUNCTIONS: Record<string, (...given: number[]) => number> = {
  betaCdf: (x = 0, a = 0, b = 0) => betaCdf(x, a, b),
  betaQuantile: (q = 0, a = 0, b = 0) => betaQuantile(q, a, b),
  tQuantile: (q = 0, df = 0) => tQuantile(q, df),
  normalCdf: (x = 0) => normalCdf(x),
  normalQuantile: (q = 0) => normalQuantile(q),
  logGamma: (x = 0) => logGamma(x),
};

for (const [name, run] of Object.entries(FUNCTIONS)) {
  test.each(figures(name, numbers, number))(`${name} is SciPy’s: $expression`, ({ given, value }) => {
    expect(Math.abs(run(...given) - value)).toBeLessThanOrEqual(1e-9 * Math.max(1e-3, Math.abs(value)));
  });
}

test('the chances of all counts of successes add up to 1', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 300 }), fc.double({ min: 0.001, max: 0.999, noNaN: true }), (n, p) => {
      const total = Array.from({ length: n + 1 }, (_, k) => Math.exp(logBinomial(k, n, p))).reduce((a, b) => a + b);
      expect(total).toBeCloseTo(1, 9);
    }),
  );
});

test('a beta quantile is where the distribution reaches its share', () => {
  const parameter = fc.double({ min: 0.1, max: 500, noNaN: true });
  fc.assert(
    fc.property(fc.double({ min: 0.001, max: 0.999, noNaN: true }), parameter, parameter, (q, a, b) => {
      // So close to 1 that one step of a double moves the share, the quantile cannot be exact.
      fc.pre(b >= 0.5);
      expect(betaCdf(betaQuantile(q, a, b), a, b)).toBeCloseTo(q, 6);
    }),
  );
});
