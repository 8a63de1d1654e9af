import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { filesOfPatch } from './patch-files.ts';

let folder: string;
const git = (...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@localhost', ...args], { cwd: folder });
const write = (name: string, text: string | Buffer) => writeFileSync(join(folder, name), text);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'drydock-patch-'));
  git('init', '-q');
  write('changed.py', 'one\ntwo\n');
  write('gone.py', '-- a/fake.py\n');
  write('old name.py', 'the same words\n'.repeat(9));
  write('mode only.sh', 'true\n');
  write('crlf.py', 'a\r\nb\r\n');
  write('picture.png', Buffer.from([0, 1, 2]));
  git('add', '.');
  git('commit', '-qm', 'base');
});
afterEach(() => rmSync(folder, { recursive: true }));

test('the files of a patch that git made, of every kind', () => {
  write('changed.py', 'one\ndiff --git a/x b/x\n++ b/fake.py\n');
  rmSync(join(folder, 'gone.py'));
  renameSync(join(folder, 'old name.py'), join(folder, 'new name.py'));
  chmodSync(join(folder, 'mode only.sh'), 0o755);
  write('crlf.py', 'a\r\nc\r\n');
  write('picture.png', Buffer.from([0, 1, 3]));
  write('added "täst".py', 'x\n');
  write('empty file', '');
  git('add', '-A');
  const patch = git('diff', '--cached', '--binary', '-M');
  const expected = [
    'added "täst".py',
    'changed.py',
    'crlf.py',
    'empty file',
    'gone.py (deleted)',
    'mode only.sh',
    'new name.py',
    'picture.png',
  ];
  const names = (bytes: Buffer) =>
    filesOfPatch(bytes).map(({ path, isDeleted }) => `${path}${isDeleted ? ' (deleted)' : ''}`);
  expect(names(patch).sort()).toEqual(expected);
  expect(names(Buffer.from(patch.toString().replaceAll('\n', '\r\n'))).sort()).toEqual(expected);
  const summary = git('diff', '--cached', '-M');
  expect(names(summary).sort()).toEqual(expected);
});

test('what is no patch has no files', () => {
  expect(filesOfPatch(Buffer.from(''))).toEqual([]);
  expect(filesOfPatch(Buffer.from('+++ b/x\n'))).toEqual([]);
});
