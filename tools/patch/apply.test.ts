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
    expect(told(chunkOf(2, ' a', '-b', '+B'), chunkOf(6, '+new', ' c'))).toEqual(["they now follow 'B'"]);
    expect(told(chunkOf(2, ' b', '+x'), chunkOf(6, '+y', ' c'))).toEqual(["'y' now follows", "they now follow 'x'"]);
    expect(told(chunkOf(2, '-a', ' b'), chunkOf(6, ' c', '+C'))).toEqual(["'d' now follows"]);
  });

  it('need no word where the file ends, context is on both sides, or a header tells', () => {
    for (const chunk of [
      chunkOf(2, ' c', ' d', '+new'),
      chunkOf(2, '+new', ' a'),
      chunkOf(2, ' a', '+new', ' b'),
      chunkOf(2, ' a', '-b'),
      chunkOf(2, ' a', '-b', '-c', '+B', '+C'),
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
