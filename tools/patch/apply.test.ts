import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyChunks } from './apply.ts';
import { joinLines, splitLines } from './lines.ts';
import type { Chunk, ChunkLine } from './parse.ts';
import { parsePatch } from './parse.ts';

/** Few different lines, so that duplicates and look-alikes are common. */
const line = fc.constantFrom('a', 'b', 'c', '', '  a', 'a ', '}', '“a”', '"a"', '@@ x', '*** End Patch', '-b', '+c');
const lines = fc.array(line, { maxLength: 14 });

/** A diff of two lists by their longest common subsequence. */
function diff(before: readonly string[], after: readonly string[]): ChunkLine[] {
  const table = Array.from({ length: before.length + 1 }, () => new Array<number>(after.length + 1).fill(0));
  const at = (i: number, j: number): number => table[i]?.[j] ?? 0;
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      const row = table[i];
      if (row) row[j] = before[i] === after[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const result: ChunkLine[] = [];
  let i = 0;
  let j = 0;
  while (i < before.length || j < after.length) {
    if (i < before.length && j < after.length && before[i] === after[j]) {
      result.push({ kind: 'context', text: before[i++] ?? '' });
      j++;
    } else if (i < before.length && (j === after.length || at(i + 1, j) >= at(i, j + 1))) {
      result.push({ kind: 'remove', text: before[i++] ?? '' });
    } else result.push({ kind: 'add', text: after[j++] ?? '' });
  }
  return result;
}

/** The diff's changes as chunks with `context` lines around each. */
function toChunks(all: readonly ChunkLine[], context: number): Chunk[] {
  const near = all.map((_, index) =>
    all.slice(Math.max(0, index - context), index + context + 1).some((l) => l.kind !== 'context'),
  );
  const chunks: Chunk[] = [];
  all.forEach((each, index) => {
    if (!near[index]) return;
    if (!near[index - 1]) chunks.push({ headers: [], lines: [], endOfFile: false, line: index });
    chunks.at(-1)?.lines.push(each);
  });
  return chunks;
}

const toText = (content: readonly string[], eol: string): string => content.map((each) => each + eol).join('');

describe('applyChunks', () => {
  it('turns the first of two texts into the second, when the chunk holds the whole file', () => {
    fc.assert(
      fc.property(lines, lines, fc.constantFrom('\n', '\r\n'), (before, after, eol) => {
        fc.pre(before.length > 0);
        const [chunk] = toChunks(diff(before, after), 100);
        const result = applyChunks(toText(before, eol), chunk ? [chunk] : []);
        expect(result).toMatchObject({ ok: true, text: toText(after, eol) });
      }),
    );
  });

  it('gives the second text or refuses, but never anything else, when chunks have little context', () => {
    fc.assert(
      fc.property(lines, lines, fc.integer({ min: 1, max: 3 }), (before, after, context) => {
        fc.pre(before.length > 0);
        const result = applyChunks(toText(before, '\n'), toChunks(diff(before, after), context));
        if (result.ok) expect(result.text).toBe(toText(after, '\n'));
        else expect(result.errors.join()).toMatch(/its lines stand at lines/);
      }),
      { numRuns: 500 },
    );
  });

  it('keeps a missing final newline missing', () => {
    fc.assert(
      fc.property(lines, lines, (before, after) => {
        const [from, to] = [
          [...before, 'end'],
          [...after, 'end'],
        ];
        const [chunk] = toChunks(diff(from, to), 100);
        const result = applyChunks(from.join('\n'), chunk ? [chunk] : []);
        expect(result).toMatchObject({ ok: true, text: to.join('\n') });
      }),
    );
  });

  it('survives being written as a patch and parsed again', () => {
    fc.assert(
      fc.property(lines, lines, (before, after) => {
        const [chunk] = toChunks(diff(before, after), 100);
        fc.pre(chunk !== undefined);
        const signs = { context: ' ', remove: '-', add: '+' };
        const body = (chunk?.lines ?? []).map(({ kind, text }) => signs[kind] + text).join('\n');
        const parsed = parsePatch(`*** Begin Patch\n*** Update File: f\n@@\n${body}\n*** End Patch`);
        expect(parsed).toMatchObject({ ok: true, changes: [{ kind: 'update', chunks: [{ lines: chunk?.lines }] }] });
      }),
    );
  });
});

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
