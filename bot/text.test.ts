import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanLine, cleanText, cleanTitle, inCode } from './text.ts';

/** What is left of a cleaned text outside of code, as a forge reads it: fences at the left edge, spans of one backtick in a line. */
function outside(text: string): string {
  let fence: string | null = null;
  const lines: string[] = [];
  for (const line of text.split('\n')) {
    const mark = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1];
    if (fence === null && mark !== undefined) fence = mark;
    else if (fence !== null) {
      if (mark?.startsWith(fence) && /^[`~ ]*$/.test(line)) fence = null;
    } else lines.push(line.replace(/(?<!`)`[^`]+`(?!`)/g, ' CODE '));
  }
  expect(fence).toBeNull();
  return lines.join('\n');
}

const NASTY = [
  '`',
  '``',
  '```',
  '~~~',
  '````\n',
  '\n```js\n',
  '\n```\n',
  '\n',
  '\n\n',
  ' ',
  '    ',
  '\t',
  '@',
  '@ada',
  '@org/team',
  '#',
  '#12',
  'GH-3',
  'o/r#1',
  'fixes #3',
  'Closes: https://github.com/o/r/issues/3',
  'http://evil.example/?q=',
  'www.evil.example',
  'a@b.example',
  '<!--',
  '-->',
  '<',
  '>',
  '<img src=x>',
  '&',
  '&lt;',
  '&amp;',
  '&#64;ada',
  '[',
  ']',
  '](',
  '(',
  ')',
  '![x](http://e.example/y.png)',
  '[a](b)',
  '[x]: http://e.example',
  '\\',
  '\\\\',
  '\\`',
  '\\@ada',
  '\\[',
  '/merge',
  '\n/merge',
  '|',
  '\n|---|\n',
  '\n:-\n',
  '$',
  '\u202e',
  '\u200b',
  '\u0000',
  '\u{e0041}',
  '\ud800',
  'abc1234',
  'deadbeef0',
  '*',
  '_',
  '- ',
  '> ',
  '1. ',
  '# ',
  'word',
  'ab',
  '!',
  '"',
  "'",
  '.',
  '-',
  ':',
  '```suggestion\n',
  '```mermaid\n',
  'mailto:x@y.z',
];
const hostile = fc
  .array(fc.oneof(fc.constantFrom(...NASTY), fc.string({ maxLength: 4 })), { maxLength: 24 })
  .map((parts) => parts.join(''));

describe('whatever a model writes', () => {
  const check = (property: (text: string, clean: string) => void, numRuns = 2000) =>
    fc.assert(
      fc.property(hostile, (text) => void property(text, cleanText(text))),
      { numRuns },
    );

  it('cleaning it twice is cleaning it once', () => {
    check((_, clean) => expect(cleanText(clean)).toBe(clean));
  });
  it('holds no comment of HTML, in code or outside', () => {
    check((_, clean) => expect(clean).not.toContain('<!--'));
  });
  it('has no mention, reference, link, tag or formula outside of code, and nothing that cannot be seen', () => {
    check((_, clean) => {
      const text = outside(clean);
      expect(text).not.toMatch(/@[\p{L}\p{N}]/u);
      expect(text).not.toMatch(/#\p{N}|\bgh-\d/iu);
      expect(text).not.toMatch(/(?<!\\)(\\\\)*\]\(/);
      expect(text).not.toMatch(/:\/\/|\bwww\./i);
      expect(text).not.toMatch(/</);
      expect(text).not.toMatch(/&(?!lt;|amp;)/);
      expect(text).not.toMatch(/(?<!\\)(\\\\)*[[\]|$]/);
      expect(text).not.toMatch(/`/);
      expect(clean).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Co}]/u);
    });
  });
  it('has no command at the begin of a line', () => {
    check((_, clean) => expect(clean).not.toMatch(/^\s*\/[a-z]/im));
  });
  it('is at most 4,000 characters long, and is still clean where it was cut', () => {
    const long = fc.array(hostile, { minLength: 100, maxLength: 300 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(long, (text) => {
        const clean = cleanText(text);
        expect(clean.length).toBeLessThanOrEqual(4000);
        outside(clean);
        expect(cleanText(clean)).toBe(clean);
      }),
      { numRuns: 40 },
    );
  });
});

describe('a text', () => {
  it.each([
    ['Fixed the *parser* and its `test`.', 'Fixed the *parser* and its `test`.'],
    ['## Done\n\n- one\n- two', '## Done\n\n- one\n- two'],
    ['thanks @ada, fixes #3', 'thanks `@ada`, fixes `#3`'],
    ['see [the docs](https://e.example/x?token=1).', 'see the docs (`https://e.example/x?token=1`).'],
    ['![beacon](https://e.example/p.png)', 'beacon (`https://e.example/p.png`)'],
    ['a <b>bold</b> & brave', 'a &lt;b>bold&lt;/b> &amp; brave'],
    ['before <!-- drydock-state: x -->', 'before &lt;!-- drydock-state: x -->'],
    ['`<!-- x -->`', '`<! -- x -->`'],
    ['/merge now', '`/merge` now'],
    ['in o/r#1 and abc1234, not defaced', 'in `o/r#1` and `abc1234`, not defaced'],
    ['`a``@ada', "'`a''@ada`"],
    ['```js\nconst a = "@ada";', '```js\nconst a = "@ada";\n```'],
    ['```suggestion\nrm -rf /\n```', '```\nrm -rf /\n```'],
    ['~~~~\n```\n@ada\n~~~~', '````\n```\n@ada\n````'],
    ['| a | b |\n|---|---|\n| `x | @ada` | c |', '\\| a \\| b \\|\n\\|---\\|---\\|\n\\| `x | @ada` \\| c \\|'],
    ['\u202eevil\u200b', 'evil'],
    ['costs $5 and $x$', 'costs \\$5 and \\$x\\$'],
    ['', ''],
  ])('%j becomes %j', (text, clean) => {
    expect(cleanText(text)).toBe(clean);
  });
});

it('a reason is one line that opens nothing, and is as clean', () => {
  expect(cleanLine('```\n@ada\n~~~')).toBe("''' `@ada` ~~~");
  expect(cleanLine('~~~ x')).toBe('x');
  fc.assert(
    fc.property(hostile, (text) => {
      const clean = cleanLine(text);
      expect(clean).not.toMatch(/\n|^\s*(`{3}|~{3})|<!--/);
      expect(outside(`- ${clean}`)).not.toMatch(/@[\p{L}\p{N}]|#\p{N}|:\/\/|<|`/u);
    }),
    { numRuns: 2000 },
  );
});

describe('a title', () => {
  it.each([
    ['Fix #3: @ada [skip ci] crashes', 'Fix 3: ada (skip ci) crashes'],
    ['$(touch x) `id` "; rm -rf /', '$(touch x) id "; rm -rf /'],
    ['line\nbreak\u202e', 'line break'],
    ['see https://e.example', 'see https: e.example'],
    ['GH-4 o/r#5', 'GH 4 o/r5'],
    ['x'.repeat(100), `${'x'.repeat(71)}…`],
  ])('%j becomes %j', (text, clean) => {
    expect(cleanTitle(text)).toBe(clean);
  });
});

it('what somebody else has named stands in code, where nothing in it ends the code or is hidden', () => {
  expect(inCode('a`b\u202e<!--\n@x|y')).toBe("`a'b\\u{202e}<! --\\u{a}@x¦y`");
  expect(inCode('x'.repeat(500))).toHaveLength(202);
  expect(inCode('')).toBe('(nothing)');
});

it('a title of one character takes no long time', () => {
  expect(cleanTitle('@'.repeat(1_000_000))).toBe(`${'@'.repeat(71)}…`);
});
