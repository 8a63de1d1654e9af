import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createCheckpoints } from './checkpoints.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const LONG_MS = 60_000;

/** Checkpoints that take as long as the test says; `turns` are those of the ones that were begun. */
function observe() {
  const nothing = (): void => undefined;
  const seen: { turns: number[]; record: () => void; end: () => void; fail: () => void } = {
    turns: [],
    record: nothing,
    end: nothing,
    fail: nothing,
  };
  const checkpoints = createCheckpoints(
    (turn, recorded) =>
      new Promise<void>((resolve, reject) => {
        seen.turns.push(turn);
        seen.record = recorded;
        seen.end = resolve;
        seen.fail = () => reject(new Error('no'));
      }),
  );
  /** Whether files may be changed now. */
  const isStill = async (): Promise<boolean> => {
    let still = false;
    checkpoints.still().then(() => {
      still = true;
    });
    await vi.advanceTimersByTimeAsync(0);
    return still;
  };
  return { checkpoints, seen, isStill };
}

it('is taken after each turn that surely changed files, however fast the model, and not after another', async () => {
  const { checkpoints, seen } = observe();
  for (const [turn, changes] of [false, true, true, false].entries()) {
    if (changes) checkpoints.touched(true);
    checkpoints.requested(turn);
    await vi.advanceTimersByTimeAsync(1);
    seen.end();
    await vi.advanceTimersByTimeAsync(1);
    checkpoints.answered();
  }
  expect(seen.turns).toEqual([1, 2]);
});

it('holds changes of files back until those that are there are recorded, and no longer', async () => {
  const { checkpoints, seen, isStill } = observe();
  expect(await isStill()).toBe(true);
  checkpoints.touched(true);
  checkpoints.requested(1);
  expect(await isStill()).toBe(false);
  seen.record();
  expect(await isStill()).toBe(true);
});

it('is never taken twice at once: the next one begins when the one before has ended, and holds changes back from when it is due', async () => {
  const { checkpoints, seen, isStill } = observe();
  checkpoints.touched(true);
  checkpoints.requested(1);
  await vi.advanceTimersByTimeAsync(0);
  seen.record();
  checkpoints.answered();
  checkpoints.touched(true);
  checkpoints.requested(2);
  await vi.advanceTimersByTimeAsync(LONG_MS);
  expect([seen.turns, await isStill()]).toEqual([[1], false]);
  seen.end();
  await vi.advanceTimersByTimeAsync(0);
  expect([seen.turns, await isStill()]).toEqual([[1, 2], false]);
  seen.record();
  expect(await isStill()).toBe(true);
});

it('lets changes go on after one that failed, and is taken again', async () => {
  const { checkpoints, seen, isStill } = observe();
  checkpoints.touched(true);
  checkpoints.requested(1);
  await vi.advanceTimersByTimeAsync(0);
  seen.fail();
  expect(await isStill()).toBe(true);
  checkpoints.answered();
  checkpoints.requested(2);
  await vi.advanceTimersByTimeAsync(0);
  expect(seen.turns).toEqual([1, 2]);
});

it('looks at what a command may have changed once, beside a model that thinks, and not beside one that answers at once', async () => {
  const { checkpoints, seen } = observe();
  for (let turn = 1; turn <= 100; turn += 1) {
    checkpoints.touched(false);
    checkpoints.requested(turn);
    await vi.advanceTimersByTimeAsync(5);
    checkpoints.answered();
  }
  expect(seen.turns).toEqual([]);
  checkpoints.requested(101);
  await vi.advanceTimersByTimeAsync(1000);
  expect(seen.turns).toEqual([101]);
  seen.end();
  checkpoints.answered();
  checkpoints.requested(102);
  await vi.advanceTimersByTimeAsync(LONG_MS);
  expect(seen.turns).toEqual([101]);
});

it('waits after a slow one before it looks again at what may have changed', async () => {
  const { checkpoints, seen } = observe();
  checkpoints.touched(false);
  checkpoints.requested(1);
  await vi.advanceTimersByTimeAsync(2000);
  seen.end();
  await vi.advanceTimersByTimeAsync(0);
  checkpoints.answered();
  checkpoints.touched(false);
  checkpoints.requested(2);
  await vi.advanceTimersByTimeAsync(2000);
  expect(seen.turns).toEqual([1]);
  await vi.advanceTimersByTimeAsync(LONG_MS);
  expect(seen.turns).toEqual([1, 2]);
});

it('begins none once it is settled, which waits for the one under way', async () => {
  const { checkpoints, seen } = observe();
  checkpoints.touched(true);
  checkpoints.requested(1);
  await vi.advanceTimersByTimeAsync(200);
  let settled = false;
  const settling = checkpoints.settle().then(() => {
    settled = true;
  });
  await vi.advanceTimersByTimeAsync(1000);
  expect(settled).toBe(false);
  seen.end();
  await settling;
  checkpoints.touched(true);
  checkpoints.requested(2);
  await vi.advanceTimersByTimeAsync(LONG_MS);
  expect(seen.turns).toEqual([1]);
});
