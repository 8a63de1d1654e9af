import fc from 'fast-check';
import { expect, test } from 'vitest';
import { plainLine } from './plain-line.ts';

test('whatever is said becomes one short line without control characters', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 600 }), (text) => {
      const line = plainLine(text);
      expect(line).not.toMatch(/[\p{Cc}\u2028-\u202e\u2066-\u2069]/u);
      expect(line.length).toBeLessThanOrEqual(400);
    }),
  );
});

test('colours, titles and line breaks go, and the words stay', () => {
  expect(plainLine('\x1b[31mno\x1b[0m\r\n\x1b]0;title\x07 \u202eway\t!')).toBe('no way !');
});
