import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanOutput } from './clean.ts';

describe('cleanOutput', () => {
  it.each([
    ['colours', '\x1b[1;31merror\x1b[0m: no', 'error: no'],
    ['24-bit colours', '\x1b[38;2;1;2;3mx\x1b[m', 'x'],
    ['cursor movement and erasing', 'a\x1b[2K\x1b[1Ab\x1b[?25l', 'ab'],
    ['window titles and links', '\x1b]0;title\x07x\x1b]8;;http://a\x1b\\link\x1b]8;;\x1b\\', 'xlink'],
    ['character sets and resets', '\x1b(Bx\x1bc\x1b7', 'x'],
    ['an escape that was cut off', 'x\x1b[3', 'x'],
    ['bells, NUL and other controls', 'a\x07b\x00c\x7f\x9bd', 'abcd'],
    ['CRLF', 'a\r\nb\r\n', 'a\nb\n'],
    ['a progress line that was redrawn', ' 1%\r 50%\r100%\ndone\n', '100%\ndone\n'],
    ['a progress line that ends with a return', ' 1%\r 50%\r', ' 50%'],
    ['bold of man pages', 'N\bNA\bAM\bME\bE', 'NAME'],
    ['tabs and line feeds, which stay', 'a\tb\n\nc', 'a\tb\n\nc'],
    ['Unicode, which stays', 'ünï ☃ 😀', 'ünï ☃ 😀'],
    ['a title without an end, whose text stays', 'a\x1b]0;b\nc\x07', 'a␛]0;b\nc'],
    ['a device control string without an end', 'a \x1bP b\nc\nd', 'a ␛P b\nc\nd'],
    ['a title that the next escape would end', '\x1b]0;a\x1b[1mb', '␛]0;ab'],
    ['an escape before text', 'r\x1bun', 'r␛un'],
  ])('%s', (_, raw, clean) => {
    expect(cleanOutput(raw)).toBe(clean);
  });

  it('leaves no control character but tab and line feed, and no more lines, for any text', () => {
    const text = fc
      .array(fc.constantFrom('a', '\x1b', '[', ']', '\r', '\n', '\b', ';', 'm', '\x07', '\x9b', '\t'))
      .map((p) => p.join(''));
    fc.assert(
      fc.property(text, (raw) => {
        const clean = cleanOutput(raw);
        expect([...clean].every((c) => c === '\n' || c === '\t' || c === '␛' || (c >= ' ' && c < '\x7f'))).toBe(true);
        expect(clean.split('\n').length).toBeLessThanOrEqual(raw.split('\n').length);
      }),
    );
  });

  it('loses no text behind an escape that begins no whole sequence', () => {
    const text = fc
      .array(fc.constantFrom('w', '\n', '\x1b]', '\x1bP', '\x1b^', '\x1b_'))
      .map((parts) => parts.join(''));
    const words = (s: string) => s.replace(/[^w\n]/g, '');
    fc.assert(fc.property(text, (raw) => void expect(words(cleanOutput(raw))).toBe(words(raw))));
  });
});
