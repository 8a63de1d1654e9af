import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createCheckpoints } from './checkpoints.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Checkpoints that take as long as the test says; `taken` counts how many were begun. */
function observe() {
  const seen = { taken: 0, end: (): void => undefined, fail: (): void => undefined };
  const checkpoints = createCheckpoints(
    () =>
      new Promise<void>((resolve, reject) => {
        seen.taken += 1;
        seen.end = resolve;
        seen.fail = () => reject(new Error('no'));
      }),
  );
  return { checkpoints, seen };
}

it('is taken while the model thinks, once for what has changed, and not for nothing', async () => {
  const { checkpoints, seen } = observe();
  checkpoints.requested();
  await vi.advanceTimersByTimeAsync(1000);
  expect(seen.taken).toBe(0);
  checkpoints.answered();
  checkpoints.touched();
  checkpoints.touched();
  checkpoints.requested();
  expect(seen.taken).toBe(0);
  await vi.advanceTimersByTimeAsync(1000);
  expect(seen.taken).toBe(1);
  seen.end();
  checkpoints.answered();
  checkpoints.requested();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(seen.taken).toBe(1);
});

it('is not taken beside a model that answers at once, and is made up for when one thinks', async () => {
  const { checkpoints, seen } = observe();
  for (let step = 0; step < 100; step += 1) {
    checkpoints.touched();
    checkpoints.requested();
    await vi.advanceTimersByTimeAsync(5);
    checkpoints.answered();
  }
  expect(seen.taken).toBe(0);
  checkpoints.requested();
  await vi.advanceTimersByTimeAsync(1000);
  expect(seen.taken).toBe(1);
});

it('is never taken twice at once, and after a slow one the next waits', async () => {
  const { checkpoints, seen } = observe();
  checkpoints.touched();
  checkpoints.requested();
  await vi.advanceTimersByTimeAsync(1000);
  checkpoints.answered();
  checkpoints.touched();
  checkpoints.requested();
  await vi.advanceTimersByTimeAsync(1000);
  expect(seen.taken).toBe(1);
  checkpoints.answered();
  seen.end();
  await vi.advanceTimersByTimeAsync(0);
  checkpoints.requested();
  await vi.advanceTimersByTimeAsync(1000);
  expect(seen.taken).toBe(1);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(seen.taken).toBe(2);
});

it('is taken again after one that failed', async () => {
  const { checkpoints, seen } = observe();
  checkpoints.touched();
  checkpoints.requested();
  await vi.advanceTimersByTimeAsync(200);
  seen.fail();
  await vi.advanceTimersByTimeAsync(0);
  checkpoints.answered();
  checkpoints.requested();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(seen.taken).toBe(2);
});

it('begins none once it is settled, which waits for the one under way', async () => {
  const { checkpoints, seen } = observe();
  checkpoints.touched();
  checkpoints.requested();
  await vi.advanceTimersByTimeAsync(200);
  let settled = false;
  const settling = checkpoints.settle().then(() => {
    settled = true;
  });
  await vi.advanceTimersByTimeAsync(1000);
  expect(settled).toBe(false);
  seen.end();
  await settling;
  checkpoints.touched();
  checkpoints.requested();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(seen.taken).toBe(1);
});
