/** How a run ends where a limit has no figures to go by, and which exit code an interruption gives it. */
import { describe, expect, it } from 'vitest';
import { exceeded, exitCodeOf, type Limits } from './limits.ts';

const limits: Limits = { maxTurns: 3, maxCostUsd: 0.5, timeoutMs: null, verify: null, verifyAttempts: 1 };

describe('a cost that nobody knows', () => {
  it('ends the run where a cost limit is set, and says why', () => {
    const end = exceeded(limits, { turns: 1, costUsd: null });
    expect(end).toMatchObject({ outcome: 'limit', message: expect.stringContaining('reported no usage') });
    expect(end?.message).toContain('--max-cost');
  });

  it('does not matter where none is set', () => {
    expect(exceeded({ ...limits, maxCostUsd: null }, { turns: 1, costUsd: null })).toBeNull();
  });
});

describe('the exit code', () => {
  it("is an interruption's own, but not where the run then failed", () => {
    const end = { message: '', hint: '', exitCode: 143 };
    expect(exitCodeOf({ ...end, outcome: 'interrupted' })).toBe(143);
    expect(exitCodeOf({ outcome: 'interrupted', message: '', hint: '' })).toBe(130);
    expect(exitCodeOf({ ...end, outcome: 'sandbox' })).toBe(4);
  });
});
