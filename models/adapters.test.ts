import { afterEach, describe, expect, it } from 'vitest';
import { type ModelServer, type Script, startModelServer } from '../test/model-server.ts';
import {
  createModel,
  type Message,
  type Model,
  type ModelEvent,
  type ModelRequest,
  type ModelResponse,
  resolveModel,
} from './index.ts';

const MODELS = ['anthropic:claude-sonnet-5-5', 'openai:gpt-6.1-sol', 'openai-chat:gpt-6.1-sol'];

let server: ModelServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function serve(name: string, script: Script, options = {}): Promise<Model> {
  server = await startModelServer(script);
  return createModel(resolveModel(name), server.env, options);
}

const REQUEST: ModelRequest = {
  system: 'You mend code.',
  messages: [{ role: 'user', content: [{ type: 'text', text: 'Fix the test.' }] }],
  tools: [{ name: 'shell', description: 'Runs a command.', parameters: { type: 'object', properties: {} } }],
  maxOutputTokens: 1000,
};

async function run(
  model: Model,
  request: ModelRequest = REQUEST,
  signal: AbortSignal = new AbortController().signal,
): Promise<{ events: ModelEvent[]; response: ModelResponse }> {
  const events: ModelEvent[] = [];
  for await (const event of model.stream(request, signal)) events.push(event);
  const last = events.at(-1);
  if (last?.type !== 'done') throw new Error('no done event');
  return { events, response: last.response };
}

function bodyOf(index: number): unknown {
  return JSON.parse(server?.journal[index]?.body ?? 'null');
}

describe.each(MODELS)('%s', (name) => {
  it('streams text in pieces and ends with the whole of it', async () => {
    const model = await serve(name, () => ({ text: 'All tests pass now, ✅ done.' }));
    const { events, response } = await run(model);
    const pieces = events.flatMap((event) => (event.type === 'text_delta' ? [event.text] : []));
    expect(pieces.length).toBeGreaterThan(1);
    expect(pieces.join('')).toBe('All tests pass now, ✅ done.');
    expect(response.message.content).toEqual([{ type: 'text', text: 'All tests pass now, ✅ done.' }]);
    expect(response.message.model).toBe(name);
    expect(response.stopReason).toBe('end');
    expect(response.error).toBeUndefined();
  });

  it('reads parallel tool calls, each with its own arguments', async () => {
    const model = await serve(name, () => ({
      text: 'Looking.',
      toolCalls: [
        { name: 'shell', arguments: { command: 'ls' } },
        { name: 'shell', arguments: { command: 'git status' } },
      ],
    }));
    const { events, response } = await run(model);
    expect(response.stopReason).toBe('tool_calls');
    const calls = response.message.content.filter((part) => part.type === 'tool_call');
    expect(calls.map((call) => JSON.parse(call.arguments))).toEqual([{ command: 'ls' }, { command: 'git status' }]);
    expect(new Set(calls.map((call) => call.id)).size).toBe(2);
    for (const call of calls) {
      const streamed = events.flatMap((e) =>
        e.type === 'tool_call_delta' && e.callId === call.id ? [e.arguments] : [],
      );
      expect(streamed.join('')).toBe(call.arguments);
    }
  });

  it('sends its own reasoning back with the proof, and the results to their calls', async () => {
    const model = await serve(name, (turn) =>
      turn === 0
        ? { reasoning: 'First I look around.', toolCalls: [{ name: 'shell', arguments: { command: 'ls' } }] }
        : { text: 'done' },
    );
    const { events, response } = await run(model);
    const thoughts = events.flatMap((event) => (event.type === 'reasoning_delta' ? [event.text] : []));
    expect(thoughts.join('')).toBe('First I look around.');
    const [reasoning, call] = response.message.content;
    expect(reasoning).toMatchObject({ type: 'reasoning', text: 'First I look around.', opaque: expect.anything() });
    const callId = call?.type === 'tool_call' ? call.id : '';
    const result: Message = { role: 'tool', callId, content: [{ type: 'text', text: 'README' }], isError: false };
    await run(model, { ...REQUEST, messages: [...REQUEST.messages, response.message, result] });
    expect(bodyOf(1)).toMatchSnapshot();
  });

  it('reports usage with its cached parts, and the cost by the catalogue', async () => {
    const usage = {
      inputTokens: 10_000,
      outputTokens: 500,
      cacheReadTokens: 8000,
      cacheWriteTokens: 1000,
      reasoningTokens: 200,
    };
    const model = await serve(name, () => ({ text: 'done', usage }));
    const { response } = await run(model);
    expect(response.usage).toMatchObject(usage);
    // Both models: input 2, output 10, cache read 0.1, cache write 2.5 dollars per million.
    expect(response.usage.costUsd).toBeCloseTo((1000 * 2 + 8000 * 0.1 + 1000 * 2.5 + 500 * 10) / 1e6, 12);
  });

  it('has an unknown cost when a complete answer reports no usage', async () => {
    const model = await serve(name, () => ({ text: 'done', usage: null }));
    const { response } = await run(model);
    expect(response.error).toBeUndefined();
    expect(response.usage).toMatchObject({ inputTokens: 0, costUsd: null });
  });

  it('passes truncated arguments on as they came and keeps max_tokens', async () => {
    const model = await serve(name, () => ({
      toolCalls: [{ name: 'shell', arguments: '{"command": "rm -rf build' }],
      stop: 'max_tokens',
    }));
    const { response } = await run(model);
    expect(response.stopReason).toBe('max_tokens');
    expect(response.message.content).toMatchObject([{ type: 'tool_call', arguments: '{"command": "rm -rf build' }]);
  });

  it('keeps what arrived before a cut and says cut_stream', async () => {
    const model = await serve(name, () => ({ text: 'one two three four five six', cut: 'half' }));
    const { response } = await run(model);
    expect(response.error?.kind).toBe('cut_stream');
    expect(response.stopReason).toBe('error');
    expect(JSON.stringify(response.message.content)).toContain('one two');
  });

  it('makes one request on an error and does not retry by itself', async () => {
    const error = { status: 429, body: { error: { message: 'Rate limit reached, try again in 1.5s' } } };
    const model = await serve(name, () => ({ error }));
    const { response } = await run(model);
    expect(response.error).toMatchObject({ kind: 'rate_limit', status: 429, retryAfterMs: 1500 });
    expect(server?.journal).toHaveLength(1);
    expect(response.usage.costUsd).toBe(0);
  });

  it('keeps the reason of a server that does not put it where the API says', async () => {
    const body = { object: 'error', message: "This model's maximum context length is 8192 tokens.", code: 400 };
    const model = await serve(name, () => ({ error: { status: 400, body } }));
    expect((await run(model)).response.error).toEqual({ kind: 'overflow', message: body.message, status: 400 });
  });

  it('maps an error inside the stream', async () => {
    const inner = { type: 'server_error', code: 'server_error', message: 'The server had an error' };
    const model = await serve(name, () => ({
      text: 'half',
      error: { status: 200, body: { type: 'error', error: inner } },
    }));
    const { response } = await run(model);
    expect(response.error).toMatchObject({ kind: 'server', message: 'The server had an error' });
  });

  it('calls a filtered answer a refusal', async () => {
    const model = await serve(name, () => ({ text: 'I', stop: 'refusal' }));
    expect((await run(model)).response.error?.kind).toBe('refusal');
  });

  it('gives a silent stream up as timeout', async () => {
    const model = await serve(name, () => ({ text: 'late', delayMs: 5000 }), { idleTimeoutMs: 50 });
    expect((await run(model)).response.error).toMatchObject({
      kind: 'timeout',
      message: expect.stringContaining('0.05 s'),
    });
  });

  it('ends with aborted when the signal is aborted, before or during the request', async () => {
    const model = await serve(name, () => ({ text: 'late', delayMs: 5000 }));
    expect((await run(model, REQUEST, AbortSignal.abort())).response.error?.kind).toBe('aborted');
    expect(server?.journal).toHaveLength(0);
    const controller = new AbortController();
    const running = run(model, REQUEST, controller.signal);
    setTimeout(() => controller.abort(), 50);
    expect((await running).response.error?.kind).toBe('aborted');
  });

  it('calls an unreachable server a network error', async () => {
    const model = await serve(name, () => ({}));
    await server?.close();
    expect((await run(model)).response.error?.kind).toBe('network');
  });

  it('shapes a request with images, an effort and a cache key as its API wants it', async () => {
    const model = await serve(name, () => ({ text: 'seen' }));
    const image = { type: 'image', mediaType: 'image/png', data: 'AAAA' } as const;
    await run(model, {
      ...REQUEST,
      messages: [
        { role: 'user', content: [{ type: 'text', text: 'Look.' }, image] },
        {
          role: 'assistant',
          model: name,
          content: [{ type: 'tool_call', id: 'call_1', name: 'read_file', arguments: '{"path":"a.png"}' }],
        },
        { role: 'tool', callId: 'call_1', content: [{ type: 'text', text: 'a.png' }, image], isError: false },
      ],
      reasoningEffort: 'high',
      cacheKey: 'session-1',
    });
    expect(bodyOf(0)).toMatchSnapshot();
  });
});

describe('the prompt cache of Anthropic', () => {
  it('keeps the prefix of a request the same in the next, but for the breakpoints, of which it sets at most four', async () => {
    const model = await serve('anthropic:claude-sonnet-5-5', (turn) => ({
      text: `step ${turn}`,
      toolCalls: [{ name: 'shell', arguments: { command: `echo ${turn}` } }],
    }));
    const messages: Message[] = [...REQUEST.messages];
    for (let turn = 0; turn < 4; turn++) {
      const { response } = await run(model, { ...REQUEST, messages });
      const call = response.message.content.find((part) => part.type === 'tool_call');
      messages.push(response.message, {
        role: 'tool',
        callId: call?.id ?? '',
        content: [{ type: 'text', text: `${turn}` }],
        isError: false,
      });
    }
    const bodies = server?.journal.map((entry) => entry.body) ?? [];
    const unmarked = bodies.map((body) => body.replaceAll(',"cache_control":{"type":"ephemeral"}', ''));
    const prefixes = unmarked.map((body) => body.slice(0, body.lastIndexOf('}]}]')));
    for (const [index, prefix] of prefixes.slice(0, -1).entries()) expect(unmarked[index + 1]).toContain(prefix);
    for (const body of bodies) expect(body.match(/cache_control/g)?.length).toBeLessThanOrEqual(4);
    expect(bodies.at(-1)?.match(/cache_control/g)).toHaveLength(4);
  });
});
