import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLines, MARK } from './lines.ts';

function read(pieces: readonly Buffer[], maxBytes = 1000) {
  const lines: string[] = [];
  const words: string[] = [];
  const reader = createLines(
    maxBytes,
    (line) => lines.push(line),
    (text) => words.push(text),
  );
  const fits = pieces.map((piece) => {
    const ok = reader.push(piece);
    piece.fill(0); // As a lane does with what it has handed over.
    return ok;
  });
  return { lines, words, fits: fits.every(Boolean) };
}

describe('what a server writes', () => {
  it('is the same however it is cut into pieces', () => {
    const text = `one\n\ntwö\n${MARK}on\nstderr${MARK}\nthree\nunfinished`;
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), (sizes) => {
        const bytes = Buffer.from(text);
        const pieces: Buffer[] = [];
        for (let at = 0, turn = 0; at < bytes.length; turn++) {
          const size = sizes[turn % sizes.length] ?? 1;
          pieces.push(Buffer.from(bytes.subarray(at, at + size)));
          at += size;
        }
        expect(read(pieces)).toEqual({ lines: ['one', 'twö', 'three'], words: ['on\nstderr'], fits: true });
      }),
    );
  });

  it('is refused where a line is too long, whether it has ended or not', () => {
    expect(read([Buffer.from(`${'x'.repeat(11)}\n`)], 10).fits).toBe(false);
    expect(read([Buffer.from('x'.repeat(6)), Buffer.from('x'.repeat(6))], 10).fits).toBe(false);
    expect(read([Buffer.from(`${'x'.repeat(10)}\n${'x'.repeat(10)}\n`)], 10).fits).toBe(true);
  });
});
