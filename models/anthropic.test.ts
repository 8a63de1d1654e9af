import type { RawMessageStreamEvent } from '@anthropic-ai/sdk/resources/messages/messages';
import { describe, expect, it } from 'vitest';
import { toRequest } from './anthropic.ts';
import { createReducer } from './anthropic-stream.ts';
import { type ModelRequest, resolveModel } from './index.ts';

function read(...events: Record<string, unknown>[]) {
  const reducer = createReducer();
  for (const event of events) {
    const parsed: RawMessageStreamEvent = JSON.parse(JSON.stringify(event));
    reducer.push(parsed);
  }
  return reducer.outcome();
}
const start = (index: number, content_block: Record<string, unknown>) => ({
  type: 'content_block_start',
  index,
  content_block,
});
const delta = (index: number, piece: Record<string, unknown>) => ({ type: 'content_block_delta', index, delta: piece });
const end = (stop_reason: string, more = {}) => [
  { type: 'message_delta', delta: { stop_reason, ...more } },
  { type: 'message_stop' },
];

describe('a Messages stream', () => {
  it('keeps redacted and unseen thinking for the way back', () => {
    const { content } = read(
      start(0, { type: 'redacted_thinking', data: 'cipher' }),
      start(1, { type: 'thinking', thinking: '' }),
      delta(1, { type: 'signature_delta', signature: 'proof' }),
      ...end('end_turn'),
    );
    expect(content).toEqual([
      { type: 'reasoning', text: '', opaque: { type: 'redacted_thinking', data: 'cipher' } },
      { type: 'reasoning', text: '', opaque: { type: 'thinking', thinking: '', signature: 'proof' } },
    ]);
  });

  it('cannot send thinking back whose signature did not arrive', () => {
    const { content, stopReason } = read(
      start(0, { type: 'thinking', thinking: '' }),
      delta(0, { type: 'thinking_delta', thinking: 'hm' }),
    );
    expect(content).toEqual([{ type: 'reasoning', text: 'hm' }]);
    expect(stopReason).toBeNull();
  });

  it('takes a call without arguments as it is', () => {
    const { content, stopReason } = read(
      start(0, { type: 'tool_use', id: 'a', name: 'list', input: {} }),
      ...end('tool_use'),
    );
    expect(content).toEqual([{ type: 'tool_call', id: 'a', name: 'list', arguments: '' }]);
    expect(stopReason).toBe('tool_calls');
  });

  it.each([
    ['end_turn', 'end', undefined],
    ['max_tokens', 'max_tokens', undefined],
    ['tool_use', 'tool_calls', undefined],
    ['pause_turn', 'pause', undefined],
    ['stop_sequence', 'end', undefined],
    ['a_reason_of_the_future', 'end', undefined],
    ['model_context_window_exceeded', 'end', 'overflow'],
    ['refusal', 'end', 'refusal'],
  ])('that stops with %s', (reason, stopReason, kind) => {
    const outcome = read(start(0, { type: 'text', text: 'so' }), ...end(reason));
    expect([outcome.stopReason, outcome.error?.kind]).toEqual([stopReason, kind]);
  });

  it('says why the model refused', () => {
    const { error } = read(...end('refusal', { stop_details: { explanation: 'This could do harm.' } }));
    expect(error?.message).toBe('the model refused to answer: This could do harm.');
    const named = read(...end('refusal', { stop_details: { category: 'cyber', explanation: null } }));
    expect(named.error?.message).toBe('the model refused to answer: cyber');
  });
});

describe('the effort', () => {
  const thinkingOf = (name: string, effort?: ModelRequest['reasoningEffort'], contextWindow?: number) => {
    const model = resolveModel(name, contextWindow === undefined ? {} : { contextWindow });
    const request = { system: '', messages: [], tools: [], maxOutputTokens: 10_000 };
    const { thinking, output_config } = toRequest({ ...request, ...(effort && { reasoningEffort: effort }) }, model);
    return { thinking, effort: output_config?.effort };
  };
  const summarized = { type: 'adaptive', display: 'summarized' };

  it('is a word for models that think adaptively', () => {
    expect(thinkingOf('anthropic:claude-sonnet-5-5')).toEqual({ thinking: summarized, effort: undefined });
    expect(thinkingOf('anthropic:claude-sonnet-5-5', 'medium')).toEqual({ thinking: summarized, effort: 'medium' });
  });

  it('is a share of the output for models that think within a budget', () => {
    expect(thinkingOf('anthropic:claude-haiku-4-5').thinking).toBeUndefined();
    expect(thinkingOf('anthropic:claude-haiku-4-5', 'low').thinking).toEqual({ type: 'enabled', budget_tokens: 2000 });
    expect(thinkingOf('anthropic:claude-haiku-4-5', 'high').thinking).toEqual({ type: 'enabled', budget_tokens: 7000 });
  });

  it('none switches thinking off as far as the model lets it', () => {
    expect(thinkingOf('anthropic:claude-opus-5', 'none').thinking).toEqual({ type: 'disabled' });
    expect(thinkingOf('anthropic:claude-sonnet-5-5', 'none').thinking).toEqual({ type: 'between_tools' });
    expect(thinkingOf('anthropic:claude-opus-5-5', 'none')).toEqual({ thinking: summarized, effort: 'low' });
  });

  it('is left to a model outside the catalogue, unless the user asks', () => {
    expect(thinkingOf('anthropic:claude-next', undefined, 100_000).thinking).toBeUndefined();
    expect(thinkingOf('anthropic:claude-next', 'high', 100_000)).toEqual({ thinking: summarized, effort: 'high' });
  });
});
