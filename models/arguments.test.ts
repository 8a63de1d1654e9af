import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isTooDeep, MAX_NESTING, parseArguments } from './arguments.ts';

const nested = (depth: number) => `${'[{"a":'.repeat(depth / 2)}1${'}]'.repeat(depth / 2)}`;

it('arguments are too deep where they are nested more than so often, and what stands in texts is no nesting', () => {
  expect(isTooDeep(nested(MAX_NESTING))).toBe(false);
  expect(isTooDeep(nested(MAX_NESTING + 2))).toBe(true);
  expect(isTooDeep(JSON.stringify({ text: `"\\${'['.repeat(1000)}` }))).toBe(false);
  expect(isTooDeep(`["\\\\", ${nested(MAX_NESTING)}]`)).toBe(true);
  expect(() => parseArguments(nested(100_000))).toThrow(SyntaxError);
});

it('arguments that are not too deep are read as JSON is', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      expect(parseArguments(text)).toEqual(JSON.parse(text));
    }),
  );
});
