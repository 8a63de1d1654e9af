import { describe, expect, it } from 'vitest';
import { toRequest as toMessagesRequest } from './anthropic.ts';
import { resolveModel } from './catalogue.ts';
import type { Message, ModelRequest, ToolCallPart } from './model.ts';
import { once } from './once.ts';
import { toRequest as toChatRequest } from './openai-chat.ts';
import { toRequest as toResponsesRequest } from './openai-responses.ts';
import { estimateRequest } from './tokens.ts';

describe('once', () => {
  it('makes a value once for an object, and another for another', () => {
    let made = 0;
    const number = once((_: object) => ++made);
    const [a, b] = [{}, {}];
    expect([number(a), number(b), number(a), number(b)]).toEqual([1, 2, 1, 2]);
  });
});

/** A call whose arguments count how often they are read. */
function watchedCall(id: string, onRead: () => void): ToolCallPart {
  return {
    type: 'tool_call',
    id,
    name: 'shell',
    get arguments() {
      onRead();
      return '{"command":"ls"}';
    },
  };
}

describe.each([
  ['anthropic', 'anthropic:claude-sonnet-5', toMessagesRequest],
  ['openai', 'openai:gpt-6-sol', toResponsesRequest],
  ['openai-chat', 'openai-chat:gpt-6-sol', toChatRequest],
])('a request of %s, turn after turn', (_, name, toRequest) => {
  it('reads the arguments of no call that an earlier request held', () => {
    const model = resolveModel(name, { contextWindow: 200_000 });
    let read = 0;
    const messages: Message[] = [{ role: 'user', content: [{ type: 'text', text: 'go' }] }];
    const readsOf: number[] = [];
    for (let turn = 0; turn < 20; turn += 1) {
      messages.push({ role: 'assistant', model: name, content: [watchedCall(`call_${turn}`, () => (read += 1))] });
      messages.push({ role: 'tool', callId: `call_${turn}`, content: [{ type: 'text', text: 'x' }], isError: false });
      const request: ModelRequest = { system: 's', messages: [...messages], tools: [], maxOutputTokens: 1000 };
      read = 0;
      estimateRequest(request);
      JSON.stringify(toRequest(request, model));
      readsOf.push(read);
    }
    expect(new Set(readsOf)).toEqual(new Set([readsOf[0]]));
  });
});
