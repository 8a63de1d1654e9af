/**
 * The distributions that the intervals and tests need, each to at least nine digits (the tests hold them against
 * SciPy).
 */

/** Coefficients of Lanczos' approximation of the gamma function for g = 7 and nine terms. */
const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];

/** The natural logarithm of the gamma function, for x > 0. */
export function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const base = x + 6.5;
  const series = LANCZOS.reduce((sum, each, index) => sum + (index === 0 ? each : each / (x - 1 + index)), 0);
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(base) - base + Math.log(series);
}

/**
 * The logarithm of the probability of exactly `k` successes in `n` trials that each succeed with chance `p`, 0 < p < 1.
 */
export function logBinomial(k: number, n: number, p: number): number {
  const ways = logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1);
  return ways + k * Math.log(p) + (n - k) * Math.log1p(-p);
}

/** The beta distribution's share below `x` (the regularised incomplete beta function), for a > 0 and b > 0. */
export function betaCdf(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  // The continued fraction converges quickly on this side of the mean only; the other side is the mirror.
  if (x > (a + 1) / (a + b + 2)) return 1 - betaCdf(1 - x, b, a);
  const front = logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x);
  return (Math.exp(front) * betaFraction(x, a, b)) / a;
}

/** The continued fraction of the incomplete beta function (DLMF 8.17.22), evaluated from the front by Lentz' method. */
function betaFraction(x: number, a: number, b: number): number {
  const tiny = 1e-300;
  const away = (value: number) => (Math.abs(value) < tiny ? tiny : value);
  let c = 1;
  let d = 1 / away(1 - ((a + b) * x) / (a + 1));
  let value = d;
  for (let m = 1; m <= 1000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / away(1 + even * d);
    c = away(1 + even / c);
    value *= c * d;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / away(1 + odd * d);
    c = away(1 + odd / c);
    value *= c * d;
    if (Math.abs(c * d - 1) < 1e-15) break;
  }
  return value;
}

/** The value below which the beta distribution has the share `q`, for a > 0 and b > 0. */
export function betaQuantile(q: number, a: number, b: number): number {
  return whereReaches(q, (x) => betaCdf(x, a, b), 0, 1);
}

/** The value below which Student's t distribution with `df` degrees of freedom has the share `q`, for df >= 1. */
export function tQuantile(q: number, df: number): number {
  if (q === 0.5) return 0;
  if (q < 0.5) return -tQuantile(1 - q, df);
  // t² / (df + t²) has the beta distribution with parameters 1/2 and df/2. Solved for its complement, which keeps its
  // digits.
  const rest = betaQuantile(2 * (1 - q), df / 2, 0.5);
  return Math.sqrt((df * (1 - rest)) / rest);
}

/**
 * The normal distribution's share below `x`, by the Taylor series of Marsaglia ("Evaluating the Normal Distribution",
 * 2004).
 */
export function normalCdf(x: number): number {
  // Beyond, the share is below 1e-15 and the series would lose it.
  if (Math.abs(x) > 8) return x > 0 ? 1 : 0;
  let sum = x;
  for (let term = x, i = 3; Math.abs(term) > 1e-17; i += 2) {
    term *= (x * x) / i;
    sum += term;
  }
  return 0.5 + (sum * Math.exp(-0.5 * x * x)) / Math.sqrt(2 * Math.PI);
}

/**
 * The value below which the normal distribution has the share `q`; -8 and 8 for shares nearer to 0 and 1 than 1e-15.
 */
export function normalQuantile(q: number): number {
  return whereReaches(q, normalCdf, -8, 8);
}

/** Where a function that rises from `low` to `high` reaches the value, by bisection. */
export function whereReaches(value: number, rising: (x: number) => number, low: number, high: number): number {
  let [from, to] = [low, high];
  for (;;) {
    const middle = (from + to) / 2;
    // Near 0 the relative distance decides, so that the quantile of a small share has its digits too.
    if (to - from <= 1e-13 * Math.abs(middle) + 1e-300 || middle === from || middle === to) return middle;
    if (rising(middle) < value) from = middle;
    else to = middle;
  }
}
