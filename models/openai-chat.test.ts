import type { ChatCompletionChunk } from 'openai/resources/chat/completions/completions';
import { describe, expect, it } from 'vitest';
import { resolveModel } from './index.ts';
import { createReducer, toRequest } from './openai-chat.ts';

/** Chunks as a server might send them: less than the type of the SDK promises. */
function read(...choices: { delta?: Record<string, unknown>; finish_reason?: string }[]) {
  let ids = 0;
  const reducer = createReducer(() => `new_${ids++}`);
  for (const choice of choices) {
    const chunk: ChatCompletionChunk = JSON.parse(JSON.stringify({ choices: [{ index: 0, ...choice }] }));
    reducer.push(chunk);
  }
  return reducer.outcome();
}
const tool = (delta: Record<string, unknown>) => ({ delta: { tool_calls: [delta] } });
const END = { delta: {}, finish_reason: 'tool_calls' };

describe('a compatible server that is not quite compatible', () => {
  it('may number all calls 0, as long as each has an id', () => {
    const { content } = read(
      tool({ index: 0, id: 'a', function: { name: 'shell', arguments: '{"n":' } }),
      tool({ index: 0, function: { arguments: '1}' } }),
      tool({ index: 0, id: 'b', function: { name: 'shell', arguments: '{"n":2}' } }),
      END,
    );
    expect(content).toMatchObject([
      { id: 'a', arguments: '{"n":1}' },
      { id: 'b', arguments: '{"n":2}' },
    ]);
  });

  it('may leave indices out', () => {
    const { content } = read(
      tool({ id: 'a', function: { name: 'shell', arguments: '{"n":' } }),
      tool({ function: { arguments: '1}' } }),
      tool({ id: 'b', function: { name: 'list', arguments: '{}' } }),
      END,
    );
    expect(content).toMatchObject([
      { id: 'a', name: 'shell', arguments: '{"n":1}' },
      { id: 'b', name: 'list', arguments: '{}' },
    ]);
  });

  it('may leave ids out: the calls get some', () => {
    const { content } = read(
      tool({ index: 0, function: { name: 'shell', arguments: '{}' } }),
      tool({ index: 1, function: { name: 'list', arguments: '{}' } }),
      END,
    );
    expect(content).toMatchObject([
      { id: 'new_0', name: 'shell' },
      { id: 'new_1', name: 'list' },
    ]);
  });

  it('may leave ids and indices out, when each call comes whole', () => {
    const { content } = read(
      tool({ function: { name: 'shell', arguments: '{"n":1}' } }),
      tool({ function: { name: 'shell', arguments: { n: 2 } } }),
      END,
    );
    expect(content).toMatchObject([{ arguments: '{"n":1}' }, { arguments: '{"n":2}' }]);
  });

  it('may repeat id and name in every piece', () => {
    const piece = (json: string) => tool({ index: 0, id: 'a', function: { name: 'shell', arguments: json } });
    expect(read(piece('{"n"'), piece(':1}'), END).content).toMatchObject([
      { id: 'a', name: 'shell', arguments: '{"n":1}' },
    ]);
  });

  it('may end a turn of calls with stop', () => {
    const call = tool({ index: 0, id: 'a', function: { name: 'shell', arguments: '{}' } });
    expect(read(call, { delta: {}, finish_reason: 'stop' }).stopReason).toBe('tool_calls');
  });

  it('may call its reasoning `reasoning`', () => {
    const { content } = read({ delta: { reasoning: 'hm' } }, { delta: { content: 'ok' }, finish_reason: 'stop' });
    expect(content).toMatchObject([{ type: 'reasoning', text: 'hm', opaque: { reasoning: 'hm' } }, { type: 'text' }]);
  });

  it('has not answered when it never says why it stopped', () => {
    expect(read({ delta: { content: 'half' } }).stopReason).toBeNull();
  });
});

it('a server outside the catalogue is asked in the words that every such server knows', () => {
  const local = resolveModel('openai-chat:qwen3-coder', { contextWindow: 32_768 });
  const body = toRequest({ system: '', messages: [], tools: [], maxOutputTokens: 500, cacheKey: 'k' }, local);
  expect(body).toEqual({
    model: 'qwen3-coder',
    stream: true,
    stream_options: { include_usage: true },
    messages: [],
    max_tokens: 500,
  });
});
