import { describe, expect, it } from 'vitest';
import { calibrate, estimateMessages, estimateRequest, estimateTokens } from './index.ts';

describe('the estimate of tokens', () => {
  it('counts bytes, so that text outside ASCII weighs more', () => {
    expect(estimateTokens('')).toBe(0);
    expect(estimateTokens('abcde')).toBe(2);
    expect(estimateTokens('日本語日')).toBe(3);
  });

  it('counts an image by what it costs, not by its base64', () => {
    const image = { type: 'image', mediaType: 'image/png', data: 'A'.repeat(4_000_000) } as const;
    expect(estimateMessages([{ role: 'user', content: [image] }])).toBeLessThan(2000);
  });

  it('counts system, tools, calls, results and the reasoning that goes back', () => {
    const base = { system: '', tools: [], messages: [] };
    const grown = (more: Parameters<typeof estimateRequest>[0]) => estimateRequest(more) - estimateRequest(base);
    const text = 'x'.repeat(400);
    expect(grown({ ...base, system: text })).toBe(100);
    expect(grown({ ...base, tools: [{ name: 'a', description: text, parameters: {} }] })).toBeGreaterThan(100);
    const part = { type: 'reasoning', text: '', opaque: { signature: text } } as const;
    expect(grown({ ...base, messages: [{ role: 'assistant', model: 'a:b', content: [part] }] })).toBeGreaterThan(100);
    const call = { type: 'tool_call', id: '1', name: 'a', arguments: text } as const;
    expect(grown({ ...base, messages: [{ role: 'assistant', model: 'a:b', content: [call] }] })).toBeGreaterThan(100);
  });

  it('is corrected by what was reported, within bounds', () => {
    expect(calibrate(null, 1000, 1250)).toBe(1.25);
    expect(calibrate(null, 1000, 1)).toBe(0.7);
    expect(calibrate(null, 1000, 1_000_000)).toBe(2);
    expect(calibrate(null, 0, 100)).toBe(1);
    expect(calibrate(null, 100, 0)).toBe(1);
  });
});
