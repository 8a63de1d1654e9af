import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { listTree, makeRepository, plainGit, showFile, startSession, writeFiles } from './fixtures.ts';
import { landBranch } from './land.ts';

/** A tree as a person sees it: what each path (bytes, as latin1) is and holds. */
type Tree = Map<string, string>;

const bytes = (path: string) => Buffer.from(path, 'latin1');

function readTree(folder: Buffer, prefix = '', tree: Tree = new Map()): Tree {
  for (const name of readdirSync(folder, { encoding: 'buffer' })) {
    if (name.toString() === '.git') continue;
    const path = Buffer.concat([folder, bytes('/'), name]);
    const key = prefix + name.toString('latin1');
    const status = lstatSync(path);
    if (status.isDirectory()) readTree(path, `${key}/`, tree);
    else if (status.isSymbolicLink())
      tree.set(key, `link ${readlinkSync(path, { encoding: 'buffer' }).toString('latin1')}`);
    else tree.set(key, `${(status.mode & 0o100) === 0 ? 'file' : 'program'} ${readFileSync(path).toString('latin1')}`);
  }
  return tree;
}

type Entry = { path: string[]; content: string; kind: 'file' | 'program' | 'link' };
type Edit = Entry | { path: string[]; kind: 'remove' };

/** Puts an entry in place of whatever stands in its way, as an agent may. */
function put(root: string, entry: Edit): void {
  let path = Buffer.from(root);
  for (const [index, name] of entry.path.entries()) {
    if (index > 0 && !lstatSync(path, { throwIfNoEntry: false })?.isDirectory()) {
      remove(path);
      mkdirSync(path);
    }
    path = Buffer.concat([path, bytes(`/${name}`)]);
  }
  remove(path);
  if (entry.kind === 'remove') return;
  if (entry.kind === 'link') symlinkSync(bytes(entry.content.replaceAll('\0', '') || 'nowhere'), path);
  else writeFileSync(path, bytes(entry.content));
  if (entry.kind === 'program') chmodSync(path, 0o755);
}

function remove(path: Buffer): void {
  const status = lstatSync(path, { throwIfNoEntry: false });
  if (status === undefined) return;
  if (!status.isDirectory()) {
    unlinkSync(path);
    return;
  }
  for (const name of readdirSync(path, { encoding: 'buffer' })) remove(Buffer.concat([path, bytes('/'), name]));
  rmdirSync(path);
}

const ODD = [
  'sp ace',
  'q"uote',
  'back\\slash',
  'new\nline',
  'tab\t',
  '\xff\xfe',
  '\xc3\xa9',
  '-dash',
  '*',
  ':(top)',
  '%s',
  '&|',
  '"',
];
const name = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('a', 'b', ...ODD) },
  {
    weight: 1,
    arbitrary: fc
      .array(fc.integer({ min: 1, max: 255 }), { minLength: 1, maxLength: 4 })
      .map((codes) => String.fromCharCode(...codes).replaceAll('/', '_'))
      .filter((text) => !/^(\.\.?|\.git.*|git~.*)$/is.test(text)),
  },
);
const path = fc.array(name, { minLength: 1, maxLength: 3 });
const content = fc
  .array(fc.integer({ min: 0, max: 255 }), { maxLength: 20 })
  .map((codes) => String.fromCharCode(...codes));
const entry = fc.record({ path, content, kind: fc.constantFrom('file', 'file', 'program', 'link') });
const edit = fc.oneof(
  { weight: 3, arbitrary: entry },
  { weight: 1, arbitrary: fc.record({ path, kind: fc.constant('remove') }) },
);

test('whatever the agent does to the files, the branch that lands checks out as the same files', {
  timeout: 300_000,
}, async () => {
  const lists = fc.tuple(fc.array(entry, { maxLength: 6 }), fc.array(edit, { minLength: 1, maxLength: 6 }));
  const property = fc.asyncProperty(lists, fc.constantFrom('full', 'none'), async ([base, edits], history) => {
    const user = makeRepository({ 'a/start.txt': 'start\n' });
    for (const item of base) put(user.root, item);
    plainGit(user.root, user.env, 'add', '-A');
    plainGit(user.root, user.env, 'commit', '-qm', 'odd', '--allow-empty');
    const session = await startSession(user, { history });
    expect(readTree(Buffer.from(session.workspace))).toEqual(readTree(Buffer.from(user.root)));
    for (const item of edits) put(session.workspace, item);
    const taken = await session.take();
    const { commit } = taken;
    const { branch } = await landBranch(session.repository, session.trusted, {
      commit,
      base: session.repository.head,
      name: 'x/y',
      from: null,
    });
    const checkout = join(user.folder, 'checkout');
    plainGit(user.folder, user.env, 'clone', '-q', '--branch', branch, user.root, checkout);
    expect(readTree(Buffer.from(checkout))).toEqual(readTree(Buffer.from(session.workspace)));
    expect(taken.skipped).toEqual([]);
  });
  await fc.assert(property, { numRuns: 12 });
});

test('a second export starts at the base again: what was removed and came back is no change', async () => {
  const user = makeRepository({ 'a.txt': 'one\n', 'kept.log': 'tracked\n' });
  writeFiles(user.root, { '.gitignore': '*.log\n' });
  plainGit(user.root, user.env, 'add', '-A');
  plainGit(user.root, user.env, 'commit', '-qm', 'ignore');
  const session = await startSession(user);
  unlinkSync(join(session.workspace, 'kept.log'));
  expect((await session.take()).changed).toBe(true);
  writeFiles(session.workspace, { 'kept.log': 'tracked\n' });
  expect(await session.take()).toMatchObject({ changed: false, as: 'base' });
});

test('a session goes on from a checkpoint: its files are there and the base is still the parent', async () => {
  const user = makeRepository({ 'a.txt': 'one\n' });
  const first = await startSession(user);
  writeFiles(first.workspace, { 'b.txt': 'two\n' });
  const { tree } = await first.take();
  rmSync(first.workspace, { recursive: true });
  const second = await startSession(user, { tree });
  expect(readFileSync(join(second.workspace, 'b.txt'), 'utf8')).toBe('two\n');
  expect(await second.take()).toMatchObject({ tree, changed: true });
});

for (const shell of [['dash'], ['bash'], ['busybox', 'sh']]) {
  const has = spawnSync(shell[0] ?? '', [...shell.slice(1), '-c', 'true']).status === 0;
  test.skipIf(!has)(
    `the scripts run in ${shell.join(' ')}, with sha256 objects, tags, modes and a nested repository`,
    async () => {
      const user = makeRepository({ 'a.txt': 'one\n', 'run.sh': '#!/bin/sh\n' }, 'sha256');
      plainGit(user.root, user.env, 'tag', 'v1');
      plainGit(user.root, user.env, 'tag', '-a', 'v2', '-m', 'annotated');
      const session = await startSession(user, { shell });
      expect(plainGit(session.workspace, user.env, 'describe').trim()).toBe('v2');
      expect(plainGit(session.workspace, user.env, 'tag').trim().split('\n')).toEqual(['v1', 'v2']);
      chmodSync(join(session.workspace, 'run.sh'), 0o755);
      const odd = 'n "e\\s\nt%s é';
      writeFiles(session.workspace, { [`${odd}/x`]: 'x\n' });
      plainGit(session.workspace, user.env, 'init', '-q', odd);
      const taken = await session.take();
      expect(listTree(session, taken.commit).toSorted()).toEqual(
        [`100644 ${odd}/x`, '100644 a.txt', '100755 run.sh'].toSorted(),
      );
      expect(taken.flattened).toEqual([`${odd}/`]);
    },
  );
}

test('submodules of the base stay as they are, and files put into them are named', async () => {
  const library = makeRepository({ 'lib.txt': 'lib\n' });
  const user = makeRepository({ 'a.txt': 'one\n' });
  plainGit(user.root, user.env, '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', library.root, 'lib');
  plainGit(user.root, user.env, 'commit', '-qm', 'submodule');
  const session = await startSession(user);
  expect(readdirSync(join(session.workspace, 'lib'))).toEqual([]);
  writeFiles(session.workspace, { 'lib/new.txt': 'lost\n', 'a.txt': 'changed\n' });
  const filled = await session.take();
  expect(filled.skipped).toEqual([{ path: 'lib', reason: 'a submodule of the base' }]);
  rmSync(join(session.workspace, 'lib'), { recursive: true });
  const removed = await session.take();
  for (const { commit } of [filled, removed]) expect(listTree(session, commit)).toContain('160000 lib');
});

test('a shallow clone works: the sandbox gets one commit, and the branch lands on the real base', async () => {
  const origin = makeRepository({ 'a.txt': 'one\n' });
  writeFiles(origin.root, { 'a.txt': 'two\n' });
  plainGit(origin.root, origin.env, 'commit', '-qam', 'second');
  const root = join(origin.folder, 'shallow');
  plainGit(origin.folder, origin.env, 'clone', '-q', '--depth=1', `file://${origin.root}`, root);
  const session = await startSession({ ...origin, root });
  expect(session.repository.shallow).toBe(true);
  expect(plainGit(session.workspace, origin.env, 'rev-list', '--count', 'HEAD').trim()).toBe('1');
  writeFiles(session.workspace, { 'a.txt': 'three\n' });
  const { commit } = await session.take();
  const { head } = session.repository;
  await landBranch(session.repository, session.trusted, { commit, base: head, name: 'drydock/1', from: null });
  expect(plainGit(root, origin.env, 'rev-parse', 'drydock/1^').trim()).toBe(head);
  expect(showFile(session, commit, 'a.txt')).toBe('three\n');
});

test('a second export sends only what the first did not hold, and one that changes nothing sends nothing', async () => {
  const session = await startSession(makeRepository({ 'a.txt': 'one\n' }));
  const noise = randomBytes(50_000).toString('hex');
  writeFiles(session.workspace, { 'large.bin': noise });
  const first = await session.take();
  writeFiles(session.workspace, { 'b.txt': 'two\n' });
  const second = await session.take();
  expect(second.packBytes).toBeLessThan(first.packBytes / 2);
  expect(listTree(session, second.commit)).toEqual(['100644 a.txt', '100644 b.txt', '100644 large.bin']);
  expect(showFile(session, second.commit, 'large.bin')).toBe(noise);
  const third = await session.take();
  expect([third.as, third.tree, third.packBytes]).toEqual(['known', second.tree, 0]);
  rmSync(join(session.workspace, 'b.txt'));
  rmSync(join(session.workspace, 'large.bin'));
  expect(await session.take()).toMatchObject({ as: 'base', changed: false });
});

test('a file that changes right after the import, or the first export, with its size and second as they were, is seen', async () => {
  const session = await startSession(makeRepository({ 'a.txt': 'one\n', 'b.txt': 'one\n', 'c.txt': 'one\n' }));
  const { workspace } = session;
  writeFiles(workspace, { 'a.txt': 'two\n' });
  const first = await session.take();
  expect(showFile(session, first.commit, 'a.txt')).toBe('two\n');
  writeFiles(workspace, { 'a.txt': 'one\n', 'b.txt': 'two\n' });
  const second = await session.take();
  expect(['a.txt', 'b.txt', 'c.txt'].map((path) => showFile(session, second.commit, path))).toEqual([
    'one\n',
    'two\n',
    'one\n',
  ]);
  writeFiles(workspace, { 'b.txt': 'one\n' });
  expect(await session.take()).toMatchObject({ as: 'base', changed: false });
});
