/** Compaction by the provider: how it is asked for, how what it gives goes back, and to whom it does not. */
import * as fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { type ModelServer, type Script, startModelServer } from '../test/model-server.ts';
import { problemsOf } from '../test/request-rules.ts';
import { toCompactingRequest, toRequest as toMessages } from './anthropic.ts';
import { createReducer } from './anthropic-stream.ts';
import {
  compactsItself,
  createModel,
  type Message,
  type ModelRequest,
  type ModelResponse,
  resolveModel,
  sinceCompaction,
} from './index.ts';
import { toRequest as toResponses } from './openai-responses.ts';

const CLAUDE = 'anthropic:claude-sonnet-5-5';
const GPT = 'openai:gpt-6.1-sol';
const user = (text: string): Message => ({ role: 'user', content: [{ type: 'text', text }] });
const compaction = { type: 'compaction' as const, opaque: { id: 'cmp_1', encrypted_content: 'cipher' } };
const summary = {
  type: 'compaction' as const,
  opaque: { type: 'compaction', content: 'What was done.', encrypted_content: null, signature: 'proof' },
};
const call = { type: 'tool_call' as const, id: 'c', name: 'shell', arguments: '{}' };
const result: Message = { role: 'tool', callId: 'c', content: [{ type: 'text', text: 'fine' }], isError: false };

const REQUEST: ModelRequest = {
  system: 'You mend code.',
  messages: [user('Fix the test.')],
  tools: [{ name: 'shell', description: 'Runs a command.', parameters: { type: 'object', properties: {} } }],
  maxOutputTokens: 1000,
  cacheKey: 'session-1',
};

describe('what a model reads of a transcript', () => {
  const first: Message = { role: 'assistant', model: GPT, content: [compaction, call] };
  const second: Message = { role: 'assistant', model: CLAUDE, content: [summary] };
  const messages = [user('task'), first, result, user('more'), second, user('last')];

  it('begins with its own newest compaction', () => {
    expect(sinceCompaction(messages, GPT)).toEqual(messages.slice(1));
    expect(sinceCompaction(messages, CLAUDE)).toEqual(messages.slice(4));
    expect(sinceCompaction([...messages, first], GPT)).toEqual([first]);
  });

  it('is all of it for every other model', () => {
    expect(sinceCompaction(messages, 'openai:gpt-6-luna')).toBe(messages);
  });
});

it('Chat Completions cannot be asked for it', () => {
  const able = (name: string) => compactsItself(resolveModel(name, { contextWindow: 9000 }));
  expect([CLAUDE, GPT, 'openai-chat:local'].map(able)).toEqual([true, true, false]);
});

describe('a request that asks for it', () => {
  it('has one field more than any other, in Responses', () => {
    const plain = toResponses(REQUEST, resolveModel(GPT));
    const asking = toResponses({ ...REQUEST, compactAt: 90_000 }, resolveModel(GPT));
    expect(asking).toEqual({ ...plain, context_management: [{ type: 'compaction', compact_threshold: 90_000 }] });
  });

  it('has one edit and one beta more, in Messages', () => {
    const plain = toMessages(REQUEST, resolveModel(CLAUDE));
    expect(toCompactingRequest(REQUEST, resolveModel(CLAUDE), 90_000)).toEqual({
      ...plain,
      betas: ['compact-2026-01-12'],
      context_management: {
        edits: [{ type: 'compact_20260112', trigger: { type: 'input_tokens', value: 90_000 } }],
      },
    });
  });

  it('asks for no less than the APIs take', () => {
    const { context_management: edits } = toCompactingRequest(REQUEST, resolveModel(CLAUDE), 9000);
    expect(JSON.stringify(edits)).toContain('"value":50000');
    const { context_management: entries } = toResponses({ ...REQUEST, compactAt: 10 }, resolveModel(GPT));
    expect(entries).toMatchObject([{ compact_threshold: 1000 }]);
  });
});

describe('what a Messages stream brings of it', () => {
  const read = (delta: Record<string, unknown>) => {
    const reducer = createReducer();
    const block = { type: 'compaction', content: null, encrypted_content: null, signature: 'proof', tool_changes: [] };
    for (const event of [
      { type: 'content_block_start', index: 0, content_block: block },
      { type: 'content_block_delta', index: 0, delta: { type: 'compaction_delta', ...delta } },
      { type: 'message_stop' },
    ]) {
      reducer.push(JSON.parse(JSON.stringify(event)));
    }
    return reducer.outcome().content;
  };

  it('is kept whole, with what else the server has put into its block', () => {
    expect(read({ content: 'What was done.', encrypted_content: 'cipher' })).toEqual([
      {
        type: 'compaction',
        opaque: {
          type: 'compaction',
          content: 'What was done.',
          encrypted_content: 'cipher',
          signature: 'proof',
          tool_changes: [],
        },
      },
    ]);
  });

  it('is nothing where the provider has failed to shorten it', () => {
    expect(read({ content: null, encrypted_content: null })).toEqual([]);
  });
});

describe('over HTTP', () => {
  let server: ModelServer | undefined;
  afterEach(async () => {
    await server?.close();
    server = undefined;
  });

  async function ask(name: string, messages: readonly Message[], script: Script): Promise<ModelResponse> {
    server ??= await startModelServer(script);
    const model = await createModel(resolveModel(name), server.env);
    const request = { ...REQUEST, messages: sinceCompaction(messages, name), compactAt: 90_000 };
    for await (const event of model.stream(request, new AbortController().signal)) {
      if (event.type === 'done') return event.response;
    }
    throw new Error('no done event');
  }
  const body = (index: number) => JSON.parse(server?.journal[index]?.body ?? 'null');

  const turns: Script = (turn) =>
    turn === 0
      ? {
          compaction: 'What was done.',
          reasoning: 'Hm.',
          toolCalls: [{ id: 'c', name: 'shell', arguments: {} }],
          usage: { inputTokens: 100, outputTokens: 10 },
        }
      : { text: 'Done.' };

  it.each([CLAUDE, GPT])('%s: goes back as it came, and what it stands for does not', async (name) => {
    const task = user('Fix the test.');
    const first = await ask(name, [task], turns);
    expect(first.error).toBeUndefined();
    expect(first.stopReason).toBe('tool_calls');
    expect(first.message.content.map(({ type }) => type)).toEqual(['compaction', 'reasoning', 'tool_call']);
    const second = await ask(name, [task, first.message, result], turns);
    expect(second.error).toBeUndefined();

    const protocol = name === CLAUDE ? 'messages' : 'responses';
    for (const index of [0, 1]) expect(problemsOf(protocol, body(index))).toEqual([]);
    const sent = JSON.stringify(body(1));
    expect(sent).not.toContain('Fix the test.');
    const proof = first.message.content[0];
    if (proof?.type !== 'compaction') throw new Error('the compaction comes first');
    if (name === CLAUDE) {
      expect(body(1).messages[1].content[0]).toEqual(proof.opaque);
      expect(proof.opaque).toMatchObject({ content: 'What was done.' });
    } else {
      expect(body(1).input[0]).toEqual({ type: 'compaction', ...Object(proof.opaque) });
    }
  });

  it('the beta API is asked only for what is a beta', async () => {
    await ask(CLAUDE, [user('go')], turns);
    const plain = await createModel(resolveModel(CLAUDE), server?.env ?? {});
    for await (const _ of plain.stream(REQUEST, new AbortController().signal));
    expect(server?.journal.map(({ headers }) => headers['anthropic-beta'])).toEqual(['compact-2026-01-12', undefined]);
    expect(body(0)).not.toHaveProperty('betas');
    const { context_management, ...rest } = body(0);
    expect(context_management).toBeDefined();
    expect(JSON.stringify(rest)).toBe(JSON.stringify(body(1)).replace('Fix the test.', 'go'));
  });

  it('what Anthropic counts apart for it is part of the usage', async () => {
    const { usage } = await ask(CLAUDE, [user('go')], turns);
    expect(usage).toMatchObject({ inputTokens: 1000, outputTokens: 60 });
  });
});

describe('in any transcript', () => {
  const part = fc.constantFrom<object>(
    { type: 'text', text: 'so' },
    { type: 'reasoning', text: 'hm', opaque: { type: 'thinking', thinking: 'hm', signature: 'proof' } },
    { type: 'reasoning', text: 'hm', opaque: { id: 'rs_1', summary: ['hm'], encrypted_content: 'cipher' } },
    compaction,
    summary,
    call,
  );
  const message = fc.record({
    role: fc.constant('assistant' as const),
    model: fc.constantFrom(CLAUDE, GPT),
    content: fc.array(part, { maxLength: 4 }),
  });

  it.each([CLAUDE, GPT])('%s: the request is legal, and no other provider’s compaction is in it', (name) => {
    const model = resolveModel(name);
    fc.assert(
      fc.property(fc.array(message, { maxLength: 5 }), (said) => {
        const all: Message[] = JSON.parse(JSON.stringify([user('task'), ...said, user('go on')]));
        const messages = sinceCompaction(all, name);
        const request = { ...REQUEST, messages, compactAt: 90_000 };
        const sent = name === CLAUDE ? toCompactingRequest(request, model, 90_000) : toResponses(request, model);
        const raw = JSON.parse(JSON.stringify(sent));
        expect(problemsOf(name === CLAUDE ? 'messages' : 'responses', raw)).toEqual([]);
        expect(JSON.stringify(raw)).not.toContain(name === CLAUDE ? 'cmp_1' : 'What was done.');
      }),
    );
  });
});
