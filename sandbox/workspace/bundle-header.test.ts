import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type BundleHeader, parseBundleHeader, readBundle } from './bundle-header.ts';
import { temporaryFolder } from './fixtures.ts';

const A = 'a'.repeat(40);
const B = 'b'.repeat(40);
const parse = (text: string) => parseBundleHeader(Buffer.from(text, 'latin1'));
const V2 = '# v2 git bundle\n';

test('prerequisites, refs and the place of the pack are read', () => {
  const header = `${V2}-${B} a subject: \xff\n-${A}\n${A} refs/heads/main\n${B} refs/tags/v1\n\n`;
  expect(parse(`${header}PACK...`)).toEqual({
    objectFormat: 'sha1',
    prerequisites: [B, A],
    refs: [
      { name: 'refs/heads/main', commit: A },
      { name: 'refs/tags/v1', commit: B },
    ],
    packOffset: header.length,
  } satisfies BundleHeader);
});

test('version 3 with longer ids is read, and with any other capability is not', () => {
  const long = 'c'.repeat(64);
  const v3 = '# v3 git bundle\n';
  expect(parse(`${v3}@object-format=sha256\n${long} refs/heads/main\n\nPACK`)).toMatchObject({
    objectFormat: 'sha256',
  });
  expect(parse(`${v3}@filter=blob:none\n${A} refs/heads/main\n\nPACK`)).toContain('no known kind');
  expect(parse(`${V2}@object-format=sha256\n${long} refs/heads/main\n\nPACK`)).toContain('no known kind');
});

test.each([
  ['nothing', '', 'does not end'],
  ['text', 'hello\n\nPACK', 'does not begin'],
  ['a header without its empty line', `${V2}${A} refs/heads/main\n`, 'does not end'],
  ['a last line without a break', `${V2}${A} refs/heads/main`, 'does not end'],
  ['no pack', `${V2}${A} refs/heads/main\n\nPAC`, 'no pack'],
  ['no ref', `${V2}-${A}\n\nPACK`, 'no ref'],
  ['carriage returns', `# v2 git bundle\r\n${A} refs/heads/main\r\n\nPACK`, 'does not begin'],
  ['a short id', `${V2}${A.slice(1)} refs/heads/main\n\nPACK`, 'no known kind'],
  ['a long id', `${V2}${A}a refs/heads/main\n\nPACK`, 'no known kind'],
  ['capital digits', `${V2}${A.toUpperCase()} refs/heads/main\n\nPACK`, 'no known kind'],
  ['a prerequisite after a ref', `${V2}${A} refs/heads/main\n-${B}\n\nPACK`, 'after a ref'],
  ['a ref twice', `${V2}${A} refs/heads/main\n${B} refs/heads/main\n\nPACK`, 'twice'],
  ['a name without a ref', `${V2}${A}\n\nPACK`, 'with the name'],
  ['another version', `# v4 git bundle\n${A} refs/heads/main\n\nPACK`, 'does not begin'],
])('%s is no bundle', (_, text, why) => expect(parse(text)).toContain(why));

test.each([
  'HEAD',
  'main',
  'refs/heads/../x',
  'refs/heads/a b',
  'refs/heads/a\0b',
  '../../etc/passwd',
  'refs/heads/x.lock',
  '-x',
  'refs/heads/\xe9',
  '/refs/heads/a',
])('a ref with the name %j is refused', (name) =>
  expect(parse(`${V2}${A} ${name}\n\nPACK`)).toContain('with the name'),
);

test('a header of thousands of refs is refused without being read to its end', async () => {
  const file = join(temporaryFolder(), 'large.bundle');
  const lines = Array.from({ length: 5000 }, (_, index) => `${A} refs/heads/b${index}\n`);
  writeFileSync(file, `${V2}${lines.join('')}\nPACK`);
  await expect(readBundle(file)).rejects.toMatchObject({
    kind: 'bundle',
    message: expect.stringContaining('longer than 65536'),
  });
});

test('a file that is not there is named', async () => {
  const file = join(temporaryFolder(), 'none.bundle');
  await expect(readBundle(file)).rejects.toMatchObject({ kind: 'bundle', message: expect.stringContaining(file) });
});

test('a header that is cut anywhere is refused', () => {
  const whole = `${V2}-${B} why\n${A} refs/heads/main\n\nPACK`;
  for (let length = 0; length < whole.length; length++) expect(typeof parse(whole.slice(0, length))).toBe('string');
  expect(parse(whole)).toMatchObject({ prerequisites: [B] });
});

test('what is written is what is read, and any bytes at all give an answer', () => {
  const id = fc.stringMatching(/^[0-9a-f]{40}$/);
  const names = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,8}(\/[a-z]{1,8})?$/), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(
      fc.array(id, { maxLength: 4 }),
      names,
      id,
      fc.uint8Array({ maxLength: 40 }),
      (before, found, commit, noise) => {
        const refs = found.map((name) => ({ name: `refs/heads/${name}`, commit }));
        const lines = [...before.map((one) => `-${one} x\n`), ...refs.map((ref) => `${ref.commit} ${ref.name}\n`)];
        const header = `${V2}${lines.join('')}\n`;
        const bytes = Buffer.concat([Buffer.from(`${header}PACK`), noise]);
        expect(parseBundleHeader(bytes)).toEqual({
          objectFormat: 'sha1',
          prerequisites: before,
          refs,
          packOffset: header.length,
        });
        const at = noise[0] ?? 0;
        expect(() =>
          parseBundleHeader(Buffer.concat([bytes.subarray(0, at), noise, bytes.subarray(at)])),
        ).not.toThrow();
      },
    ),
    { numRuns: 50 },
  );
});
