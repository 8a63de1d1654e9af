import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanLine, cleanText, removedRemark } from './hidden-text.ts';

const clean = (text: string) => cleanText(text).text;

describe('cleanText', () => {
  it.each([
    'A plain text.\n\n- [ ] one\n- two\ttab\n\n```ts\nconst a = b < c ? [x](y) : `d`;\n```\n',
    'Über 日本語 العربية עברית e\u0301 हिन्दी',
    'emoji 😀 ❤️ 👩‍💻 👨‍👩‍👧‍👦 🏳️‍🌈 👍🏽 1️⃣ 🇨🇭 ☺︎',
    '<details><summary>Log</summary>\n\nline\n</details>',
    'the parser fails at `<!--` in the middle',
    'see [the docs][1] and <https://example.com/?a=b>\n\n[1]: https://example.com',
    'Map<string, Array<number>> --> x <!- no comment ->',
    '> quoted @drydock',
    '',
  ])('leaves %j as it is', (text) => {
    expect(cleanText(text)).toEqual({ text, removed: {} });
  });

  it.each([
    ['a<!-- do evil -->b', 'a b', { comments: 1 }],
    ['a\n<!-- do evil\n\nand more', 'a\n', { comments: 1 }],
    ['> <!-- do evil', '', { comments: 1 }],
    ['a <!-- b --> c\n  <!-- d', 'a   c\n', { comments: 2 }],
    ['a<!-->b-->c', 'a b-->c', { comments: 1 }],
    ['a<!<!-- x -->-- evil -->', 'a<! -- evil -->', { comments: 1 }],
    ['a<!\u200b-- evil -->b', 'a b', { invisible: 1, comments: 1 }],
    ['pass\u200bword\u00ad \ufeffx', 'password x', { invisible: 3 }],
    ['a\u202eb\u2066c\u2069', 'abc', { invisible: 3 }],
    [`x${String.fromCodePoint(0xe0049, 0xe0067, 0xe007f)}`, 'x', { invisible: 3 }],
    ['a\ufe01\ufe02b😀\ufe0f\ufe0f\ufe0f', 'ab😀\ufe0f', { invisible: 4 }],
    [`😀${String.fromCodePoint(0xe0100, 0xe01ef)}`, '😀', { invisible: 2 }],
    ['👩\u200d💻\ufe0f\ufe0f', '👩\u200d💻\ufe0f', { invisible: 1 }],
    ['a\u3164\u115fb', 'ab', { invisible: 2 }],
    ['a\u200db 😀\u200dx', 'ab 😀x', { invisible: 2 }],
    ['\x1b[1;31mred\x1b[0m \x1b]0;title\x07a\0b\x7f', 'red ab', { controls: 5 }],
    ['a\r\nb\rc\u2028d', 'a\nb\nc\nd', {}],
    ['\ud800x', '\ufffdx', {}],
    ['![a dog](https://x/y.png "evil") ![](z)', '[image: a dog] [image]', { images: 2 }],
    ["<img src=x alt='a cat' onerror=y>", '[image: a cat]', { images: 1 }],
    [`![${'a'.repeat(300)}](x)`, `[image: ${'a'.repeat(200)}…]`, { images: 1 }],
    ['[//]: # (do evil)\nseen', 'seen', { links: 1 }],
    ['[do evil]: https://x\nseen', 'seen', { links: 1 }],
    ['[do evil]: https://x (a title)\nseen', 'seen', { links: 1 }],
    ['[a]: https://x "do evil"\nsee [a]', '[a]: https://x\nsee [a]', {}],
    ['see data:text/html;base64,AAAA= there', 'see data:… there', { data: 1 }],
  ])('makes of %j %j', (text, result, removed) => {
    expect(cleanText(text)).toEqual({ text: result, removed });
  });

  const nasty = fc.array(
    fc.constantFrom(
      ...[
        '<!--',
        '-->',
        '<!',
        '--',
        '>',
        '\n',
        '![',
        '](',
        ')',
        '[x]: ',
        '<img ',
        'alt="',
        '"',
        'data:text/a,',
        'a',
        ' ',
        '😀',
      ],
      ...[
        '\u200d',
        '\u200b',
        '\ufe0f',
        '\u202e',
        '\u{e0041}',
        '\x1b[0m',
        '\0',
        '\r',
        '\ud83d',
        '❤',
        '🏽',
        '1',
        '\u3164',
      ],
    ),
    { maxLength: 40 },
  );
  const anything = fc.oneof(
    fc.string({ unit: 'binary' }),
    nasty.map((parts) => parts.join('')),
  );

  it('leaves no character that nobody sees, but in a picture, and no whole HTML comment', () => {
    fc.assert(
      fc.property(anything, (text) => {
        const result = clean(text);
        expect(result).not.toMatch(/[^\P{Cc}\t\n]|\p{Cs}/u);
        expect(result).not.toMatch(/<!--[\s\S]*-->/);
        const outside = result.replace(
          /(?<=\p{Emoji}|\p{Emoji_Modifier})[\ufe0e\ufe0f]|(?<=\p{Emoji}|\ufe0f)\u200d(?=\p{Extended_Pictographic})/gu,
          '',
        );
        expect(outside).not.toMatch(/\p{Cf}|\u034f|[\u115f\u1160\u3164\uffa0]|[\ufe00-\ufe0f]|[\u{e0000}-\u{e0fff}]/u);
      }),
      { numRuns: 500 },
    );
  });

  it('has nothing more to take out of what it has cleaned of characters and comments', () => {
    fc.assert(
      fc.property(anything, (text) => {
        const again = cleanText(clean(text)).removed;
        expect([again.invisible, again.controls]).toEqual([undefined, undefined]);
      }),
    );
  });

  it('leaves ASCII without markup unchanged', () => {
    const plain = fc.string({ unit: fc.constantFrom(...'abcXYZ 019.,;:?!()-_=+*#/\\|~`"\'{}\n\t') });
    fc.assert(
      fc.property(
        plain.filter((text) => !text.includes('data:')),
        (text) => clean(text) === text,
      ),
    );
  });

  it('shows nothing of a comment whose end lies beyond what is read', () => {
    expect(clean(`seen <!-- do evil ${'x'.repeat(1024 * 1024)} -->`)).toBe('seen ');
  });

  it('takes no long time over a hostile text', () => {
    for (const part of [
      '![',
      '![a](',
      '<!--',
      '<!',
      '<img ',
      '<img alt=',
      '[a]: ',
      '[',
      'data:a/b,',
      '\x1b]',
      '😀\u200d',
      '\n> <!',
    ]) {
      expect(clean(part.repeat(Math.floor(65_536 / part.length))).length).toBeLessThanOrEqual(65_536);
    }
    const definition = `[a]: ${'('.repeat(2000)}${'a'.repeat(1_000_000)}) x`;
    expect(clean(definition)).toBe(definition);
  });
});

describe('removedRemark', () => {
  it('says in one line what was taken out', () => {
    expect(removedRemark('issue #1', { invisible: 3, comments: 1 })).toBe(
      'issue #1: left out 1 HTML comment, 3 invisible characters',
    );
    expect(removedRemark('issue #1', {})).toBeNull();
  });
});

describe('cleanLine', () => {
  it('is one line of a bounded length', () => {
    expect(cleanLine(' a\n b\u200b\tc ')).toBe('a b c');
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 30 }), (text, max) => {
        const line = cleanLine(text, max);
        expect(line.length).toBeLessThanOrEqual(max);
        expect(line).not.toMatch(/\n|\p{Cs}/u);
      }),
    );
  });
});
