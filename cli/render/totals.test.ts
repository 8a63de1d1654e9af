import { expect, it } from 'vitest';
import { NO_USAGE, type StopReason, type Usage } from '../../models/index.ts';
import type { SessionEvent } from '../../session/index.ts';
import { addToTotals, type Totals, totalLines } from './totals.ts';

function totals(...responses: [string, Partial<Usage>, StopReason?][]): string[] {
  const sums: Totals = new Map();
  for (const [model, usage, stopReason = 'end'] of responses) {
    const event: SessionEvent = {
      v: 1,
      seq: 1,
      at: '2026-11-24T10:00:00Z',
      type: 'model.responded',
      turn: 1,
      message: { role: 'assistant', model, content: [] },
      stopReason,
      usage: { ...NO_USAGE, ...usage },
      durationMs: 1,
      firstTokenMs: null,
    };
    addToTotals(sums, event);
  }
  return totalLines(sums);
}

it('a session of one model has one line, with what the cache had of its input', () => {
  const asked = { inputTokens: 1000, cacheReadTokens: 800, outputTokens: 10, costUsd: 0.25 };
  expect(totals(['a:x', asked], ['a:x', { ...asked, cacheReadTokens: 1000 }])).toEqual([
    'in all: 2 turns, 2.0k tokens in (90% cached), 20 out, $0.50',
  ]);
});

it('a session that moved has a line for each model, and a failed request is paid but is no turn', () => {
  const lines = totals(
    ['a:x', { inputTokens: 10, costUsd: 1 }],
    ['a:x', { costUsd: 2 }, 'error'],
    ['b:y', { costUsd: 4 }],
  );
  expect(lines).toEqual([
    'a:x: 1 turn, 10 tokens in (0% cached), 0 out, $3.00',
    'b:y: 1 turn, 0 tokens in, 0 out, $4.00',
    'in all: 2 turns, 10 tokens in (0% cached), 0 out, $7.00',
  ]);
});

it('what one model cost is told though the price of another is unknown', () => {
  const lines = totals(['a:x', { costUsd: 1 }], ['b:y', { costUsd: null }]);
  expect(lines.map((line) => line.split(', ').at(-1))).toEqual(['$1.00', 'price unknown', 'price unknown']);
});

it('where no model was asked there is nothing to tell', () => {
  expect(totals()).toEqual([]);
});
