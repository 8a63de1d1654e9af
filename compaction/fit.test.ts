import fc from 'fast-check';
import { expect, it } from 'vitest';
import { clipLine, fitEnd, oneLine } from './fit.ts';

const text = fc.string({ unit: 'binary', maxLength: 200 });

it('takes as many whole characters as fit', () => {
  fc.assert(
    fc.property(text, fc.nat(40), (whole, maxBytes) => {
      const end = fitEnd(whole, 0, maxBytes);
      expect(Buffer.byteLength(whole.slice(0, end))).toBeLessThanOrEqual(maxBytes);
      const next = String.fromCodePoint(whole.codePointAt(end) ?? 0);
      if (end < whole.length) expect(Buffer.byteLength(whole.slice(0, end) + next)).toBeGreaterThan(maxBytes);
    }),
  );
});

it('clips a line around a place, in at most so many bytes', () => {
  const clipped = clipLine(`${'é'.repeat(500)}HERE${'é'.repeat(500)}`, 0, 1004, 200, 500);
  expect(clipped).toMatch(/^…é+HEREé*…$/);
  fc.assert(
    fc.property(text, fc.nat(200), fc.integer({ min: 10, max: 80 }), (line, at, maxBytes) => {
      expect(Buffer.byteLength(clipLine(line, 0, line.length, maxBytes, at))).toBeLessThanOrEqual(maxBytes);
    }),
  );
});

it('makes one line of several', () => {
  expect(oneLine(' a\n\tb\r\nc ', 100)).toBe('a b c');
});
