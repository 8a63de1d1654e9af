import fc from 'fast-check';
import { get_encoding } from 'tiktoken';
import { describe, expect, it } from 'vitest';
import { MAKERS, randomFrom } from '../bench/texts.ts';
import { estimateTokens } from './index.ts';

/** Words, numbers, marks, blanks, scripts and noise, so that pieces are cut everywhere. */
const anyText = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 12 }),
      fc.string({ unit: fc.constantFrom(...'abcdefXYZ0189'), maxLength: 40 }),
      fc.string({ unit: fc.constantFrom(...' \n\t'), maxLength: 12 }),
      fc.string({ unit: fc.constantFrom(...'-=*/"(){};'), maxLength: 12 }),
      fc.constantFrom('getUserName', ' the', '日本語', 'привет', ' العربية', '👩‍💻', '\r\n', '.test.ts', 'LONG_NAME'),
    ),
    { maxLength: 30 },
  )
  .map((parts) => parts.join(''));

/** What a cut through a word, a run of marks or random letters may change. */
const FEW_TOKENS = 8;

describe('the estimate of a text’s tokens', () => {
  it('is zero for an empty text only', () => {
    expect(estimateTokens('')).toBe(0);
    fc.assert(fc.property(fc.string({ unit: 'binary', minLength: 1 }), (text) => estimateTokens(text) > 0));
  });

  it('is the same, to a few tokens, for a text and for its two parts', () => {
    fc.assert(
      fc.property(anyText, anyText, (a, b) => {
        const parts = estimateTokens(a) + estimateTokens(b);
        expect(Math.abs(estimateTokens(a + b) - parts)).toBeLessThanOrEqual(FEW_TOKENS);
      }),
      { numRuns: 2000 },
    );
  });

  it('is never less for a text than for its beginning, to a few tokens', () => {
    fc.assert(
      fc.property(anyText, fc.nat(), (text, cut) => {
        const beginning = text.slice(0, cut % (text.length + 1));
        expect(estimateTokens(text)).toBeGreaterThanOrEqual(estimateTokens(beginning) - FEW_TOKENS);
      }),
      { numRuns: 2000 },
    );
  });

  const o200k = get_encoding('o200k_base');

  it.each([
    ['the name of a variable', 'const'],
    ['a word with its blank', ' function'],
    ['an indentation', `\n${' '.repeat(16)}x`],
    ['digits, in threes', '1234567'],
    ['the parts of a name', 'getUserName'],
    ['a closing with its line end', '});\n'],
    ['a rule of one mark', '-'.repeat(12)],
  ])('counts %s as a tokenizer cuts it', (_, text) => {
    expect(estimateTokens(text)).toBe(o200k.encode_ordinary(text).length);
  });

  it.each(Object.keys(MAKERS))('is within a tenth of o200k_base on %s', (kind) => {
    const random = randomFrom(7);
    const text = Array.from({ length: 10 }, () => MAKERS[kind]?.(random, 4000) ?? '').join('\n');
    const tokens = o200k.encode_ordinary(text).length;
    expect(tokens).toBeGreaterThan(3000);
    expect(Math.abs(estimateTokens(text) / tokens - 1)).toBeLessThan(0.1);
  });
});
