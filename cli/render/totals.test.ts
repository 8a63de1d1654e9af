import { expect, it } from 'vitest';
import { NO_USAGE, type StopReason, type Usage } from '../../models/index.ts';
import type { EventBody } from '../../session/index.ts';
import { sampleCreated } from '../../session/sample-events.ts';
import { addToTotals, noTotals, totalLines } from './totals.ts';

type Response = [string, Partial<Usage>, StopReason?];

const responded = ([model, usage, stopReason = 'end']: Response): EventBody => ({
  type: 'model.responded',
  turn: 1,
  message: { role: 'assistant', model, content: [] },
  stopReason,
  usage: { ...NO_USAGE, ...usage },
  durationMs: 1,
  firstTokenMs: null,
});

function linesOf(...events: EventBody[]): string[] {
  const sums = noTotals();
  for (const event of events) addToTotals(sums, { v: 1, seq: 1, at: '2026-11-24T10:00:00Z', ...event });
  return totalLines(sums);
}

const totals = (...responses: Response[]) => linesOf(...responses.map(responded));

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

it('summaries are paid too, taken or not, by the model that was at work, and are no turns', () => {
  const compaction = {
    trigger: 'turn' as const,
    strategy: 'layered' as const,
    rung: 'summarise' as const,
    durationMs: 1,
  };
  const usage = { ...NO_USAGE, inputTokens: 100, costUsd: 1 };
  const created = { type: 'session.created' as const, ...sampleCreated(), model: 'a:x' };
  const lines = linesOf(
    created,
    responded(['a:x', { inputTokens: 10, costUsd: 1 }]),
    { type: 'compaction.failed', ...compaction, reason: 'empty', text: '', usage },
    {
      ...{
        type: 'model.changed',
        from: 'a:x',
        model: 'b:y',
        contextWindow: 1,
        reasoningEffort: null,
        editTool: 'edit',
      },
      ...{ tools: [], configurationDigest: 'd', reason: 'resume' },
    },
    {
      ...{ type: 'compaction.finished', ...compaction, tokensBefore: 9, tokensAfter: 3, actions: [], handoff: null },
      ...{ struck: [], usage },
    },
    {
      ...{ type: 'compaction.finished', ...compaction, rung: 'fold', tokensBefore: 9, tokensAfter: 3, actions: [] },
      ...{ handoff: null, struck: [], usage: NO_USAGE },
    },
  );
  expect(lines).toEqual([
    'a:x: 1 turn, 110 tokens in (0% cached), 0 out, $2.00',
    'b:y: 0 turns, 100 tokens in (0% cached), 0 out, $1.00',
    'in all: 1 turn, 210 tokens in (0% cached), 0 out, $3.00',
  ]);
});
