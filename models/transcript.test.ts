import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { problemsOf } from '../test/request-rules.ts';
import * as anthropic from './anthropic.ts';
import { type Message, type ModelRequest, resolveModel } from './index.ts';
import * as chat from './openai-chat.ts';
import * as responses from './openai-responses.ts';
import { INTERRUPTED_RESULT, toSteps, wireId } from './transcript.ts';

const MODELS = ['anthropic:claude-sonnet-5-5', 'openai:gpt-6.1-sol', 'openai-chat:gpt-6.1-sol', 'openai-chat:local'];
const LEGAL_ID = /^[a-zA-Z0-9_-]{1,64}$/;

const GO_ON: Message = { role: 'user', content: [{ type: 'text', text: 'go on' }] };
const TOOL = { name: 'shell', description: 'Runs a command.', parameters: { type: 'object', properties: {} } };

/** What must hold of a request in any protocol: calls and results in the order of the wire, and the rest as text. */
type Sent = { calls: string[]; pairs: { calls: string[]; results: string[] }[]; json: string };

function send(model: string, messages: Message[]): Sent {
  const request: ModelRequest = { system: 's', messages, tools: [TOOL], maxOutputTokens: 100 };
  const resolved = resolveModel(model, { contextWindow: 10_000 });
  if (resolved.provider === 'anthropic') {
    const body = anthropic.toRequest(request, resolved);
    const pairs = body.messages.flatMap((message, index) => {
      if (message.role !== 'assistant' || typeof message.content === 'string') return [];
      const next = body.messages[index + 1];
      const calls = message.content.flatMap((block) => (block.type === 'tool_use' ? [block.id] : []));
      const after = next?.role === 'user' && typeof next.content !== 'string' ? next.content : [];
      return [{ calls, results: after.flatMap((block) => (block.type === 'tool_result' ? [block.tool_use_id] : [])) }];
    });
    checkAnthropic(body);
    return { calls: pairs.flatMap((pair) => pair.calls), pairs, json: JSON.stringify(body) };
  }
  const isChat = resolved.provider === 'openai-chat';
  const body = isChat ? chat.toRequest(request, resolved) : responses.toRequest(request, resolved);
  const items: Record<string, unknown>[] = JSON.parse(JSON.stringify('messages' in body ? body.messages : body.input));
  const pairs: Sent['pairs'] = [];
  let open: Sent['pairs'][number] | undefined;
  for (const item of items) {
    const calls = isChat
      ? (Array.isArray(item.tool_calls) ? item.tool_calls : []).map((call) => String(call.id))
      : item.type === 'function_call'
        ? [String(item.call_id)]
        : [];
    const result =
      item.role === 'tool' ? item.tool_call_id : item.type === 'function_call_output' ? item.call_id : null;
    if (calls.length > 0) {
      if (open === undefined || open.results.length > 0) {
        open = { calls: [], results: [] };
        pairs.push(open);
      }
      open.calls.push(...calls);
    } else if (result !== null) open?.results.push(String(result));
    else if (item.role === 'user') open = undefined;
  }
  return { calls: pairs.flatMap((pair) => pair.calls), pairs, json: JSON.stringify(body) };
}

function checkAnthropic(body: ReturnType<typeof anthropic.toRequest>): void {
  expect(body.messages[0]?.role).toBe('user');
  for (const [index, message] of body.messages.entries()) {
    expect(message.role).not.toBe(body.messages[index + 1]?.role);
    const blocks = typeof message.content === 'string' ? [] : message.content;
    expect(blocks.length).toBeGreaterThan(0);
    expect(blocks.at(-1)?.type).not.toMatch(/thinking/);
    for (const block of blocks) {
      if (block.type === 'text') expect(block.text).not.toBe('');
      if (block.type === 'tool_use') expect(block.input).toBeTypeOf('object');
    }
    // Results come before anything else in their message.
    const types = blocks.map((block) => block.type === 'tool_result');
    expect(types.lastIndexOf(true)).toBe(types.filter(Boolean).length - 1);
  }
  expect(JSON.stringify(body).match(/cache_control/g)?.length ?? 0).toBeLessThanOrEqual(4);
}

const text = fc.record({ type: fc.constant('text' as const), text: fc.constantFrom('', ' ', 'hello', '日本\n') });
const image = fc.record({
  type: fc.constant('image' as const),
  mediaType: fc.constantFrom('image/png', 'image/tiff'),
  data: fc.constant('AAAA'),
});
// Few ids, so that they collide; some that no provider would take.
const id = fc.constantFrom('call_1', 'call_2', 'toolu_x', 'call|fc_1', '', 'x'.repeat(450), 'ü');
const opaque = fc.constantFrom(
  undefined,
  { type: 'thinking', thinking: 't', signature: 's' },
  { id: 'rs_1', summary: ['t'], encrypted_content: 'e' },
  { reasoning_content: 't' },
  'odd',
);
const reasoning = opaque.map((value) => ({
  type: 'reasoning' as const,
  text: 't',
  ...(value !== undefined && { opaque: value }),
}));
const call = fc.record({
  type: fc.constant('tool_call' as const),
  id,
  name: fc.constantFrom('shell', '', 'functions.run it', 'x'.repeat(100)),
  arguments: fc.constantFrom('{"a":1}', '', '{"a":', '[1]', 'null', '"x"'),
});
const compaction = fc.constant({
  type: 'compaction' as const,
  opaque: { type: 'compaction', id: 'cmp_1', content: 'a summary', encrypted_content: 'cipher' },
});
const message: fc.Arbitrary<Message> = fc.oneof(
  fc.record({ role: fc.constant('user' as const), content: fc.array(fc.oneof(text, image), { maxLength: 3 }) }),
  fc
    .record({
      role: fc.constant('assistant' as const),
      model: fc.constantFrom(...MODELS),
      content: fc.array(fc.oneof(text, reasoning, compaction, call), { maxLength: 4 }),
    })
    // Chat Completions has none.
    .map((said) => {
      const has = !said.model.startsWith('openai-chat:');
      return { ...said, content: said.content.filter(({ type }) => has || type !== 'compaction') };
    }),
  fc.record({
    role: fc.constant('tool' as const),
    callId: id,
    content: fc.array(fc.oneof(text, image), { maxLength: 2 }),
    isError: fc.boolean(),
  }),
);

describe.each(MODELS)('any transcript sent to %s', (model) => {
  it('is legal, and has every call answered once, in order, under an id of its own', () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 8 }), (messages) => {
        const { calls, pairs, json } = send(model, [...messages, GO_ON]);
        const { provider } = resolveModel(model, { contextWindow: 10_000 });
        const protocol = ({ anthropic: 'messages', openai: 'responses', 'openai-chat': 'chat' } as const)[provider];
        expect(problemsOf(protocol, JSON.parse(json))).toEqual([]);
        for (const pair of pairs) expect(pair.results).toEqual(pair.calls);
        expect(new Set(calls).size).toBe(calls.length);
        for (const callId of calls) expect(callId).toMatch(LEGAL_ID);
        const made = messages.flatMap((m) => (m.role === 'assistant' ? m.content : []));
        expect(calls).toHaveLength(made.filter((part) => part.type === 'tool_call').length);
      }),
      { numRuns: 300 },
    );
  });

  it('keeps the ids of what was sent before when it grows', () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 6 }), fc.array(message, { maxLength: 3 }), (before, more) => {
        const calls = send(model, before).calls;
        expect(send(model, [...before, ...more]).calls.slice(0, calls.length)).toEqual(calls);
      }),
    );
  });
});

describe('a session that moves from one model to another', () => {
  const proofs: Record<string, { [key: string]: string | string[] }> = {
    anthropic: { type: 'thinking', thinking: 'a thought', signature: 'proof-of-writer' },
    openai: { id: 'rs_1', summary: ['a thought'], encrypted_content: 'proof-of-writer' },
    'openai-chat': { reasoning_content: 'thought proof-of-writer' },
  };
  const pairs = MODELS.flatMap((from) => MODELS.map((to) => [from, to] as const));

  it.each(pairs)(
    '%s to %s: proofs only for their writer, its words for all, orphan calls answered, ids legal',
    (from, to) => {
      const proof = proofs[from.split(':')[0] ?? ''] ?? {};
      const messages: Message[] = [
        { role: 'user', content: [{ type: 'text', text: 'go' }] },
        {
          role: 'assistant',
          model: from,
          content: [
            { type: 'reasoning', text: 'a thought', opaque: proof },
            { type: 'text', text: 'Reading.' },
            { type: 'tool_call', id: `call_1|fc_${'9'.repeat(440)}`, name: 'read_file', arguments: '{"path":"a"}' },
            { type: 'tool_call', id: 'orphan', name: 'shell', arguments: '{"command": "ls' },
          ],
        },
        {
          role: 'tool',
          callId: `call_1|fc_${'9'.repeat(440)}`,
          content: [{ type: 'text', text: 'content of a' }],
          isError: false,
        },
        { role: 'user', content: [{ type: 'text', text: 'go on' }] },
      ];
      const { calls, pairs: sent, json } = send(to, messages);
      expect(calls).toHaveLength(2);
      for (const callId of calls) expect(callId).toMatch(LEGAL_ID);
      expect(sent.map((pair) => pair.results)).toEqual([calls]);
      expect(json).toContain(INTERRUPTED_RESULT);
      expect(json).toContain('content of a');
      expect(json.includes('proof-of-writer')).toBe(from === to);
      expect(json).toContain('thought');
    },
  );
});

it('a broken call stays readable and is not mended', () => {
  const broken: Message = {
    role: 'assistant',
    model: 'x:y',
    content: [{ type: 'tool_call', id: 'a', name: 'shell', arguments: '{"command": "ls' }],
  };
  for (const model of MODELS) expect(send(model, [broken]).json).toMatch(/_unparsable.*command/);
});

it('a wire id is the id itself where that is legal and free, and else always the same one', () => {
  expect(wireId('toolu_01', new Set())).toBe('toolu_01');
  const other = wireId('toolu_01', new Set(['toolu_01']));
  expect(other).toMatch(LEGAL_ID);
  expect(wireId('toolu_01', new Set(['toolu_01']))).toBe(other);
});

it('gives a transcript that has grown, or lost its end, the same steps as one that is read for the first time', () => {
  const reader = resolveModel('anthropic:claude-sonnet-5-5');
  fc.assert(
    fc.property(
      fc.array(message, { minLength: 1, maxLength: 8 }),
      fc.array(fc.nat(8), { maxLength: 6 }),
      (messages, ends) => {
        for (const end of ends) {
          const part = messages.slice(0, end);
          expect(toSteps(part, reader)).toEqual(toSteps(structuredClone(part), { ...reader }));
        }
      },
    ),
  );
});
