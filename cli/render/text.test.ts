import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cost, duration, oneLine, painter, printable, tokens } from './text.ts';

describe('printable text', () => {
  it.each([
    ['colours', '\x1b[1;31mred\x1b[0m', 'red'],
    ['cursor movement', 'a\x1b[2Kb\x1b[Ac', 'abc'],
    ['private CSI sequences', '\x1b[?1049ha', 'a'],
    ['a clipboard write (OSC 52, ended by BEL)', 'a\x1b]52;c;ZXZpbA==\x07b', 'ab'],
    ['a clipboard write (OSC 52, ended by ST)', 'a\x1b]52;c;ZXZpbA==\x1b\\b', 'ab'],
    ['a link (OSC 8)', '\x1b]8;;http://evil\x1b\\text\x1b]8;;\x1b\\', 'text'],
    ['escape of a window title that never ends, whose text stays', 'a\x1b]0;title', 'a␛]0;title'],
    ['escape of a string that ends on another line', 'a\x1bPb\nc\x1b\\d', 'a␛Pb\nc␛\\d'],
    ['device control strings', 'a\x1bP1$r0m\x1b\\b', 'ab'],
    ['two-character escapes', 'a\x1bcb\x1b(Bc', 'abc'],
    ['a lone escape', 'a\x1b', 'a'],
    ['8-bit control characters', 'a\x9b31mb', 'a31mb'],
    ['carriage returns that would overwrite a line', 'good\revil', 'goodevil'],
    ['backspaces and bells', 'a\b\x07b', 'ab'],
    ['bidirectional overrides and isolates', 'a\u202eb\u2066c\u2069', 'abc'],
  ])('has no %s', (_, text, safe) => {
    expect(printable(text)).toBe(safe);
  });

  it('keeps tabs, line feeds and letters of all scripts', () => {
    expect(printable('a\tb\r\nc é漢👩‍💻 עברית')).toBe('a\tb\nc é漢👩‍💻 עברית');
  });

  it('holds no control character, whatever went in, also when it came in pieces', () => {
    const part = fc.constantFrom('\x1b', '[', ']', '52;', '\x07', '\\', 'm', 'P', '\x9b', '\r', '\u202e', 'x', '\n');
    fc.assert(
      fc.property(fc.array(part, { maxLength: 30 }), fc.nat(30), (parts, cut) => {
        const whole = parts.join('');
        const safe = printable(whole) + printable(whole.slice(0, cut)) + printable(whole.slice(cut));
        // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
        expect(safe).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/);
      }),
    );
  });
});

describe('a line', () => {
  it('is one line of at most so many characters', () => {
    expect(oneLine(' a\n b\tc ', 10)).toBe('a b c');
    expect(oneLine('abcdef', 6)).toBe('abcdef');
    expect(oneLine('abcdefg', 6)).toBe('abcde…');
  });
});

describe('figures', () => {
  it('of tokens have a unit once they are long', () => {
    expect([0, 999, 1000, 23_149, 1_200_000].map(tokens)).toEqual(['0', '999', '1.0k', '23.1k', '1.2M']);
  });

  it('of money have four digits below a dime, and an unknown price is no zero', () => {
    expect([0, 0.0123, 0.1, 12].map(cost)).toEqual(['$0.0000', '$0.0123', '$0.10', '$12.00']);
    expect(cost(null)).toBe('price unknown');
  });

  it('of time grow from tenths of a second to minutes', () => {
    expect([0, 449, 12_000, 59_400, 185_000].map(duration)).toEqual(['0.0s', '0.4s', '12s', '59s', '3m05s']);
  });
});

describe('a painter', () => {
  it('paints on a terminal only, and not where NO_COLOR or a dumb terminal forbids it', () => {
    expect(painter({ isTTY: true }, {})('red', 'x')).toBe('\x1b[31mx\x1b[39m');
    expect(painter({ isTTY: false }, {})('red', 'x')).toBe('x');
    expect(painter({ isTTY: true }, { NO_COLOR: '1' })('red', 'x')).toBe('x');
    expect(painter({ isTTY: true }, { TERM: 'dumb' })('red', 'x')).toBe('x');
  });
});
