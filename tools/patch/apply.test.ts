import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyChunks } from './apply.ts';
import { joinLines, splitLines } from './lines.ts';
import type { Chunk, ChunkLine } from './parse.ts';

describe('a very long file', () => {
  it('is edited, and a line that it has everywhere is refused', () => {
    const text = `${'x\n'.repeat(300_000)}end\n`;
    const chunkOf = (...chunkLines: ChunkLine[]): Chunk => ({
      headers: [],
      lines: chunkLines,
      endOfFile: false,
      line: 1,
    });
    const edited = applyChunks(text, [chunkOf({ kind: 'remove', text: 'end' })]);
    expect(edited.ok && edited.text.length).toBe(600_000);
    expect(applyChunks(text, [chunkOf({ kind: 'remove', text: 'x' })])).toMatchObject({ ok: false });
  });

  // Quadratic time would be minutes, in which the test is ended.
  it.each([
    [
      'that closes one part after the other',
      '    "p": {\n      "version": 1,\n      "dev": true\n    },\n'.repeat(40_000),
      ['    },'],
      '      "dev": true',
      'at lines 7, 11, 15, 19, 23, 27, 31, 35, 39, 43 and 39989 more',
    ],
    [
      'in itself',
      '  x\n'.repeat(200_000),
      ['x', 'x', 'x'],
      'x',
      'at lines 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 and 199988 more',
    ],
  ])('is looked through under a header %s', (_, text, headers, removed, places) => {
    const lines: ChunkLine[] = [{ kind: 'remove', text: removed }];
    const result = applyChunks(text, [{ headers, lines, endOfFile: false, line: 1 }]);
    expect(result.ok ? [] : result.errors).toEqual([expect.stringContaining(places)]);
  });

  it('is looked through for a long block that stands nearly everywhere', () => {
    const lines = Array.from({ length: 20_000 }, (): ChunkLine[] => [
      { kind: 'remove', text: 'x' },
      { kind: 'add', text: 'y' },
    ]).flat();
    const text = 'x\n'.repeat(100_000) + 'x \n'.repeat(100_000);
    const result = applyChunks(text, [{ headers: [], lines, endOfFile: false, line: 1 }]);
    expect(result.ok ? [] : result.errors).toEqual([expect.stringContaining('and 79991 more')]);
  });
});

describe('new lines at an end of a chunk, without context', () => {
  const chunkOf = (line: number, ...lines: string[]): Chunk => ({
    headers: [],
    endOfFile: false,
    line,
    lines: lines.map((text) => ({
      kind: text[0] === '+' ? 'add' : text[0] === '-' ? 'remove' : 'context',
      text: text.slice(1),
    })),
  });
  const notesOf = (...chunks: Chunk[]) => {
    const result = applyChunks('a\nb\nc\nd\n', chunks);
    return result.ok ? result.notes : result.errors;
  };

  it('are added with a word on what stands beside them', () => {
    expect(notesOf(chunkOf(2, ' a', ' b', '+new'))).toEqual([
      "Chunk 1 (line 2 of the patch) has no context after its new lines: 'c' now follows.",
    ]);
    expect(notesOf(chunkOf(2, '+new', ' b'))).toEqual([
      "Chunk 1 (line 2 of the patch) has no context before its new lines: they now follow 'a'.",
    ]);
    expect(notesOf(chunkOf(2, '+x', ' b', '-c', '+y', '+z'))).toEqual([
      "Chunk 1 (line 2 of the patch) has no context before its new lines: they now follow 'a'; no context after its new lines: 'd' now follows.",
    ]);
  });

  it('are told of as the file is after all chunks', () => {
    const told = (...chunks: Chunk[]) => notesOf(...chunks).map((note) => /: (.*)\.$/.exec(note)?.[1]);
    expect(told(chunkOf(2, ' a', '-b', '+B'), chunkOf(6, '+new', ' c'))).toEqual([
      "'new' now follows",
      "they now follow 'B'",
    ]);
    expect(told(chunkOf(2, ' b', '+x'), chunkOf(6, '+y', ' c'))).toEqual(["'y' now follows", "they now follow 'x'"]);
    expect(told(chunkOf(2, '-a', ' b'), chunkOf(6, ' c', '+C'))).toEqual(["'d' now follows"]);
  });

  it('need no word where the file ends, context is on both sides, or a header tells', () => {
    for (const chunk of [
      chunkOf(2, ' c', ' d', '+new'),
      chunkOf(2, '+new', ' a'),
      chunkOf(2, ' a', '+new', ' b'),
      chunkOf(2, ' a', '-b'),
      chunkOf(2, '-b', '-c', '+B', '+C'),
      { ...chunkOf(2, '+new'), headers: ['b'] },
    ]) {
      expect(notesOf(chunk)).toEqual([]);
    }
  });
});

describe('splitLines', () => {
  it('is undone by joinLines, for any text', () => {
    const text = fc.array(fc.constantFrom('a', '\n', '\r', '\r\n', '\uFEFF', 'é')).map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, (each) => {
        expect(joinLines(splitLines(each))).toBe(each);
      }),
    );
  });
});
