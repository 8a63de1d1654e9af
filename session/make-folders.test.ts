import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { makeFolders } from './make-folders.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'drydock-folders-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

it('makes what is missing, with the mode, and takes what is there', async () => {
  const path = join(dir, 'a/b/c');
  await Promise.all([makeFolders(path, 0o700), makeFolders(path, 0o700)]);
  await makeFolders(path, 0o700);
  expect([path, join(dir, 'a')].map((each) => statSync(each).mode & 0o777)).toEqual([0o700, 0o700]);
  await makeFolders('/');
  mkdirSync(join(dir, 'real'));
  symlinkSync('real', join(dir, 'link'));
  await makeFolders(join(dir, 'link/below'));
  expect(statSync(join(dir, 'real/below')).isDirectory()).toBe(true);
});

it('refuses a path that is a file, or below one', async () => {
  writeFileSync(join(dir, 'file'), '');
  await expect(makeFolders(join(dir, 'file'))).rejects.toMatchObject({ code: 'EEXIST' });
  await expect(makeFolders(join(dir, 'file/a/b'))).rejects.toMatchObject({ code: 'ENOTDIR' });
});

it.skipIf(process.platform !== 'linux')('comes to an end where a folder takes no others', async () => {
  await expect(makeFolders('/proc/drydock')).rejects.toMatchObject({ code: 'ENOENT' });
  await expect(makeFolders('/proc/drydock/a/b')).rejects.toMatchObject({ code: 'ENOENT' });
});
