import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readBundle } from './bundle-header.ts';
import { AUTHOR, makeRepository, plainGit, startSession, writeFiles } from './fixtures.ts';
import { bundleCommits, extractPack, openBundle } from './parcel.ts';
import { receiveTree } from './receive.ts';
import { inspectRepository, readBaseFiles } from './repository.ts';
import { openTrusted, treeOf } from './trusted.ts';

/** A repository of two commits on `main` and a branch of the first that is nobody's business. */
async function start(format = 'sha1') {
  const user = makeRepository({ 'a.txt': 'one\n' }, format);
  const git = (...args: string[]) => plainGit(user.root, user.env, ...args).trim();
  const first = git('rev-parse', 'HEAD');
  writeFiles(user.root, { 'a.txt': 'two\n', 'b.txt': 'b\n' });
  git('add', '-A');
  git('commit', '-q', '-m', 'second');
  const head = git('rev-parse', 'HEAD');
  git('checkout', '-q', '-b', 'secret');
  writeFiles(user.root, { 'secret.txt': 'nobody\n' });
  git('add', '-A');
  git('commit', '-q', '-m', 'secret');
  const secret = git('rev-parse', 'HEAD');
  git('checkout', '-q', 'main');
  const repository = await inspectRepository(user.root, user.env);
  return { user, git, first, head, secret, repository, file: join(user.folder, 'x.bundle') };
}

for (const format of ['sha1', 'sha256']) {
  test(`history goes through a file and is a repository again, in ${format}`, async () => {
    const { user, first, head, secret, repository, file } = await start(format);
    await bundleCommits(file, repository, { 'refs/drydock/base': first, 'refs/drydock/head': head });
    expect(await readBundle(file)).toMatchObject({ objectFormat: format, prerequisites: [], refs: [{}, {}] });
    const folder = join(user.folder, 'opened.git');
    const opened = await openBundle(file, folder, { commit: head, branch: 'drydock/issue-1' }, user.env);
    expect(opened).toMatchObject({ root: null, head, branch: 'drydock/issue-1', objectFormat: format, shallow: false });
    expect(await inspectRepository(folder, user.env)).toEqual(opened);
    expect((await readBaseFiles(opened, first, ['a.txt'])).get('a.txt')?.toString()).toBe('one\n');
    expect(plainGit(folder, user.env, 'for-each-ref', '--format=%(refname)')).toBe('refs/heads/drydock/issue-1\n');
    expect(() => plainGit(folder, user.env, 'cat-file', '-e', secret)).toThrow();
    expect(plainGit(user.root, user.env, 'for-each-ref', '--format=%(refname)')).not.toContain('drydock');
  });
}

test('HEAD is detached where no branch is wanted', async () => {
  const { user, first, head, repository, file } = await start();
  await bundleCommits(file, repository, { 'refs/drydock/head': head });
  const opened = await openBundle(file, join(user.folder, 'opened.git'), { commit: first, branch: null }, user.env);
  expect(opened).toMatchObject({ head: first, branch: null });
});

test('the same commits give the same bytes', async () => {
  const { user, first, head, repository, file } = await start();
  const again = join(user.folder, 'again.bundle');
  const refs = { 'refs/drydock/base': first, 'refs/drydock/head': head };
  await bundleCommits(file, repository, refs);
  await bundleCommits(again, repository, refs);
  expect(readFileSync(file).equals(readFileSync(again))).toBe(true);
});

test('one commit of a bundle is taken in as a tree, and becomes the same commit each time', async () => {
  const user = makeRepository({ 'a.txt': 'one\n' });
  const session = await startSession(user);
  const base = session.base;
  const elsewhere = join(user.folder, 'elsewhere');
  plainGit(user.folder, user.env, 'clone', '-q', user.root, elsewhere);
  writeFiles(elsewhere, { 'a.txt': 'two\n' });
  plainGit(elsewhere, user.env, 'commit', '-q', '-am', 'theirs, by whoever they say they are');
  const made = plainGit(elsewhere, user.env, 'rev-parse', 'HEAD').trim();
  const tree = plainGit(elsewhere, user.env, 'rev-parse', 'HEAD^{tree}').trim();
  const [file, pack] = [join(user.folder, 'result.bundle'), join(user.folder, 'result.pack')];
  await bundleCommits(
    file,
    await inspectRepository(elsewhere, user.env),
    { 'refs/drydock/result': made },
    { without: [base] },
  );
  expect(await extractPack(file, pack)).toMatchObject({
    prerequisites: [base],
    refs: [{ name: 'refs/drydock/result', commit: made }],
  });
  const request = { pack, tree, base, message: 'Fix\n', author: AUTHOR, time: 1_700_000_000 };
  const received = await receiveTree(session.trusted, request);
  expect(received).toMatchObject({ tree, changed: true });
  expect(received.commit).not.toBe(made);
  const log = plainGit(session.trusted.gitDir, user.env, 'log', '-1', '--format=%an %ct %P', received.commit).trim();
  expect(log).toBe(`Ada 1700000000 ${base}`);
  const fresh = await openTrusted(join(user.folder, 'fresh.git'), session.repository);
  expect((await receiveTree(fresh, request)).commit).toBe(received.commit);
  expect(await treeOf(fresh, received.commit)).toBe(tree);
});

test('what a session made is bundled out of its trusted repository', async () => {
  const user = makeRepository({ 'a.txt': 'one\n' });
  const session = await startSession(user);
  writeFiles(session.workspace, { 'a.txt': 'two\n' });
  const { commit } = await session.take();
  const file = join(user.folder, 'result.bundle');
  await bundleCommits(file, session.trusted, { 'refs/drydock/result': commit }, { without: [session.base] });
  expect(await readBundle(file)).toMatchObject({ prerequisites: [session.base], refs: [{ commit }] });
  await bundleCommits(file, session.trusted, { 'refs/drydock/result': commit });
  const opened = await openBundle(file, join(user.folder, 'opened.git'), { commit, branch: null }, user.env);
  expect((await readBaseFiles(opened, commit, ['a.txt'])).get('a.txt')?.toString()).toBe('two\n');
});

test('a bundle that leaves history out cannot be opened alone', async () => {
  const { user, first, head, repository, file } = await start();
  await bundleCommits(file, repository, { 'refs/drydock/head': head }, { without: [first] });
  const folder = join(user.folder, 'opened.git');
  await expect(openBundle(file, folder, { commit: head, branch: null }, user.env)).rejects.toThrow('whole history');
  expect(existsSync(folder)).toBe(false);
});

test('a pack whose objects are not all there is refused, though its header asks for nothing', async () => {
  const { user, first, head, repository, file } = await start();
  await bundleCommits(file, repository, { 'refs/drydock/head': head }, { without: [first] });
  const { packOffset } = await readBundle(file);
  const pack = readFileSync(file).subarray(packOffset);
  writeFileSync(file, Buffer.concat([Buffer.from(`# v2 git bundle\n${head} refs/drydock/head\n\n`), pack]));
  const open = openBundle(file, join(user.folder, 'opened.git'), { commit: head, branch: null }, user.env);
  await expect(open).rejects.toMatchObject({ kind: 'bundle' });
});

test('a pack that is cut or changed is refused, and so is a head that is not in it', async () => {
  const { user, head, secret, repository, file } = await start();
  await bundleCommits(file, repository, { 'refs/drydock/head': head });
  const whole = readFileSync(file);
  const open = (name: string, commit = head) =>
    openBundle(file, join(user.folder, name), { commit, branch: null }, user.env);
  await expect(open('a.git', secret)).rejects.toMatchObject({ kind: 'bundle' });
  writeFileSync(file, whole.subarray(0, -30));
  await expect(open('b.git')).rejects.toMatchObject({ kind: 'bundle' });
  const changed = Buffer.from(whole);
  changed[changed.length - 40] = (changed[changed.length - 40] ?? 0) ^ 1;
  writeFileSync(file, changed);
  await expect(open('c.git')).rejects.toMatchObject({ kind: 'bundle' });
});

test('history with objects that git no longer makes goes through', async () => {
  const { user, git, head, repository, file } = await start();
  const raw = join(user.folder, 'raw');
  const tree = git('rev-parse', 'HEAD^{tree}');
  writeFileSync(raw, `tree ${tree}\nparent ${head}\nauthor A <a@b> 01 +0000\ncommitter A <a@b> 01 +0000\n\nold\n`);
  const old = git('hash-object', '-t', 'commit', '-w', '--literally', raw);
  await bundleCommits(file, repository, { 'refs/drydock/head': old });
  const opened = await openBundle(file, join(user.folder, 'opened.git'), { commit: old, branch: 'x' }, user.env);
  expect(opened.head).toBe(old);
});

test('what cannot be bundled is said', async () => {
  const { user, head, repository, file } = await start();
  const none = bundleCommits(file, repository, { 'refs/drydock/head': head }, { without: [head] });
  await expect(none).rejects.toThrow('nothing to bundle');
  await expect(bundleCommits(file, repository, { 'refs/drydock/head': '1'.repeat(40) })).rejects.toMatchObject({
    kind: 'missing_objects',
  });
  await expect(bundleCommits(file, repository, { '../x': head })).rejects.toMatchObject({ kind: 'bundle' });
  const shallow = join(user.folder, 'shallow');
  plainGit(user.folder, user.env, 'clone', '-q', '--depth=1', `file://${user.root}`, shallow);
  const clone = await inspectRepository(shallow, user.env);
  await expect(bundleCommits(file, clone, { 'refs/drydock/head': head })).rejects.toMatchObject({
    kind: 'missing_objects',
    hint: expect.stringContaining('--unshallow'),
  });
});
