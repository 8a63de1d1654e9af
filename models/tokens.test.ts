import { describe, expect, it } from 'vitest';
import { estimateMessages, estimateRequest } from './index.ts';

const withImage = (longestSide?: number) => {
  const image = { type: 'image', mediaType: 'image/png', data: 'A'.repeat(4_000_000) } as const;
  return estimateMessages([{ role: 'user', content: [longestSide === undefined ? image : { ...image, longestSide }] }]);
};

describe('the raw count of a request', () => {
  it('counts an image by what it costs, not by its base64', () => {
    expect(withImage()).toBeLessThan(2000);
  });

  it('counts a small image less, and none more than the largest', () => {
    expect(withImage(600)).toBeLessThan(withImage(1000));
    expect(withImage(16)).toBeGreaterThan(200);
    expect(withImage(6000)).toBe(withImage());
  });

  it('counts system, tools, calls, results and the reasoning that goes back', () => {
    const base = { system: '', tools: [], messages: [] };
    const grown = (more: Parameters<typeof estimateRequest>[0]) => estimateRequest(more) - estimateRequest(base);
    const text = 'and so on '.repeat(40);
    expect(grown({ ...base, system: text })).toBeGreaterThanOrEqual(120);
    expect(grown({ ...base, tools: [{ name: 'a', description: text, parameters: {} }] })).toBeGreaterThan(120);
    const said = (content: { type: 'reasoning'; text: string; opaque?: { signature: string } }) =>
      grown({ ...base, messages: [{ role: 'assistant', model: 'a:b', content: [content] }] });
    expect(said({ type: 'reasoning', text: '', opaque: { signature: text } })).toBeGreaterThan(120);
    expect(said({ type: 'reasoning', text })).toBeGreaterThan(120);
    const call = { type: 'tool_call', id: '1', name: 'a', arguments: text } as const;
    expect(grown({ ...base, messages: [{ role: 'assistant', model: 'a:b', content: [call] }] })).toBeGreaterThan(120);
    const result = { role: 'tool', callId: '1', content: [{ type: 'text', text }], isError: false } as const;
    expect(grown({ ...base, messages: [{ ...result, content: [...result.content] }] })).toBeGreaterThan(120);
  });
});
