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
});

describe('new lines with context on one side', () => {
  const notesOf = (...lines: ChunkLine[]) => {
    const result = applyChunks('a\nb\nc\n', [{ headers: [], lines, endOfFile: false, line: 2 }]);
    return result.ok ? result.notes : result.errors;
  };
  const [add, a, b, c] = [
    { kind: 'add', text: 'new' } as const,
    ...['a', 'b', 'c'].map((text) => ({ kind: 'context', text }) as const),
  ];

  it('are added with a word on what they are between', () => {
    if (!add || !a || !b) throw new Error('there are lines');
    const after =
      "Chunk 1 (line 2 of the patch) has no context after its new lines: they now stand between 'b' and 'c'.";
    expect(notesOf(a, b, add)).toEqual([after]);
    expect(notesOf(add, b)).toEqual([after.replace('after', 'before').replace("'b' and 'c'", "'a' and 'b'")]);
  });

  it('are added without one where the file has no other side, or a removed line tells', () => {
    if (!add || !a || !b || !c) throw new Error('there are lines');
    for (const lines of [
      [b, c, add],
      [add, a],
      [a, { ...b, kind: 'remove' } as const, add],
      [a, add, b],
    ]) {
      expect(notesOf(...lines)).toEqual([]);
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
