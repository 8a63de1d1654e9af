import { expect, it } from 'vitest';
import { estimateTokens } from '../models/index.ts';
import { makeToolContext, textOf } from '../test/tool-context.ts';
import { recallTool } from './recall.ts';
import { runToolCall } from './registry.ts';
import { toolSpecs } from './schema.ts';
import type { RecallQuery } from './tool.ts';

const { context, close } = await makeToolContext();
await close();

const asked: RecallQuery[] = [];
const call = (args: object) =>
  runToolCall(
    [recallTool],
    { type: 'tool_call', id: '1', name: 'recall', arguments: JSON.stringify(args) },
    {
      ...context,
      recall: async (query) => {
        asked.push(query);
        return { text: 'found', isError: false, details: { matches: 1 } };
      },
    },
  );

it.each([
  [{ handle: 'm12' }, { handle: 'm12', offset: 0 }],
  [
    { pattern: 'a|b', offset: 20 },
    { pattern: 'a|b', offset: 20 },
  ],
  [
    { words: 'cache key', handle: null },
    { words: 'cache key', offset: 0 },
  ],
])('asks the context for what the model asks for: %j', async (given, query) => {
  asked.length = 0;
  const result = await call(given);
  expect(asked).toEqual([query]);
  expect(result).toEqual({ content: [{ type: 'text', text: 'found' }], isError: false, details: { matches: 1 } });
});

it.each([{}, { offset: 3 }, { handle: 'm1', words: 'x' }, { handle: 'm1', pattern: 'x', words: 'x' }])(
  'refuses %j: there must be exactly one way to ask',
  async (given) => {
    asked.length = 0;
    const result = await call(given);
    expect([result.isError, asked]).toEqual([true, []]);
    expect(textOf(result)).toContain('give exactly one of handle, pattern and words');
  },
);

it.each([{ handle: '' }, { words: 'x', offset: -1 }, { words: 'x', offset: 1.5 }, { words: 'x', limit: 3 }])(
  'refuses %j',
  async (given) => {
    expect((await call(given)).isError).toBe(true);
  },
);

it('costs few tokens of each request', () => {
  expect(estimateTokens(recallTool.description)).toBeLessThan(60);
  expect(toolSpecs([recallTool])[0]?.parameters).toMatchObject({ type: 'object' });
});
