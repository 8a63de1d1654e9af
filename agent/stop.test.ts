import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RunEnd } from './limits.ts';
import { createStopper } from './stop.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const interrupted: RunEnd = { outcome: 'interrupted', message: 'interrupted by SIGINT', hint: '' };

describe('a stopper', () => {
  it("passes the caller's reason on", () => {
    const outer = new AbortController();
    const stopper = createStopper(outer.signal, null);
    expect(stopper.signal.aborted).toBe(false);
    outer.abort(interrupted);
    expect(stopper.signal.reason).toBe(interrupted);
  });

  it('is stopped from the start where the caller already is', () => {
    expect(createStopper(AbortSignal.abort(interrupted), null).signal.reason).toBe(interrupted);
  });

  it('stops at the time limit and says so', () => {
    const stopper = createStopper(new AbortController().signal, 5000);
    vi.advanceTimersByTime(4999);
    expect(stopper.signal.aborted).toBe(false);
    vi.advanceTimersByTime(1);
    expect(stopper.signal.reason).toMatchObject({ outcome: 'limit', message: 'stopped at the time limit of 5 s' });
  });

  it('keeps the first reason', () => {
    const stopper = createStopper(new AbortController().signal, 5000);
    stopper.stop(interrupted);
    vi.advanceTimersByTime(5000);
    expect(stopper.signal.reason).toBe(interrupted);
  });

  it('leaves neither a timer nor a listener behind once released', () => {
    const outer = new AbortController();
    const stopper = createStopper(outer.signal, 5000);
    stopper.release();
    expect(vi.getTimerCount()).toBe(0);
    outer.abort(interrupted);
    expect(stopper.signal.aborted).toBe(false);
  });
});
