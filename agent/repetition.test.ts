import { describe, expect, it } from 'vitest';
import { watchRepetition } from './repetition.ts';

const call = (command: string) => ({ name: 'shell', arguments: JSON.stringify({ command }) });

describe('repetition', () => {
  it('warns at the third identical failing call in a row, and stops after three more', () => {
    const watch = watchRepetition();
    const verdicts = Array.from({ length: 6 }, () => watch(call('false'), true));
    expect(verdicts).toEqual(['fine', 'fine', 'warn', 'fine', 'fine', 'stop']);
  });

  it('does not mind calls that succeed, however often they come', () => {
    const watch = watchRepetition();
    expect(Array.from({ length: 9 }, () => watch(call('make'), false))).not.toContain('warn');
  });

  it('starts anew when the call, the tool or the result changes', () => {
    const watch = watchRepetition();
    const twice = (name: string, failed = true) => [watch(call(name), failed), watch(call(name), failed)];
    const verdicts = [...twice('a'), ...twice('b'), ...twice('a'), watch(call('a'), false), ...twice('a')];
    expect(new Set(verdicts)).toEqual(new Set(['fine']));
    expect(watch({ ...call('a'), name: 'search' }, true)).toBe('fine');
  });

  it('stops without a second warning when another loop follows the first', () => {
    const watch = watchRepetition();
    for (let i = 0; i < 3; i++) watch(call('a'), true);
    expect([watch(call('b'), true), watch(call('b'), true), watch(call('b'), true)]).toEqual(['fine', 'fine', 'stop']);
  });
});
