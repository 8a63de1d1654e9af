/** What k attempts at a task are worth, estimated from n attempts of which c succeeded. */

/**
 * pass@k: the chance that at least one of k attempts succeeds, as the unbiased estimate 1 - C(n-c, k) / C(n, k) (Chen
 * et al., "Evaluating Large Language Models Trained on Code", 2021). A product of ratios near 1, so that no binomial
 * overflows. Throws a RangeError unless 0 <= c <= n and 1 <= k <= n, all whole.
 */
export function passAtK(n: number, c: number, k: number): number {
  check(n, c, k);
  let noneSucceeds = 1;
  for (let i = 0; i < k; i++) noneSucceeds *= Math.max(0, n - c - i) / (n - i);
  return 1 - noneSucceeds;
}

/**
 * pass^k: the chance that all of k attempts succeed, as the unbiased estimate C(c, k) / C(n, k) (Yao et al., "τ-bench",
 * 2024). Throws a RangeError unless 0 <= c <= n and 1 <= k <= n, all whole.
 */
export function passHatK(n: number, c: number, k: number): number {
  check(n, c, k);
  let allSucceed = 1;
  for (let i = 0; i < k; i++) allSucceed *= Math.max(0, c - i) / (n - i);
  return allSucceed;
}

function check(n: number, c: number, k: number): void {
  const whole = [n, c, k].every(Number.isSafeInteger);
  if (!whole || c < 0 || c > n || k < 1 || k > n) {
    throw new RangeError(
      `of n attempts c succeeded and k are drawn, 0 <= c <= n and 1 <= k <= n; not n=${n} c=${c} k=${k}`,
    );
  }
}
