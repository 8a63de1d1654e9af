import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clip } from './clip.ts';

describe('clip', () => {
  it('leaves a text that fits alone', () => {
    expect(clip('12345', 2, 3)).toBeNull();
  });

  it('cuts between lines and counts what it left out', () => {
    const text = Array.from({ length: 100 }, (_, i) => `line ${i}\n`).join('');
    const clipped = clip(text, 50, 50);
    expect(clipped?.head).toBe('line 0\nline 1\nline 2\nline 3\nline 4\nline 5\nline 6\n');
    expect(clipped?.tail).toBe('line 94\nline 95\nline 96\nline 97\nline 98\nline 99\n');
    expect(clipped?.omittedLines).toBe(100 - 7 - 6);
  });

  it('cuts a single long line too', () => {
    expect(clip('x'.repeat(10_000), 10, 20)).toEqual({
      head: 'x'.repeat(10),
      tail: 'x'.repeat(20),
      omittedBytes: 9970,
      omittedLines: 0,
    });
  });

  it('keeps a true head and tail within the limits, whole characters, and a true count, for any text', () => {
    const text = fc.array(fc.constantFrom('a', '\n', 'é', '☃', '😀')).map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, fc.nat(20), fc.nat(20), (each, head, tail) => {
        const clipped = clip(each, head, tail);
        const bytes = Buffer.byteLength(each);
        expect(clipped === null).toBe(bytes <= head + tail);
        if (clipped === null) return;
        expect(each.startsWith(clipped.head) && each.endsWith(clipped.tail)).toBe(true);
        expect(Buffer.byteLength(clipped.head)).toBeLessThanOrEqual(head);
        expect(Buffer.byteLength(clipped.tail)).toBeLessThanOrEqual(tail);
        expect(Buffer.byteLength(clipped.head) + clipped.omittedBytes + Buffer.byteLength(clipped.tail)).toBe(bytes);
      }),
    );
  });
});
