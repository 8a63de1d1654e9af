import { expect, it } from 'vitest';
import { encodeLine } from './json-line.ts';

it('a line of JSON has no control character but its line feed, and reads back as it was', () => {
  const all = Array.from({ length: 0x100 }, (_, code) => String.fromCharCode(code)).join('');
  const line = encodeLine({ all });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about.
  expect(line.slice(0, -1)).not.toMatch(/[\x00-\x1f\x7f-\x9f]/);
  expect(line.at(-1)).toBe('\n');
  expect(JSON.parse(line)).toEqual({ all });
});
