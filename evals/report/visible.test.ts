import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { visible, visibleLine, visibleOutput } from './visible.ts';

describe('text of others, made visible', () => {
  it('has no control character but tab and line feed, and none that is of no width or turns the direction', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 0x10ffff })).map((points) => String.fromCodePoint(...points)),
        (text) => {
          expect(visible(text)).not.toMatch(
            /[^\P{Cc}\t\n]|[\u202a-\u202e\u2066-\u2069\u200b-\u200f\ufeff\u2028\u2029]/u,
          );
          expect(visible(visible(text))).toBe(visible(text));
        },
      ),
    );
  });

  it('shows what it was', () => {
    expect(visible('a\u202eb\u200bc\x1b]0;t\x07\r\nd\re')).toBe('a<U+202E>b<U+200B>c␛]0;t␇\nd␍e');
  });

  it('loses the colours of a command’s output, and nothing else', () => {
    expect(visibleOutput('\x1b[1;31mred\x1b[0m \x1b]0;hidden\x07')).toBe('red ␛]0;hidden␇');
  });

  it('fits on one line', () => {
    expect(visibleLine('  one\ntwo\tthree ', 99)).toBe('one two three');
    expect(visibleLine('abcdef', 4)).toBe('abc…');
  });
});
