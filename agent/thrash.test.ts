import { describe, expect, it } from 'vitest';
import { RUNGS } from '../compaction/index.ts';
import { startRung } from './thrash.ts';

const at = (...turns: number[]) =>
  turns.map((turn) => ({ rung: 'summarise' as const, tokensBefore: 100, tokensAfter: 10, turns: turn }));
const rung = (turns: number[], now: number) => {
  const start = startRung(RUNGS.layered, at(...turns), now);
  return start === null ? null : RUNGS.layered[start];
};

describe('the rung to begin with', () => {
  it('is the first where compactions are far apart', () => {
    expect(rung([], 5)).toBe('fold');
    expect(rung([5, 10, 20], 30)).toBe('fold');
    expect(rung([10], 11)).toBe('fold');
  });

  it('asks no model where each turn needs a compaction', () => {
    expect(rung([9, 10], 11)).toBe('fold_all');
  });

  it('takes the rounds of one compaction for one', () => {
    expect(rung([10, 10, 10, 10], 11)).toBe('fold');
  });

  it('is none once the task does not move', () => {
    expect(rung([1, 2, 3, 4, 5, 6, 7, 8], 9)).toBeNull();
    expect(rung([1, 2, 3, 4, 6, 7, 8], 9)).toBe('fold_all');
  });

  it('is never the model’s for a strategy of two rungs', () => {
    expect(RUNGS.summary[startRung(RUNGS.summary, at(9, 10), 11) ?? 0]).toBe('truncate');
    expect(RUNGS.truncate[startRung(RUNGS.truncate, at(9, 10), 11) ?? 0]).toBe('truncate');
  });
});
