import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { makeSingleCommit } from './single-commit.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'single-commit-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const git = (at: string, ...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=A', '-c', 'user.email=a@localhost', '-C', at, ...args]).toString();

function folderWithTraps(): string {
  const files = join(dir, 'files');
  mkdirSync(files);
  writeFileSync(join(files, '.gitattributes'), '* text=auto eol=crlf filter=evil\n');
  writeFileSync(join(files, '.gitignore'), 'ignored.txt\n');
  writeFileSync(join(files, 'ignored.txt'), 'kept\n');
  writeFileSync(join(files, 'crlf.txt'), 'a\r\nb\r\n');
  writeFileSync(join(files, 'run.sh'), '#!/bin/sh\n');
  chmodSync(join(files, 'run.sh'), 0o755);
  return files;
}

it('takes the files of a folder byte for byte, ignored ones too', async () => {
  const repository = await makeSingleCommit(
    join(dir, 'base.git'),
    { kind: 'folder', path: folderWithTraps() },
    process.env,
  );
  const at = repository.gitDir;
  expect(git(at, 'ls-tree', '-r', 'HEAD').replaceAll(/[0-9a-f]{40}/g, 'ID')).toMatchInlineSnapshot(`
    "100644 blob ID	.gitattributes
    100644 blob ID	.gitignore
    100644 blob ID	crlf.txt
    100644 blob ID	ignored.txt
    100755 blob ID	run.sh
    "
  `);
  expect(git(at, 'cat-file', 'blob', 'HEAD:crlf.txt')).toBe('a\r\nb\r\n');
  expect(git(at, 'log', '--format=%P', 'HEAD').trim()).toBe('');
});

it('gives the same commit for the same files', async () => {
  const source = { kind: 'folder' as const, path: folderWithTraps() };
  const first = await makeSingleCommit(join(dir, 'a.git'), source, process.env);
  const second = await makeSingleCommit(join(dir, 'b.git'), source, process.env);
  expect(second.head).toBe(first.head);
});

function historyOfThree(): { repository: string; commits: string[] } {
  const repository = join(dir, 'source');
  mkdirSync(repository);
  git(repository, 'init', '-q', '-b', 'main');
  const commits = ['one', 'two', 'three'].map((text) => {
    writeFileSync(join(repository, 'file.txt'), text);
    git(repository, 'add', '-A');
    git(repository, 'commit', '-qm', text);
    return git(repository, 'rev-parse', 'HEAD').trim();
  });
  git(repository, 'tag', 'v3');
  return { repository, commits };
}

it('has the files of a commit, and no way to what came before or after', async () => {
  const { repository, commits } = historyOfThree();
  const source = { kind: 'repository' as const, path: repository, commit: commits[1] ?? '' };
  const made = await makeSingleCommit(join(dir, 'base.git'), source, process.env);
  expect(git(made.gitDir, 'cat-file', 'blob', 'HEAD:file.txt')).toBe('two');
  expect(git(made.gitDir, 'rev-list', '--all', '--count').trim()).toBe('1');
  expect(git(made.gitDir, 'tag')).toBe('');
});

it('reads a bundle', async () => {
  const { repository, commits } = historyOfThree();
  const bundle = join(dir, 'repo.bundle');
  git(repository, 'bundle', 'create', '-q', bundle, 'main');
  const source = { kind: 'bundle' as const, path: bundle, commit: commits[0] ?? '' };
  const made = await makeSingleCommit(join(dir, 'base.git'), source, process.env);
  expect(git(made.gitDir, 'cat-file', 'blob', 'HEAD:file.txt')).toBe('one');
});

it('says which commit of which repository is not there', async () => {
  const { repository } = historyOfThree();
  const source = { kind: 'repository' as const, path: repository, commit: 'f'.repeat(40) };
  const made = makeSingleCommit(join(dir, 'base.git'), source, process.env);
  await expect(made).rejects.toThrow(`${'f'.repeat(40)} of ${repository} cannot be read`);
  expect(existsSync(repository)).toBe(true);
});
