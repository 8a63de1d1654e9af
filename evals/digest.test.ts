import { chmod, mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { digestFolder, digestOf, folderEntries } from './digest.ts';
import { TaskError } from './task.ts';

describe('the digest of a value', () => {
  test('does not depend on the order of keys, at any depth', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.dictionary(fc.string(), fc.jsonValue())), (value) => {
        const turned = Object.fromEntries(
          Object.entries(value)
            .reverse()
            .map(([key, inner]) => [key, Object.fromEntries(Object.entries(inner).reverse())]),
        );
        expect(digestOf(turned)).toBe(digestOf(value));
      }),
    );
  });

  test('differs where the values differ as JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        fc.pre(JSON.stringify(a) !== JSON.stringify(b) && !JSON.stringify([a, b]).includes('{'));
        expect(digestOf(a)).not.toBe(digestOf(b));
      }),
    );
  });

  test('a key without a value does not count, and null does', () => {
    expect(digestOf({ a: 1, b: undefined })).toBe(digestOf({ a: 1 }));
    expect(digestOf({ a: 1, b: null })).not.toBe(digestOf({ a: 1 }));
  });

  test('bytes count by their content, and are neither text nor an array', () => {
    expect(digestOf(Buffer.from('ab'))).toBe(digestOf(new Uint8Array([97, 98])));
    expect(digestOf(Buffer.from('ab'))).not.toBe(digestOf(Buffer.from('ac')));
    expect(digestOf(Buffer.from('ab'))).not.toBe(digestOf('ab'));
    expect(digestOf(Buffer.from('ab'))).not.toBe(digestOf([97, 98]));
  });

  test.each([
    ['a Map', { list: [new Map()] }],
    ['a Date', { list: [new Date(0)] }],
    ['a number that JSON has not', { list: [Number.NaN] }],
    ['a function', { list: [() => 1] }],
  ])('%s is refused by its place', (_, value) => {
    expect(() => digestOf(value)).toThrow(/^no digest can be made of \$\.list\[0\]: /);
  });
});

describe('the digest of a folder', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'drydock-digest-'));
    await mkdir(join(folder, 'a'));
    await writeFile(join(folder, 'a', 'one.txt'), 'one');
    await writeFile(join(folder, 'run.sh'), 'echo', { mode: 0o755 });
    await symlink('a/one.txt', join(folder, 'link'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  test('names files, programs and links by path', async () => {
    expect((await folderEntries(folder)).map(({ path, kind }) => `${kind} ${path}`)).toEqual([
      'file a/one.txt',
      'link link',
      'executable run.sh',
    ]);
  });

  test.each<[string, (folder: string) => Promise<unknown>]>([
    ['a byte', (at) => writeFile(join(at, 'a', 'one.txt'), 'onE')],
    ['a name', (at) => rename(join(at, 'a', 'one.txt'), join(at, 'a', 'two.txt'))],
    ['an executable bit', (at) => chmod(join(at, 'run.sh'), 0o644)],
    ['a new file', (at) => writeFile(join(at, 'new'), '')],
    [
      'where a link points to',
      async (at) => {
        await rm(join(at, 'link'));
        await symlink('a', join(at, 'link'));
      },
    ],
    [
      'a link in place of a file with the same bytes',
      async (at) => {
        await rm(join(at, 'link'));
        await writeFile(join(at, 'link'), 'a/one.txt');
      },
    ],
  ])('changes with %s', async (_, change) => {
    const before = await digestFolder(folder);
    await change(folder);
    expect(await digestFolder(folder)).not.toBe(before);
  });

  test('does not change with times, other bits of a mode, or empty folders', async () => {
    const before = await digestFolder(folder);
    await chmod(join(folder, 'run.sh'), 0o700);
    await mkdir(join(folder, 'empty'));
    await writeFile(join(folder, 'a', 'one.txt'), 'one');
    expect(await digestFolder(folder)).toBe(before);
  });

  test('is that of the folder which a link names', async () => {
    const link = `${folder}-link`;
    await symlink(folder, link);
    try {
      expect(await digestFolder(link)).toBe(await digestFolder(folder));
    } finally {
      await rm(link);
    }
  });

  test('of some files leaves the others out', async () => {
    const before = await digestFolder(folder, ['a']);
    await writeFile(join(folder, 'run.sh'), 'changed');
    expect(await digestFolder(folder, ['a'])).toBe(before);
    expect((await folderEntries(folder, ['a', 'a/one.txt'])).length).toBe(1);
  });

  test('a path that is not there is an error with its name', async () => {
    await expect(digestFolder(join(folder, 'gone'))).rejects.toThrow(TaskError);
    await expect(digestFolder(folder, ['gone'])).rejects.toThrow(`${folder}/gone: ENOENT`);
  });
});
