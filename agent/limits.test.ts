import { describe, expect, it } from 'vitest';
import { RUN_OUTCOMES } from '../session/events.ts';
import { EXIT_CODES, exceeded, type Limits, outOfTime } from './limits.ts';

const limits: Limits = { maxTurns: 3, maxCostUsd: 0.5, timeoutMs: null, verify: null, verifyAttempts: 1 };

describe('limits', () => {
  it('allow another request as long as turns and cost are below them', () => {
    expect(exceeded(limits, { turns: 2, costUsd: 0.499 })).toBeNull();
  });

  it('end the run at the turn limit, and say which flag raises it', () => {
    const end = exceeded(limits, { turns: 3, costUsd: 0 });
    expect(end).toMatchObject({ outcome: 'limit', message: 'stopped at the limit of 3 turns' });
    expect(end?.hint).toContain('--max-turns');
  });

  it('end the run once the cost limit is reached, and say how much of it was spent', () => {
    const end = exceeded(limits, { turns: 1, costUsd: 0.5 });
    expect(end).toMatchObject({ outcome: 'limit', message: 'stopped at the cost limit: $0.5000 of $0.5 spent' });
    expect(end?.hint).toContain('--max-cost');
  });

  it('take no cost limit where none is set', () => {
    expect(exceeded({ ...limits, maxCostUsd: null }, { turns: 1, costUsd: 1e9 })).toBeNull();
  });

  it('put the time limit into seconds and name its flag', () => {
    expect(outOfTime(90_000)).toMatchObject({ outcome: 'limit', message: 'stopped at the time limit of 90 s' });
    expect(outOfTime(90_000).hint).toContain('--timeout');
  });

  it('have a documented exit code for every outcome', () => {
    expect(Object.keys(EXIT_CODES).sort()).toEqual([...RUN_OUTCOMES].sort());
    expect(EXIT_CODES).toMatchObject({
      completed: 0,
      verify_failed: 1,
      gave_up: 1,
      usage: 2,
      provider: 3,
      sandbox: 4,
      limit: 5,
      interrupted: 130,
    });
  });
});
