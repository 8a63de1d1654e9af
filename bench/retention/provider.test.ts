import { expect, test } from 'vitest';
import { viewOf } from '../../test/model-request.ts';
import { createProvider } from './provider.ts';

const count = (text: string) => text.length;
const requestOf = (...texts: string[]) =>
  viewOf('chat', { model: 'm', messages: texts.map((content) => ({ role: 'user', content })) });

function provider(window: number) {
  const model = () => ({ kind: 'answer' as const, steps: [], turn: { text: 'Done.' } });
  return createProvider({ window, facts: [], count, model });
}

test('a request longer than the window is refused as OpenAI does, and the model never sees it', async () => {
  const { script, records } = provider(100);
  const turn = await script(0, requestOf('x'.repeat(200)));
  expect(turn.error).toMatchObject({ status: 400, body: { error: { code: 'context_length_exceeded' } } });
  expect(records).toMatchObject([{ kind: 'refused', outputTokens: 0 }]);
});

test('usage has the tokens of the request, and those that an earlier one began with as read from the cache', async () => {
  const { script } = provider(1000);
  const first = await script(0, requestOf('task'));
  const second = await script(1, requestOf('task', 'more'));
  const { inputTokens = 0, cacheReadTokens = 0 } = second.usage ?? {};
  expect(first.usage).toMatchObject({ cacheReadTokens: 0 });
  expect(cacheReadTokens).toBe(first.usage?.inputTokens);
  expect(inputTokens).toBeGreaterThan(cacheReadTokens);
});
