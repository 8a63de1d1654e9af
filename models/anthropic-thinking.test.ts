import { describe, expect, it } from 'vitest';
import { reasoningFields } from './anthropic-thinking.ts';
import { resolveModel } from './catalogue.ts';

describe('thinking within a budget, in the middle of a turn', () => {
  const thinking = (...types: string[]) =>
    reasoningFields('high', 10_000, resolveModel('anthropic:claude-haiku-4-5'), [
      { role: 'user', content: [{ type: 'text' }] },
      { role: 'assistant', content: types.map((type) => ({ type })) },
      { role: 'user', content: [{ type: 'tool_result' }] },
    ]).thinking;

  it('is asked for where the turn begins with thinking, also behind what the provider has compacted', () => {
    expect(thinking('thinking', 'tool_use')).toMatchObject({ type: 'enabled' });
    expect(thinking('compaction', 'thinking', 'tool_use')).toMatchObject({ type: 'enabled' });
  });

  it('is not where another model, or none, has thought', () => {
    expect(thinking('text', 'tool_use')).toBeUndefined();
    expect(thinking('compaction', 'tool_use')).toBeUndefined();
  });
});
