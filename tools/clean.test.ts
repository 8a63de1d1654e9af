import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanOutput } from './clean.ts';

describe('cleanOutput', () => {
  it.each([
    ['colours', '\x1b[1;31merror\x1b[0m: no', 'error: no'],
    ['24-bit colours', '\x1b[38;2;1;2;3mx\x1b[m', 'x'],
    ['a line that was erased', 'a\x1b[2K\x1b[1Ab\x1b[?25l', 'b'],
    ['a spinner that goes to the first column', '|\x1b[1G\x1b[0K/\x1b[G\x1b[Kdone\n', 'done\n'],
    [
      'bars in several lines that are redrawn',
      'a 1%\nb 1%\n\x1b[2Aa 99%\x1b[K\r\nb 99%\x1b[K\r\nend',
      'a 99%\nb 99%\nend',
    ],
    ['lines below that are erased', 'a\nbar\nbar\x1b[1A\r\x1b[Jend', 'a\nend'],
    ['a cleared screen, whose text stays', 'error\n\x1b[2J\x1b[Hwatching', 'error\nwatching'],
    ['colour behind a return, which draws nothing', '100%\r\x1b[0m\n', '100%\n'],
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
      .array(
        fc.constantFrom(
          'a',
          '\x1b',
          '[',
          ']',
          '\r',
          '\n',
          '\b',
          ';',
          'm',
          'A',
          'K',
          'J',
          '2',
          '\x1b[2A',
          '\x07',
          '\x9b',
          '\x80',
          '\t',
        ),
      )
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

describe('a recording of', () => {
  const recordings = join(import.meta.dirname, 'clean-recordings');
  it.each([
    [
      'cargo build',
      'cargo',
      [
        '   Compiling demo v0.1.0 (/src/demo)',
        '    Finished `dev` profile [unoptimized + debuginfo] target(s) in 6.35s',
      ],
    ],
    ['npm view', 'npm', ['1.3.0']],
    [
      'pip’s progress bars',
      'pip',
      [
        'a line above',
        'Downloading a  100% 0:00:00',
        'Downloading b  100% 0:00:00',
        'Successfully installed a-1.0 b-2.0',
      ],
    ],
    [
      'git clone',
      'git',
      [
        "Cloning into 'c'...",
        'remote: Enumerating objects: 2812, done.',
        'remote: Counting objects: 100% (2812/2812), done.',
        'remote: Compressing objects: 100% (2499/2499), done.',
        'remote: Total 2812 (delta 1423), reused 0 (delta 0), pack-reused 0',
        'Receiving objects: 100% (2812/2812), 1.06 MiB | 3.86 MiB/s, done.',
        'Resolving deltas: 100% (1423/1423), done.',
      ],
    ],
  ])('%s on a terminal shows each line as it was last', (_, name, lines) => {
    const raw = readFileSync(join(recordings, `${name}.txt`), 'utf8');
    expect(
      cleanOutput(raw)
        .trimEnd()
        .split('\n')
        .map((line) => line.trimEnd()),
    ).toEqual(lines);
  });
});
