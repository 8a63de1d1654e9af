import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { applyToWorkTree } from './apply.ts';
import { diffFile, diffStat } from './diff.ts';
import {
  AUTHOR,
  listTree,
  makeRepository,
  plainGit,
  showFile,
  startSession,
  type UserRepository,
  writeFiles,
} from './fixtures.ts';
import { landBranch } from './land.ts';
import { describeBase, inspectRepository, readBaseFiles } from './repository.ts';
import { snapshotChanges } from './snapshot.ts';
import { readStatus } from './status.ts';
import { openTrusted } from './trusted.ts';

/** Every file below a folder with its content, mode and time of change; access times are nobody's business. */
function snapshot(folder: string, into: Record<string, string> = {}): Record<string, string> {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const status = lstatSync(path);
    if (status.isDirectory()) {
      into[path] = `folder ${status.mode}`;
      snapshot(path, into);
    } else {
      const content = status.isSymbolicLink() ? readlinkSync(path) : readFileSync(path).toString('latin1');
      into[path] = `${status.mode} ${status.mtimeMs} ${content}`;
    }
  }
  return into;
}

/** Hooks, a file-system monitor, filters and textconv that leave a mark when they run. */
function armed(): { user: UserRepository; ran: () => string[] } {
  const user = makeRepository({ 'a.txt': 'one\n', 'b.txt': 'two\n', '.gitignore': '*.tmp\n' });
  const marks = join(user.folder, 'marks');
  mkdirSync(marks);
  const program = (name: string) => {
    const path = join(user.folder, `evil-${name}`);
    writeFileSync(path, `#!/bin/sh\ntouch '${marks}/${name}'\n[ '${name}' != filter ] || cat\n`);
    chmodSync(path, 0o755);
    return path;
  };
  const hooks = join(user.folder, 'hooks');
  mkdirSync(hooks);
  for (const name of [
    'reference-transaction',
    'post-index-change',
    'post-checkout',
    'pre-auto-gc',
    'post-commit',
    'pre-commit',
    'update',
  ]) {
    for (const folder of [hooks, join(user.root, '.git', 'hooks')]) {
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, name), `#!/bin/sh\ntouch '${marks}/${name}'\n`);
      chmodSync(join(folder, name), 0o755);
    }
  }
  const set = (key: string, value: string) => plainGit(user.root, user.env, 'config', key, value);
  set('filter.evil.clean', program('filter'));
  set('filter.evil.smudge', program('filter'));
  set('filter.evil.required', 'true');
  set('diff.evil.textconv', program('textconv'));
  set('diff.external', program('external'));
  set('uploadpack.packObjectsHook', program('pack-hook'));
  set('gc.auto', '1');
  set('core.fsmonitor', program('fsmonitor'));
  plainGit(user.root, user.env, 'config', '--global', 'core.hooksPath', hooks);
  // They do run for plain git, or their silence below would prove nothing.
  plainGit(user.root, user.env, 'update-ref', 'refs/heads/probe', 'HEAD');
  plainGit(user.root, user.env, 'update-ref', '-d', 'refs/heads/probe');
  plainGit(user.root, user.env, 'status');
  expect(readdirSync(marks)).toEqual(expect.arrayContaining(['fsmonitor', 'reference-transaction']));
  for (const mark of readdirSync(marks)) rmSync(join(marks, mark));
  return { user, ran: () => readdirSync(marks) };
}

test("the user's repository stays as it was but for the new branch, and nothing of theirs runs", async () => {
  const { user, ran } = armed();
  writeFiles(user.root, { 'a.txt': 'uncommitted\n', 'untracked.txt': 'u\n', 'ignored.tmp': 'i\n' });
  const before = snapshot(user.root);
  const session = await startSession(user);
  await readStatus(session.repository);
  await describeBase(session.repository, session.repository.head);
  await snapshotChanges(session.trusted, session.repository, AUTHOR);
  expect((await readBaseFiles(session.repository, session.repository.head, ['a.txt'])).get('a.txt')).toEqual(
    Buffer.from('one\n'),
  );
  writeFiles(session.workspace, { 'b.txt': 'agent\n', '.gitattributes': '* filter=evil diff=evil merge=evil\n' });
  const { commit } = await session.take();
  const { head } = session.repository;
  await diffFile(session.trusted, head, commit, join(user.folder, 'out.patch'));
  expect(snapshot(user.root)).toEqual(before);
  expect(
    await landBranch(session.repository, session.trusted, { commit, base: head, name: 'drydock/1', from: null }),
  ).toEqual({
    branch: 'drydock/1',
    note: null,
  });
  const after = snapshot(user.root);
  const added = Object.keys(after)
    .filter((path) => !(path in before))
    .map((path) => path.slice(user.root.length + 1));
  const expected = /^\.git\/(objects\/pack\/pack-[0-9a-f]+\.(pack|idx|rev)|(logs\/)?refs\/heads\/drydock(\/1)?)$/;
  expect(added.filter((path) => !expected.test(path))).toEqual([]);
  for (const path of Object.keys(before)) expect(after[path]).toBe(before[path]);
  expect(ran()).toEqual([]);
});

test('--apply changes the files of the patch and nothing else, and runs no filter', async () => {
  const { user, ran } = armed();
  const session = await startSession(user);
  writeFiles(session.workspace, { 'b.txt': 'agent\n', 'new/c.bin': 'x\0y', '.gitattributes': '* filter=evil\n' });
  const { commit } = await session.take();
  const patch = join(user.folder, 'out.patch');
  await diffFile(session.trusted, session.repository.head, commit, patch);
  writeFiles(user.root, { 'a.txt': 'uncommitted\n', '.gitattributes.tmp': '' });
  const before = snapshot(join(user.root, '.git'));
  await applyToWorkTree(session.repository, patch);
  expect(snapshot(join(user.root, '.git'))).toEqual(before);
  expect(readFileSync(join(user.root, 'b.txt'), 'utf8')).toBe('agent\n');
  expect(readFileSync(join(user.root, 'new/c.bin'), 'utf8')).toBe('x\0y');
  expect(readFileSync(join(user.root, 'a.txt'), 'utf8')).toBe('uncommitted\n');
  expect(ran()).toEqual([]);
});

test('a patch that does not fit names the files and changes none', async () => {
  const user = makeRepository({ 'a.txt': 'one\n', 'b.txt': 'two\n' });
  const session = await startSession(user);
  writeFiles(session.workspace, { 'a.txt': 'agent\n', 'b.txt': 'agent\n', 'new.txt': 'new\n' });
  const { commit } = await session.take();
  const patch = join(user.folder, 'out.patch');
  await diffFile(session.trusted, session.repository.head, commit, patch);
  writeFiles(user.root, { 'b.txt': 'mine\n', 'new.txt': 'mine\n' });
  const before = snapshot(user.root);
  const refused = applyToWorkTree(session.repository, patch);
  await expect(refused).rejects.toMatchObject({ kind: 'conflict', message: expect.stringMatching(/b\.txt.*new\.txt/) });
  expect(snapshot(user.root)).toEqual(before);
});

test('--include-dirty takes staged, changed, deleted and untracked files, and leaves out ignored and nested ones', async () => {
  const user = makeRepository({ 'a.txt': 'one\n', 'b.txt': 'two\n', 'dir/c.txt': 'three\n', '.gitignore': '*.tmp\n' });
  writeFiles(user.root, { 'a.txt': 'changed\n', 'staged.txt': 's\n', 'x\ny/z.txt': 'odd\n', 'ignored.tmp': 'i\n' });
  plainGit(user.root, user.env, 'add', 'staged.txt');
  plainGit(user.root, user.env, 'init', '-q', 'nested');
  writeFiles(user.root, { 'nested/n.txt': 'n\n' });
  rmSync(join(user.root, 'b.txt'));
  rmSync(join(user.root, 'dir'), { recursive: true });
  writeFiles(user.root, { dir: 'a file now\n' });
  const repository = await inspectRepository(user.root, user.env);
  const trusted = await openTrusted(join(user.folder, 'session', 'workspace.git'), repository);
  const before = snapshot(user.root);
  const commit = await snapshotChanges(trusted, repository, AUTHOR);
  expect(snapshot(user.root)).toEqual(before);
  const session = await startSession(user, { commit: commit ?? '' });
  const files = ['.gitignore', 'a.txt', 'dir', 'staged.txt', 'x\ny/z.txt'].map((path) => `100644 ${path}`);
  expect(listTree(session, commit ?? '')).toEqual(files);
  expect(readFileSync(join(session.workspace, 'a.txt'), 'utf8')).toBe('changed\n');
  writeFiles(session.workspace, { 'b.txt': 'agent\n' });
  const taken = await session.take();
  await landBranch(repository, trusted, { commit: taken.commit, base: repository.head, name: 'drydock/1', from: null });
  expect(plainGit(user.root, user.env, 'log', '--format=%s', 'drydock/1').trim().split('\n')).toEqual([
    'Change',
    'Uncommitted changes',
    'start',
  ]);
  expect(await diffStat(trusted, commit ?? '', taken.commit)).toEqual([{ path: 'b.txt', added: 1, removed: 0 }]);
  expect(showFile(session, taken.commit, 'b.txt')).toBe('agent\n');
});
