import { describe, expect, it } from 'vitest';
import { toRequest } from './anthropic.ts';
import { checkEffort, effortsOf, nearestEffort } from './effort.ts';
import { type Message, ModelConfigError, type ModelRequest, REASONING_EFFORTS, resolveModel } from './index.ts';
import * as chat from './openai-chat.ts';
import * as responses from './openai-responses.ts';

const window = { contextWindow: 100_000 };

describe('the efforts of a model', () => {
  it.each([
    ['anthropic:claude-haiku-4-5', 'none minimal low medium high xhigh max'],
    ['anthropic:claude-opus-4-6', 'none low medium high max'],
    ['anthropic:claude-opus-5-5', 'low medium high xhigh max'],
    ['openai:gpt-6.2-sol', 'low medium high xhigh max'],
    ['openai-chat:gpt-6.1-terra', 'none low medium high xhigh max'],
    ['openai-chat:some-local-model', 'none minimal low medium high xhigh max'],
    ['anthropic:claude-next', 'none low medium high xhigh max'],
  ])('%s: %s', (name, levels) => {
    expect(effortsOf(resolveModel(name, window)).join(' ')).toBe(levels);
  });

  it('are checked when the user names one, in one line that says which there are', () => {
    const opus = resolveModel('anthropic:claude-opus-5-5');
    expect(() => checkEffort('max', opus)).not.toThrow();
    expect(() => checkEffort('none', opus)).toThrow(ModelConfigError);
    expect(() => checkEffort('none', opus)).toThrow(
      /^--effort none: anthropic:claude-opus-5-5 does not have this level; it has low, medium, high, xhigh, max$/,
    );
    expect(() => checkEffort('low', { id: 'p:m', reasoning: null })).toThrow(/p:m does not reason/);
  });
});

describe('an effort that was meant for another model', () => {
  it.each([
    ['anthropic:claude-opus-4-6', 'xhigh', 'high'],
    ['anthropic:claude-opus-4-6', 'minimal', 'low'],
    ['anthropic:claude-opus-5-5', 'none', 'low'],
    ['anthropic:claude-haiku-4-5', 'xhigh', 'xhigh'],
    ['openai:gpt-6.2-sol', 'minimal', 'low'],
  ] as const)('%s: %s becomes %s', (name, effort, nearest) => {
    expect(nearestEffort(effort, resolveModel(name))).toBe(nearest);
  });

  it('is nothing where the model does not reason, and stays nothing where nothing was asked', () => {
    expect(nearestEffort('high', { reasoning: null })).toBeUndefined();
    expect(nearestEffort(undefined, resolveModel('openai:gpt-6.2-sol'))).toBeUndefined();
  });
});

describe('on the wire', () => {
  const request = (effort: ModelRequest['reasoningEffort'], messages: Message[] = []): ModelRequest => ({
    system: '',
    messages,
    tools: [],
    maxOutputTokens: 10_000,
    ...(effort && { reasoningEffort: effort }),
  });

  it('each level of an OpenAI model is its own word in both APIs', () => {
    const terra = resolveModel('openai:gpt-6.1-terra');
    for (const level of effortsOf(terra)) {
      expect(responses.toRequest(request(level), terra).reasoning).toMatchObject({ effort: level });
      expect(chat.toRequest(request(level), terra).reasoning_effort).toBe(level);
    }
  });

  it('each level of an adaptive Anthropic model is its own word', () => {
    const opus = resolveModel('anthropic:claude-opus-5-5');
    for (const level of effortsOf(opus)) {
      expect(toRequest(request(level), opus).output_config).toEqual({ effort: level });
    }
  });

  it('more effort is a larger budget, which is legal at each level', () => {
    const haiku = resolveModel('anthropic:claude-haiku-4-5');
    const budgets = REASONING_EFFORTS.slice(1).map((level) => {
      const { thinking } = toRequest(request(level), haiku);
      return thinking?.type === 'enabled' ? thinking.budget_tokens : 0;
    });
    expect(budgets).toEqual([1024, 2000, 4000, 7000, 8000, 9000]);
  });

  it('a model with a budget does not think in the middle of a turn that another model began', () => {
    const haiku = resolveModel('anthropic:claude-haiku-4-5');
    const turn = (model: string): Message[] => [
      { role: 'user', content: [{ type: 'text', text: 'go' }] },
      {
        role: 'assistant',
        model,
        content: [
          { type: 'reasoning', text: 'hm', opaque: { type: 'thinking', thinking: 'hm', signature: 's' } },
          { type: 'tool_call', id: 'c', name: 'shell', arguments: '{}' },
        ],
      },
      { role: 'tool', callId: 'c', content: [{ type: 'text', text: 'ok' }], isError: false },
    ];
    expect(toRequest(request('high', turn('anthropic:claude-opus-5')), haiku).thinking).toBeUndefined();
    expect(toRequest(request('high', turn(haiku.id)), haiku).thinking).toMatchObject({ type: 'enabled' });
    const over: Message = { role: 'assistant', model: 'openai:x', content: [{ type: 'text', text: 'done' }] };
    const next: Message = { role: 'user', content: [{ type: 'text', text: 'more' }] };
    const messages = [...turn('anthropic:claude-opus-5'), over, next];
    expect(toRequest(request('high', messages), haiku).thinking).toMatchObject({ type: 'enabled' });
  });
});
