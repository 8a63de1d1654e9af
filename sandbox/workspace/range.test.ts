import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bundleSingleCommit } from './bundle.ts';
import { patchOfChanges, readRange, readRangeFile } from './range.ts';
import { inspectRepository } from './repository.ts';

let dir: string;
let source: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'range-'));
  source = join(dir, 'source');
  mkdirSync(source);
  git('init', '-q', '-b', 'main');
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const gitAt = (at: string, args: string[], input?: Buffer) =>
  execFileSync(
    'git',
    ['-c', 'core.safecrlf=false', '-c', 'user.name=A', '-c', 'user.email=a@localhost', '-C', at, ...args],
    { input },
  );
const git = (...args: string[]) => gitAt(source, args).toString().trim();

function commit(message: string, files: Record<string, string | Buffer | null>): string {
  for (const [path, data] of Object.entries(files)) {
    if (data === null) rmSync(join(source, path), { recursive: true });
    else writeFileSync(join(source, path), data);
  }
  git('add', '-A');
  git('commit', '-qm', message);
  return git('rev-parse', 'HEAD');
}

const read = async (range: string) => readRange(await inspectRepository(source, process.env), range);

/** A base and a fix with every kind of change between them. */
function hardChange(): { base: string; fix: string } {
  mkdirSync(join(source, 'folder'));
  writeFileSync(join(source, 'folder/file'), 'in a folder\n');
  symlinkSync('old', join(source, 'link'));
  const base = commit('base', {
    ...{ '.gitattributes': '*.txt text eol=crlf diff=odd\n', 'a.txt': 'one\ntwo\n', 'gone.py': 'x\n' },
    ...{ 'run.sh': '#!/bin/sh\n', 'bytes.bin': Buffer.from([0, 1, 2]), 'no newline': 'a' },
  });
  chmodSync(join(source, 'run.sh'), 0o755);
  rmSync(join(source, 'link'));
  symlinkSync('new', join(source, 'link'));
  commit('first\n\nmore of it', { 'a.txt': 'one\nthree\n', 'gone.py': null, folder: null });
  const files = {
    'bytes.bin': Buffer.from([255, 0, 254]),
    'no newline': 'b',
    folder: 'a file now\n',
    'é".txt': 'new\n',
  };
  return { base, fix: commit('second', files) };
}

describe('readRange', () => {
  it('gives the messages between base and fix, the oldest first, and the changed files with their modes', async () => {
    const { base, fix } = hardChange();
    const range = await read(`${base}..${fix}`);
    expect(range).toMatchObject({ base, fix, messages: ['first\n\nmore of it', 'second'] });
    expect(range.changes.map(({ path, before, after }) => `${before?.mode} ${after?.mode} ${path}`)).toEqual([
      '100644 100644 a.txt',
      '100644 100644 bytes.bin',
      'undefined 100644 folder',
      '100644 undefined folder/file',
      '100644 undefined gone.py',
      '120000 120000 link',
      '100644 100644 no newline',
      '100644 100755 run.sh',
      'undefined 100644 é".txt',
    ]);
    const bytes = range.changes.find(({ path }) => path === 'bytes.bin')?.after;
    const repository = await inspectRepository(source, process.env);
    expect(bytes && (await readRangeFile(repository, bytes))).toEqual(Buffer.from([255, 0, 254]));
  });

  it('takes one commit for itself and its parent, and HEAD for a side that is left out', async () => {
    const { base, fix } = hardChange();
    expect(await read(fix)).toMatchObject({ base: git('rev-parse', 'HEAD^'), fix });
    expect(await read(`${base}..`)).toMatchObject({ base, fix });
  });

  it.each([
    ['nowhere', 'has no commit nowhere'],
    ['HEAD..--all', 'has no commit --all'],
    ['a..b..c', 'a..b..c is no range'],
    ['HEAD...main', 'HEAD...main is no range of a base and a fix'],
    ['HEAD~2', 'it has no parent'],
  ])('refuses %s', async (range, message) => {
    hardChange();
    await expect(read(range)).rejects.toThrow(message);
  });

  it('refuses names that are not plain text', async () => {
    commit('base', { a: '' });
    commit('fix', { 'line\nbreak': '' });
    await expect(read('HEAD')).rejects.toThrow('changes "line\\nbreak", a name that is not plain text');
  });
});

describe('patchOfChanges', () => {
  it('turns the base into the fix when it is of all changes', async () => {
    const { base, fix } = hardChange();
    const { changes } = await read(`${base}..${fix}`);
    const repository = await inspectRepository(source, process.env);
    const patch = await patchOfChanges(repository, base, changes, dir);
    git('read-tree', base);
    gitAt(source, ['apply', '--cached', '-'], patch);
    expect(git('write-tree')).toBe(git('rev-parse', `${fix}^{tree}`));
  });

  it('is of the chosen changes only', async () => {
    const { base, fix } = hardChange();
    const changes = (await read(`${base}..${fix}`)).changes.filter(({ path }) => path === 'run.sh');
    const patch = await patchOfChanges(await inspectRepository(source, process.env), base, changes, dir);
    expect(patch.toString()).toBe('diff --git a/run.sh b/run.sh\nold mode 100644\nnew mode 100755\n');
  });

  it('writes nothing into the repository', async () => {
    const { base, fix } = hardChange();
    const before = git('count-objects', '-v');
    const { changes } = await read(`${base}..${fix}`);
    await patchOfChanges(await inspectRepository(source, process.env), base, changes.slice(0, 2), dir);
    expect(git('count-objects', '-v')).toBe(before);
  });
});

describe('bundleSingleCommit', () => {
  it('has one commit with the files of the base, and no object of another', async () => {
    const { base } = hardChange();
    git('tag', 'later');
    const bundle = join(dir, 'repo.bundle');
    const made = await bundleSingleCommit(bundle, { kind: 'repository', path: source, commit: base }, process.env);
    const clone = join(dir, 'clone');
    execFileSync('git', ['clone', '-q', '-b', 'main', bundle, clone]);
    expect(gitAt(clone, ['log', '--all', '--format=%H%P']).toString()).toBe(`${made}\n`);
    expect(gitAt(clone, ['rev-parse', 'HEAD^{tree}']).toString().trim()).toBe(git('rev-parse', `${base}^{tree}`));
    const objects = gitAt(clone, ['cat-file', '--batch-all-objects', '--batch-check=%(objectname)']).toString();
    expect(
      objects
        .split('\n')
        .filter((id) => id !== '')
        .sort(),
    ).toEqual(
      [
        made,
        ...git('rev-list', '--objects', `${base}^{tree}`)
          .split('\n')
          .map((line) => line.slice(0, 40)),
      ].sort(),
    );
  });

  it('gives the same bytes for the same files', async () => {
    const { base } = hardChange();
    const from = { kind: 'repository' as const, path: source, commit: base };
    const [first, second] = [join(dir, 'a.bundle'), join(dir, 'b.bundle')];
    await bundleSingleCommit(first, from, process.env);
    await bundleSingleCommit(second, from, process.env);
    expect(execFileSync('cmp', [first, second]).length).toBe(0);
  });
});
