import { chmodSync, chownSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeRepository, plainGit, startSession, temporaryFolder, testEnvironment, writeFiles } from './fixtures.ts';
import { freeBranchName, landBranch } from './land.ts';
import { describeBase, inspectRepository, readBaseFiles } from './repository.ts';

test('a subfolder of a monorepo is found with its prefix, its branch and its head', async () => {
  const { root, env } = makeRepository({ 'packages/a/x.txt': 'x' });
  const found = await inspectRepository(join(root, 'packages/a'), env);
  expect(found).toMatchObject({ root, prefix: 'packages/a/', branch: 'main', objectFormat: 'sha1', shallow: false });
  expect(found.head).toBe(plainGit(root, env, 'rev-parse', 'HEAD').trim());
});

test("a linked work tree, a detached HEAD and sha256 work, and variables of a caller's hook are ignored", async () => {
  const { root, folder, env } = makeRepository({ 'a.txt': 'one\n' }, 'sha256');
  const linked = join(folder, 'linked');
  plainGit(root, env, 'worktree', 'add', '-q', '--detach', linked);
  const hook = {
    ...env,
    GIT_DIR: '/nowhere',
    GIT_INDEX_FILE: '/nowhere',
    GIT_WORK_TREE: '/',
    GIT_OBJECT_DIRECTORY: '/',
  };
  const found = await inspectRepository(linked, hook);
  expect(found).toMatchObject({ root: linked, branch: null, objectFormat: 'sha256', commonDir: join(root, '.git') });
  const session = await startSession({ root: linked, folder, env: hook });
  writeFiles(session.workspace, { 'a.txt': 'two\n' });
  const { commit } = await session.take();
  await landBranch(found, session.trusted, { commit, base: found.head, name: 'drydock/1', from: null });
  expect(plainGit(root, env, 'show', 'drydock/1:a.txt')).toBe('two\n');
});

test('a branch that the session has landed moves on though it could not say so, unless somebody has moved it', async () => {
  const user = makeRepository({ 'a.txt': 'one\n' });
  const session = await startSession(user);
  const git = (...args: string[]) => plainGit(user.root, user.env, ...args).trim();
  let from: { branch: string; commit: string } | null = null;
  const land = async (text: string) => {
    writeFiles(session.workspace, { 'a.txt': text });
    const { commit } = await session.take();
    const request = { commit, base: session.base, name: 'drydock/1', from };
    return { commit, ...(await landBranch(session.repository, session.trusted, request)) };
  };
  const first = await land('two\n');
  const second = await land('three\n');
  expect([first.branch, second.branch, second.note]).toEqual(['drydock/1', 'drydock/1', null]);
  expect(git('rev-parse', 'drydock/1')).toBe(second.commit);
  // It knows of the first of them only.
  from = { branch: 'drydock/1', commit: first.commit };
  const third = await land('four\n');
  expect([third.branch, git('rev-parse', 'drydock/1')]).toEqual(['drydock/1', third.commit]);

  from = { branch: 'drydock/1', commit: third.commit };
  git('branch', '-f', 'drydock/1', second.commit);
  expect((await land('five\n')).branch).toBe('drydock/1-2');
  expect(git('rev-parse', 'drydock/1')).toBe(second.commit);
});

test('a bare repository works', async () => {
  const user = makeRepository({ 'a.txt': 'one\n' });
  const bare = join(user.folder, 'bare.git');
  plainGit(user.folder, user.env, 'clone', '-q', '--bare', user.root, bare);
  const session = await startSession({ ...user, root: bare });
  expect(session.repository.root).toBe(null);
  writeFiles(session.workspace, { 'a.txt': 'two\n' });
  const { commit } = await session.take();
  await landBranch(session.repository, session.trusted, { commit, base: session.base, name: 'drydock/1', from: null });
  expect(plainGit(bare, user.env, 'show', 'drydock/1:a.txt')).toBe('two\n');
});

test('what cannot be used is one line with a way out', async () => {
  const folder = temporaryFolder();
  const env = testEnvironment(folder);
  await expect(inspectRepository(folder, env)).rejects.toMatchObject({ kind: 'not_a_repository', hint: /git init/ });
  plainGit(folder, env, 'init', '-q', 'empty');
  await expect(inspectRepository(join(folder, 'empty'), env)).rejects.toMatchObject({ kind: 'no_commit' });
  const { root } = makeRepository({ 'a.txt': 'one\n' });
  await expect(inspectRepository(join(root, '.git'), env)).rejects.toMatchObject({ kind: 'inside_git_folder' });
});

test.skipIf(process.getuid?.() !== 0)('a repository of another user is one line with a way out', async () => {
  const { root, env } = makeRepository({ 'a.txt': 'one\n' });
  for (const path of [root, join(root, '.git')]) chownSync(path, 12345, 12345);
  await expect(inspectRepository(root, env)).rejects.toMatchObject({
    kind: 'dubious_ownership',
    hint: /safe\.directory/,
  });
});

test('a commit whose objects are gone is named, for reading and for the import', async () => {
  const user = makeRepository({ 'a.txt': 'one\n' });
  const { head } = await inspectRepository(user.root, user.env);
  const objects = join(user.root, '.git/objects');
  for (const name of readdirSync(objects).filter((entry) => entry.length === 2)) {
    chmodSync(join(objects, name), 0o755);
    rmSync(join(objects, name), { recursive: true });
  }
  const repository = await inspectRepository(user.root, user.env);
  await expect(readBaseFiles(repository, head, ['a.txt'])).rejects.toMatchObject({ kind: 'missing_objects' });
  await expect(startSession(user)).rejects.toMatchObject({ kind: 'missing_objects' });
});

test('files of the base are read at once: what is missing or a folder is absent, symlinks are followed inside', async () => {
  const { root, env } = makeRepository({ 'AGENTS.md': 'top\n', 'p a/AGENTS.md': 'inner\n', 'dir/x': '' });
  symlinkSync('AGENTS.md', join(root, 'CLAUDE.md'));
  symlinkSync('/etc/passwd', join(root, 'outside'));
  symlinkSync('nowhere', join(root, 'dangling'));
  plainGit(root, env, 'add', '-A');
  plainGit(root, env, 'commit', '-qm', 'links');
  writeFiles(root, { 'AGENTS.md': 'not committed\n' });
  const repository = await inspectRepository(root, env);
  const paths = ['dangling', 'AGENTS.md', 'outside', 'none', 'dir', 'CLAUDE.md', 'AGENTS.md/x', 'p a/AGENTS.md'];
  const files = await readBaseFiles(repository, repository.head, paths);
  expect([...files].map(([path, content]) => `${path} ${content}`)).toEqual([
    'AGENTS.md top\n',
    'CLAUDE.md top\n',
    'p a/AGENTS.md inner\n',
  ]);
  const large = readBaseFiles(repository, repository.head, paths, 20);
  await expect(large).rejects.toMatchObject({ kind: 'file_too_large' });
});

test('LFS is seen wherever its attributes lie', async () => {
  const plain = makeRepository({ 'a/.gitattributes': '# *.bin filter=lfs\n*.txt text\n' });
  const lfs = makeRepository({ 'a/.gitattributes': '*.bin filter=lfs diff=lfs merge=lfs -text\n' });
  for (const [user, expected] of [
    [plain, false],
    [lfs, true],
  ] as const) {
    const repository = await inspectRepository(user.root, user.env);
    expect(await describeBase(repository, repository.head)).toEqual({ submodules: [], lfs: expected });
  }
});

test('a branch name that git cannot create is replaced, with a note', () => {
  const cases = [
    [[], 'drydock/a'],
    [['main'], 'drydock/a'],
    [['drydock'], 'drydock-a'],
    [['drydock', 'drydock-a'], 'drydock-a-2'],
    [['drydock/a', 'drydock/a-2'], 'drydock/a-3'],
    [['drydock/a/b'], 'drydock/a-2'],
  ] as const;
  for (const [taken, branch] of cases) {
    const free = freeBranchName('drydock/a', new Set(taken));
    expect(free.branch).toBe(branch);
    expect(free.note === null).toBe(branch === 'drydock/a');
  }
});

test('a branch lands although the user has moved on from the base, and never over another branch', async () => {
  const user = makeRepository({ 'a.txt': 'one\n' });
  plainGit(user.root, user.env, 'branch', 'drydock');
  const session = await startSession(user);
  writeFiles(session.workspace, { 'a.txt': 'two\n' });
  const { commit } = await session.take();
  plainGit(user.root, user.env, 'branch', '-D', 'drydock');
  plainGit(user.root, user.env, 'commit', '-q', '--amend', '-m', 'amended');
  plainGit(user.root, user.env, 'branch', 'drydock');
  const request = { commit, base: session.base, name: 'drydock/1', from: null };
  const landed = [];
  for (let i = 0; i < 2; i++) landed.push((await landBranch(session.repository, session.trusted, request)).branch);
  expect(landed).toEqual(['drydock-1', 'drydock-1-2']);
  expect(plainGit(user.root, user.env, 'rev-parse', 'drydock-1').trim()).toBe(commit);
});
