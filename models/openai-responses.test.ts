import type { ResponseStreamEvent } from 'openai/resources/responses/responses';
import { describe, expect, it } from 'vitest';
import { resolveModel } from './index.ts';
import { createReducer, toRequest } from './openai-responses.ts';

function read(...events: Record<string, unknown>[]) {
  const reducer = createReducer();
  const deltas = events.flatMap((event) => {
    const parsed: ResponseStreamEvent = JSON.parse(JSON.stringify(event));
    return reducer.push(parsed);
  });
  return { deltas, ...reducer.outcome() };
}
const end = (more: Record<string, unknown> = {}) => ({
  type: 'response.completed',
  response: { status: 'completed', ...more },
});
const done = (output_index: number, item: Record<string, unknown>) => ({
  type: 'response.output_item.done',
  output_index,
  item,
});

describe('a Responses stream', () => {
  it('may bring items whole, without deltas', () => {
    const { content, deltas, stopReason } = read(
      done(0, { type: 'message', content: [{ type: 'output_text', text: 'hello' }] }),
      done(1, { type: 'function_call', call_id: 'c', name: 'shell', arguments: '{"a":1}' }),
      end(),
    );
    expect(content).toMatchObject([{ text: 'hello' }, { id: 'c', arguments: '{"a":1}' }]);
    expect(deltas.map((delta) => delta.type)).toEqual(['text_delta', 'tool_call_delta']);
    expect(stopReason).toBe('tool_calls');
  });

  it('keeps items in their order, however their events arrive', () => {
    const { content } = read(
      { type: 'response.output_text.delta', output_index: 1, delta: 'second' },
      { type: 'response.reasoning_summary_text.delta', output_index: 0, delta: 'first' },
      end(),
    );
    expect(content.map((part) => part.type)).toEqual(['reasoning', 'text']);
  });

  it('sets the parts of a reasoning summary apart', () => {
    const part = { type: 'response.reasoning_summary_part.added', output_index: 0 };
    const text = (delta: string) => ({ type: 'response.reasoning_summary_text.delta', output_index: 0, delta });
    expect(read(part, text('one'), part, text('two'), end()).content).toMatchObject([{ text: 'one\n\ntwo' }]);
  });

  it('cannot send reasoning back that came without its encrypted content', () => {
    const { content } = read(done(0, { type: 'reasoning', id: 'rs_1', summary: [{ text: 'hm' }] }), end());
    expect(content).toEqual([{ type: 'reasoning', text: 'hm' }]);
  });

  it('keeps the phase of what is said, and sends it back', () => {
    const message = { type: 'message', content: [{ type: 'output_text', text: 'Looking.' }], phase: 'commentary' };
    const { content } = read(
      { type: 'response.output_text.delta', output_index: 0, delta: 'Looking.' },
      done(0, message),
      done(1, { ...message, phase: null }),
      end(),
    );
    expect(content).toEqual([
      { type: 'text', text: 'Looking.', phase: 'commentary' },
      { type: 'text', text: 'Looking.' },
    ]);
    const model = resolveModel('openai:gpt-6.2-sol');
    const said = { role: 'assistant' as const, model: model.id, content };
    const { input } = toRequest({ system: '', messages: [said], tools: [], maxOutputTokens: 9 }, model);
    expect(input).toEqual([
      { role: 'assistant', content: 'Looking.', phase: 'commentary' },
      { role: 'assistant', content: 'Looking.' },
    ]);
  });
});

describe('the effort', () => {
  const effortOf = (name: string, effort: 'none' | 'low' | 'high') =>
    toRequest({ system: '', messages: [], tools: [], maxOutputTokens: 9, reasoningEffort: effort }, resolveModel(name))
      .reasoning?.effort;
  it('none is the least that there is, where reasoning cannot be switched off', () => {
    expect(effortOf('openai:gpt-6-sol', 'none')).toBe('none');
    expect(effortOf('openai:gpt-6.2-sol', 'none')).toBe('low');
    expect(effortOf('openai:gpt-6.2-sol', 'high')).toBe('high');
  });
});
