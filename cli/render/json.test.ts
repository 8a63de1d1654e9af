import { describe, expect, it } from 'vitest';
import { jsonLine } from './json.ts';

describe('a line of JSON', () => {
  it('is the log event as it is stored', () => {
    const event = {
      v: 1,
      seq: 2,
      at: '2026-01-01T00:00:00.000Z',
      type: 'notice',
      reason: 'loop',
      text: 'a\nb',
    } as const;
    const line = jsonLine({ type: 'log', event });
    expect(line.endsWith('\n')).toBe(true);
    expect(line.trimEnd()).not.toContain('\n');
    expect(JSON.parse(line)).toEqual(event);
  });

  it('is a delta, told from the log by its type and by having no place in it', () => {
    expect(jsonLine({ type: 'delta', delta: { type: 'text_delta', text: 'Hi' } })).toBe(
      '{"type":"delta.text","text":"Hi"}\n',
    );
    const call = { type: 'tool_call_delta', callId: 'c', name: 'shell', arguments: '{' } as const;
    expect(JSON.parse(jsonLine({ type: 'delta', delta: call }))).toEqual({ ...call, type: 'delta.tool_call' });
    const error = { kind: 'overloaded', message: 'busy' } as const;
    expect(JSON.parse(jsonLine({ type: 'delta', delta: { type: 'retry', attempt: 1, delayMs: 5, error } }))).toEqual({
      type: 'delta.retry',
      attempt: 1,
      delayMs: 5,
      error,
    });
  });

  it('is a line of progress', () => {
    expect(jsonLine({ type: 'progress', text: 'building' })).toBe('{"type":"progress","text":"building"}\n');
  });

  it('stays one line for a reader that splits at other line ends too', () => {
    const line = jsonLine({ type: 'delta', delta: { type: 'text_delta', text: 'a\u2028b\rc' } });
    expect(line.split(/\r\n|[\n\r]/)).toHaveLength(2);
  });
});
