/** What each documented status of a response, and each way to leave it incomplete, is taken for. */
import type { ResponseStreamEvent } from 'openai/resources/responses/responses';
import { describe, expect, it } from 'vitest';
import { createReducer } from './openai-responses.ts';

function read(...events: Record<string, unknown>[]) {
  const reducer = createReducer();
  for (const event of events) {
    const parsed: ResponseStreamEvent = JSON.parse(JSON.stringify(event));
    reducer.push(parsed);
  }
  return reducer.outcome();
}
const said = { type: 'response.output_text.delta', output_index: 0, delta: 'So' };
const call = {
  type: 'response.output_item.done',
  output_index: 1,
  item: { type: 'function_call', call_id: 'c', name: 'shell', arguments: '{}' },
};

describe('a response', () => {
  it.each([
    ['completed', {}, 'end'],
    ['incomplete', { incomplete_details: { reason: 'max_output_tokens' } }, 'max_tokens'],
    ['incomplete', { incomplete_details: { reason: 'max_messages' } }, 'max_tokens'],
    ['incomplete', { incomplete_details: { reason: 'steered' } }, 'pause'],
    ['incomplete', {}, 'max_tokens'],
  ])('%s, %j: %s', (status, more, stopReason) => {
    const outcome = read(said, { type: `response.${status}`, response: { status, ...more } });
    expect(outcome).toMatchObject({ stopReason, content: [{ text: 'So' }] });
    expect(outcome.error).toBeUndefined();
  });

  it('completed with calls waits for their results, incomplete with calls does not', () => {
    expect(read(call, { type: 'response.completed', response: { status: 'completed' } }).stopReason).toBe('tool_calls');
    const incomplete = { type: 'response.incomplete', response: { status: 'incomplete' } };
    expect(read(call, incomplete).stopReason).toBe('max_tokens');
  });

  it.each([
    ['incomplete', { incomplete_details: { reason: 'content_filter' } }, { kind: 'refusal' }],
    ['cancelled', {}, { kind: 'cut_stream' }],
    ['failed', {}, { kind: 'server', message: 'the response failed' }],
    [
      'failed',
      { error: { code: 'rate_limit_exceeded', message: 'Rate limit reached, try again in 20ms' } },
      { kind: 'rate_limit', retryAfterMs: 20 },
    ],
    ['failed', { error: { code: null, type: 'insufficient_quota', message: 'Pay.' } }, { kind: 'quota' }],
    ['failed', { error: { code: 'invalid_image', message: 'Not an image.' } }, { kind: 'invalid_request' }],
  ])('%s, %j: %j', (status, more, error) => {
    const type = status === 'cancelled' ? 'response.completed' : `response.${status}`;
    expect(read(said, { type, response: { status, ...more } }).error).toMatchObject(error);
  });

  it('without a last event is not complete', () => {
    expect(read(said)).toMatchObject({ stopReason: null });
  });

  it.each([
    ['in pieces', { type: 'response.refusal.delta', output_index: 0, delta: 'I will not.' }],
    [
      'whole',
      {
        type: 'response.output_item.done',
        output_index: 0,
        item: { type: 'message', content: [{ type: 'refusal', refusal: 'I will not.' }] },
      },
    ],
  ])('that refuses, %s, is shown and ends with it', (_how, event) => {
    const outcome = read(event, { type: 'response.completed', response: { status: 'completed' } });
    expect(outcome.content).toEqual([{ type: 'text', text: 'I will not.' }]);
    expect(outcome.error).toEqual({ kind: 'refusal', message: 'the model refused to answer: I will not.' });
  });

  it('ends with an error event that names no event', () => {
    const error = { type: 'error', code: 'server_error', message: 'The server had an error' };
    expect(read(said, error).error).toMatchObject({ kind: 'server' });
  });
});
