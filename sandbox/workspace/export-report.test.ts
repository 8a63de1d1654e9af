import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseExport, unquotePath } from './export-report.ts';

const ID = 'a'.repeat(40);
const GOOD = `flattened "a b\\n/"\nskipped x y\tPermission denied\ntree ${ID}\nas new\nexported\n`;

test('a full answer is read, with quoted paths as they are', () => {
  expect(parseExport(GOOD)).toEqual({
    tree: ID,
    as: 'new',
    flattened: ['a b\n/'],
    skipped: [{ path: 'x y', reason: 'Permission denied' }],
  });
});

test('an answer that is cut, malformed or a refusal is an error that says so', () => {
  for (const text of [
    '',
    GOOD.replace('exported\n', ''),
    GOOD.replace('as new', 'as ever'),
    GOOD.replaceAll(ID, 'HEAD'),
  ]) {
    expect(() => parseExport(text)).toThrow(/cut short|malformed/);
  }
  expect(() => parseExport('error damaged the folder is gone\n')).toThrow('the folder is gone');
  expect(() => parseExport(GOOD.replace(`tree ${ID}\n`, ''))).toThrow('(tree)');
});

test('every path that is quoted as git does it comes back', () => {
  const quote = (text: string) =>
    `"${[...Buffer.from(text)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('')}"`;
  fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => unquotePath(quote(text)) === text));
  expect(unquotePath('"\\a\\b\\t\\n\\v\\f\\r\\"\\\\é"')).toBe('\x07\b\t\n\v\f\r"\\é');
});
