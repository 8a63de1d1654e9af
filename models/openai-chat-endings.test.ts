/** Which answers of Chat Completions servers count as whole, and text that comes in parts. */
import type { ChatCompletionChunk } from 'openai/resources/chat/completions/completions';
import { describe, expect, it } from 'vitest';
import { createReducer } from './openai-chat.ts';

/** Chunks as a server might send them: less, or other, than the type of the SDK promises. */
function read(...choices: { delta: Record<string, unknown>; finish_reason?: string }[]) {
  const reducer = createReducer();
  for (const choice of choices) {
    const chunk: ChatCompletionChunk = JSON.parse(JSON.stringify({ choices: [{ index: 0, ...choice }] }));
    reducer.push(chunk);
  }
  return reducer.outcome();
}

describe('an answer', () => {
  it.each(['abort', 'error', 'malformed_function_call'])('that ends with %s is broken off', (reason) => {
    const { error } = read({ delta: { content: 'I will now' }, finish_reason: reason });
    expect(error).toMatchObject({ kind: 'cut_stream', message: expect.stringContaining(reason) });
  });

  it.each([
    ['stop', 'end'],
    ['function_call', 'end'],
    ['length', 'max_tokens'],
    ['eos_token', 'end'],
    ['eos', 'end'],
    ['tool_calls', 'end'],
  ])('that ends with %s is whole, though an empty reason came before', (reason, stopReason) => {
    const outcome = read({ delta: { content: 'x' }, finish_reason: '' }, { delta: {}, finish_reason: reason });
    expect(outcome).toMatchObject({ stopReason });
    expect(outcome.error).toBeUndefined();
  });

  it.each([
    ['content_filter', 'refusal'],
    ['sensitive', 'refusal'],
    ['model_length', 'overflow'],
    ['insufficient_system_resource', 'cut_stream'],
  ])('that ends with %s is none: %s', (reason, kind) => {
    expect(read({ delta: { content: 'x' }, finish_reason: reason }).error).toMatchObject({ kind });
  });

  it('ends with an error that stands in the place of a chunk', () => {
    const reducer = createReducer();
    const error: ChatCompletionChunk = JSON.parse(
      '{"object":"error","message":"Too long: max model length","code":400}',
    );
    reducer.push(error);
    expect(reducer.outcome().error).toMatchObject({ kind: 'overflow', status: 400 });
  });

  it('may come in parts, of which only the text is said', () => {
    const thought = { type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] };
    const content = [thought, { type: 'text', text: 'a' }, { type: 'text', text: 'b' }];
    expect(read({ delta: { content } }, { delta: { content: 'c' }, finish_reason: 'stop' }).content).toEqual([
      { type: 'text', text: 'abc' },
    ]);
  });
});
