/** What the shell of every adapter makes of a count that a server got wrong. */
import { expect, it } from 'vitest';
import type { TokenCounts } from './cost.ts';
import { resolveModel, type Usage } from './index.ts';
import { runStream } from './stream.ts';

const COUNTS: TokenCounts = {
  inputTokens: 1000,
  outputTokens: 100,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  reasoningTokens: 0,
};

async function usageOf(tokens: TokenCounts | null, said = ''): Promise<Usage | undefined> {
  const content = said === '' ? [] : [{ type: 'text' as const, text: said }];
  const stream = runStream({
    model: resolveModel('anthropic:claude-sonnet-5'),
    signal: new AbortController().signal,
    idleTimeoutMs: 60_000,
    reducer: { push: () => [], outcome: () => ({ content, tokens, stopReason: 'end' }) },
    open: async () => (async function* none() {})(),
  });
  for await (const event of stream) if (event.type === 'done') return event.response.usage;
  return undefined;
}

it.each([
  ['below zero', -5],
  ['endless', Number.POSITIVE_INFINITY],
  ['no number', JSON.parse('"12"')],
])('a count that is %s is taken for none', async (_what, outputTokens: number) => {
  expect(await usageOf({ ...COUNTS, outputTokens })).toMatchObject({ inputTokens: 1000, outputTokens: 0 });
});

it.each([
  ['is missing', null],
  ['says that nothing was read', { ...COUNTS, inputTokens: 0 }],
  ['is beyond all measure', { ...COUNTS, inputTokens: 1e300 }],
])('usage that %s makes the cost unknown, not free, and keeps what can be', async (_what, tokens) => {
  const outputTokens = tokens?.outputTokens ?? 0;
  expect(await usageOf(tokens)).toMatchObject({ inputTokens: 0, outputTokens, costUsd: null });
});

it('an answer for which no output was counted has an unknown cost, unless it says nothing', async () => {
  for (const outputTokens of [0, -7, 1e300]) {
    expect(await usageOf({ ...COUNTS, outputTokens }, 'Hello.')).toMatchObject({ inputTokens: 1000, costUsd: null });
  }
  expect((await usageOf({ ...COUNTS, outputTokens: 0 }))?.costUsd).toBeGreaterThan(0);
});

it('what came from the cache is no more than what was read', async () => {
  const counts = { ...COUNTS, cacheReadTokens: 1e7, cacheWriteTokens: 1e7 };
  expect(await usageOf(counts)).toMatchObject({ inputTokens: 1000, cacheReadTokens: 1000, cacheWriteTokens: 0 });
});
