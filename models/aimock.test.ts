import { LLMock } from '@copilotkit/aimock';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createModel, type ModelEvent, resolveModel } from './index.ts';

const mock = new LLMock({ port: 0, host: '127.0.0.1' });
beforeAll(async () => {
  mock.onMessage('fix it', {
    content: 'Looking at it.',
    reasoning: 'Where is the fault?',
    usage: { prompt_tokens: 700, completion_tokens: 40, input_tokens: 700, output_tokens: 40 },
    toolCalls: [
      { name: 'shell', arguments: '{"command":"ls"}' },
      { name: 'read_file', arguments: '{"path":"a.ts"}' },
    ],
  });
  await mock.start();
});
afterAll(() => mock.stop());

it.each(['anthropic:claude-sonnet-5-5', 'openai:gpt-6.1-sol', 'openai-chat:gpt-6.1-sol'])(
  '%s understands an independent server of its protocol',
  async (name) => {
    const env = {
      ANTHROPIC_BASE_URL: mock.url,
      ANTHROPIC_API_KEY: 'mock',
      OPENAI_BASE_URL: `${mock.url}/v1`,
      OPENAI_API_KEY: 'mock',
    };
    const model = await createModel(resolveModel(name), env);
    const request = {
      system: 'You mend code.',
      messages: [{ role: 'user' as const, content: [{ type: 'text' as const, text: 'fix it' }] }],
      tools: [],
      maxOutputTokens: 1000,
    };
    const events: ModelEvent[] = [];
    for await (const event of model.stream(request, new AbortController().signal)) events.push(event);
    const done = events.at(-1);
    if (done?.type !== 'done') throw new Error('no done event');
    const { message, stopReason, usage, error } = done.response;
    expect(error).toBeUndefined();
    expect(stopReason).toBe('tool_calls');
    expect(message.content).toMatchObject([
      { type: 'reasoning', text: 'Where is the fault?' },
      { type: 'text', text: 'Looking at it.' },
      { type: 'tool_call', name: 'shell', arguments: '{"command":"ls"}' },
      { type: 'tool_call', name: 'read_file', arguments: '{"path":"a.ts"}' },
    ]);
    expect(usage).toMatchObject({ inputTokens: 700, outputTokens: 40 });
  },
);
