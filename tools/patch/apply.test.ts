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
