import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { listTree, makeRepository, plainGit, type Session, showFile, startSession, writeFiles } from './fixtures.ts';

const FILES = { 'a.txt': 'one\n', 'src/b.txt': 'two\n', '.gitignore': 'ignored/\n*.log\n', 'kept.log': 'tracked\n' };

async function start(): Promise<{ session: Session; git: (...args: string[]) => string }> {
  const user = makeRepository({
    'a.txt': FILES['a.txt'],
    'src/b.txt': FILES['src/b.txt'],
    'kept.log': FILES['kept.log'],
  });
  writeFiles(user.root, { '.gitignore': FILES['.gitignore'] });
  plainGit(user.root, user.env, 'add', '-A');
  plainGit(user.root, user.env, 'commit', '-qm', 'ignore');
  const session = await startSession(user);
  return { session, git: (...args) => plainGit(session.workspace, user.env, ...args) };
}

const CHANGED = ['100644 .gitignore', '100644 a.txt', '100644 kept.log', '100644 new.txt', '100644 src/b.txt'];

/** What the agent may do to its own `.git`; the files are changed in the same way each time. */
const TAMPERING: Record<string, (session: Session, git: (...args: string[]) => string) => void> = {
  'deletes .git': ({ workspace }) => rmSync(join(workspace, '.git'), { recursive: true }),
  'makes .git a file': ({ workspace }) => {
    rmSync(join(workspace, '.git'), { recursive: true });
    writeFileSync(join(workspace, '.git'), 'gitdir: /nowhere\n');
  },
  'makes .git a symlink': ({ workspace }) => {
    renameSync(join(workspace, '.git'), join(workspace, '..', 'moved'));
    symlinkSync('../moved', join(workspace, '.git'));
  },
  'leaves an empty .git': ({ workspace }) => {
    rmSync(join(workspace, '.git'), { recursive: true });
    mkdirSync(join(workspace, '.git'));
  },
  'makes .git bare': (_, git) => git('config', 'core.bare', 'true'),
  're-initialises .git': ({ workspace }, git) => {
    rmSync(join(workspace, '.git'), { recursive: true });
    git('init', '-q');
    git('add', '-A');
    git('commit', '-qm', 'mine');
  },
  'rewrites history': (_, git) => {
    git('add', '-A');
    git('commit', '-q', '--amend', '-m', 'rewritten');
    git('reflog', 'expire', '--expire=now', '--all');
    git('gc', '-q', '--prune=now');
  },
  commits: (_, git) => {
    git('add', '-A');
    git('commit', '-qm', 'mine');
  },
  'forces an ignored file into its own commit': ({ workspace }, git) => {
    writeFiles(workspace, { 'debug.log': 'noise\n' });
    git('add', '-A', '-f');
    git('commit', '-qm', 'mine');
  },
  'leaves an index lock': ({ workspace }) => writeFileSync(join(workspace, '.git', 'index.lock'), ''),
};

for (const [name, tamper] of Object.entries(TAMPERING)) {
  test(`the export is what the files say when the agent ${name}`, async () => {
    const { session, git } = await start();
    writeFiles(session.workspace, { 'a.txt': 'changed\n', 'new.txt': 'new\n', 'ignored/x': 'x\n' });
    tamper(session, git);
    const taken = await session.take();
    expect(listTree(session, taken.commit)).toEqual(CHANGED);
    expect(showFile(session, taken.commit, 'a.txt')).toBe('changed\n');
    expect(taken).toMatchObject({ changed: true, skipped: [], flattened: [] });
  });
}

test('a merge conflict that is left behind is plain text in the file', async () => {
  const { session, git } = await start();
  git('checkout', '-qb', 'other');
  writeFiles(session.workspace, { 'a.txt': 'theirs\n' });
  git('commit', '-qam', 'theirs');
  git('checkout', '-q', 'work/main');
  writeFiles(session.workspace, { 'a.txt': 'ours\n' });
  git('commit', '-qam', 'ours');
  expect(() => git('merge', '-q', 'other')).toThrow();
  const taken = await session.take();
  expect(showFile(session, taken.commit, 'a.txt')).toContain('<<<<<<<');
});

test('nested repositories are flattened: with and without commits, inside each other, and a file turned into one', async () => {
  const { session, git } = await start();
  const { workspace } = session;
  rmSync(join(workspace, 'a.txt'));
  const nested = [
    'empty "repo"',
    'with & commits|\\%s',
    'with & commits|\\%s/inner',
    'a.txt',
    'line\nbreak',
    'ignored/repo',
  ];
  for (const folder of nested) {
    writeFiles(join(workspace, folder), { 'f é.txt': folder, 'own.tmp': 'x', 'x.log': 'x', '.gitignore': '*.tmp\n' });
    git('init', '-q', join(workspace, folder));
  }
  plainGit(join(workspace, 'a.txt'), session.repository.env, 'add', 'f é.txt');
  plainGit(join(workspace, 'a.txt'), session.repository.env, 'commit', '-qm', 'nested');
  const taken = await session.take();
  const kept = nested.slice(0, -1);
  expect(taken.flattened.toSorted()).toEqual(kept.map((folder) => `${folder}/`).toSorted());
  const expected = [...CHANGED.filter((line) => !/ (a|new)\.txt/.test(line))];
  for (const folder of kept) expected.push(`100644 ${folder}/.gitignore`, `100644 ${folder}/f é.txt`);
  expect(listTree(session, taken.commit).toSorted()).toEqual(expected.toSorted());
  for (const folder of kept) expect(showFile(session, taken.commit, `${folder}/f é.txt`)).toBe(folder);
});

test('a repository that is made around tracked files changes nothing', async () => {
  const { session, git } = await start();
  git('init', '-q', join(session.workspace, 'src'));
  writeFiles(session.workspace, { 'src/b.txt': 'changed\n', 'src/c.txt': 'new\n' });
  const taken = await session.take();
  expect(showFile(session, taken.commit, 'src/b.txt')).toBe('changed\n');
  expect(showFile(session, taken.commit, 'src/c.txt')).toBe('new\n');
});

test("programs named in the agent's git configuration run nowhere on the way out", async () => {
  const { session, git } = await start();
  const { workspace } = session;
  const proof = join(workspace, '..', 'ran');
  const program = join(workspace, '..', 'evil');
  writeFileSync(program, `#!/bin/sh\ntouch '${proof}'\ncat\n`);
  chmodSync(program, 0o755);
  writeFiles(workspace, { '.gitattributes': '* filter=evil diff=evil merge=evil\n', 'a.txt': 'changed\n' });
  for (const key of [
    'filter.evil.clean',
    'filter.evil.smudge',
    'diff.evil.textconv',
    'core.fsmonitor',
    'diff.external',
  ]) {
    git('config', key, program);
  }
  git('config', 'core.hooksPath', join(workspace, '..'));
  const taken = await session.take();
  expect(showFile(session, taken.commit, 'a.txt')).toBe('changed\n');
  expect(existsSync(proof)).toBe(false);
});

test('symlinks are recorded as symlinks, followed by nothing, and named', async () => {
  const { session } = await start();
  rmSync(join(session.workspace, 'src'), { recursive: true });
  symlinkSync('/etc', join(session.workspace, 'src'));
  symlinkSync('../../outside', join(session.workspace, 'link'));
  const taken = await session.take();
  expect(listTree(session, taken.commit)).toContain('120000 src');
  expect(showFile(session, taken.commit, 'link')).toBe('../../outside');
  expect(taken.symlinks.toSorted()).toEqual(['link', 'src']);
});

test('what git cannot record is named and skipped, and the rest gets out', async () => {
  const { session } = await start();
  const { workspace } = session;
  writeFiles(workspace, { '.GIT/hooks/x': 'x', 'git~1': 'x', 'fine.txt': 'fine\n', 'sub/.Git': 'x' });
  rmSync(join(workspace, 'a.txt'));
  execFileSync('mkfifo', [join(workspace, 'a.txt'), join(workspace, 'pipe')]);
  const taken = await session.take();
  expect(taken.skipped.map((entry) => entry.path).toSorted()).toEqual(['.GIT/hooks/x', 'a.txt', 'git~1', 'sub/.Git']);
  expect(listTree(session, taken.commit)).toContain('100644 fine.txt');
  expect(showFile(session, taken.commit, 'a.txt')).toBe('one\n');
});

test('an ignored file that the base tracks stays tracked', async () => {
  const { session } = await start();
  writeFiles(session.workspace, { 'kept.log': 'more\n' });
  expect(showFile(session, (await session.take()).commit, 'kept.log')).toBe('more\n');
});

test('a private git folder that the agent destroyed is named', async () => {
  for (const part of ['', 'index', 'objects']) {
    const { session } = await start();
    writeFiles(session.workspace, { 'a.txt': 'changed\n' });
    rmSync(join(session.privateGit, part), { recursive: true });
    await expect(session.take()).rejects.toMatchObject({ kind: 'export_failed', message: /gone or damaged/ });
  }
});

test('a workspace that is gone is an error, and one that is emptied is a change', async () => {
  const { session } = await start();
  for (const name of ['a.txt', 'src', '.gitignore', 'kept.log', '.git'])
    rmSync(join(session.workspace, name), { recursive: true });
  expect(listTree(session, (await session.take()).commit)).toEqual([]);
  rmSync(session.workspace, { recursive: true });
  await expect(session.take()).rejects.toMatchObject({ kind: 'export_failed', message: /is gone/ });
});

test('the agent can commit in its workspace, and sees the branch and a clean tree', async () => {
  const { session, git } = await start();
  expect(git('status', '--porcelain', '--branch').trim()).toBe('## work/main');
  expect(readFileSync(join(session.workspace, 'src/b.txt'), 'utf8')).toBe('two\n');
  expect(git('log', '--format=%s').trim().split('\n')).toEqual(['ignore', 'start']);
  expect(git('remote').trim()).toBe('');
});
