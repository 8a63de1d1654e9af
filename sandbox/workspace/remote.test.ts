import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeRepository, plainGit } from './fixtures.ts';
import { gitEnvironment } from './git.ts';
import { fetchCommits, pushWithLease, readRemoteDefaultBranch, readRemoteHead } from './remote.ts';
import { checkRemote, remoteSettings } from './remote-address.ts';
import { inspectRepository } from './repository.ts';
import { openTrusted, readTrustedRef, treeOf, writeCommit } from './trusted.ts';

/** A remote that is a folder, and an empty trusted repository beside it that borrows nothing of it. */
async function start() {
  const user = makeRepository({ 'a.txt': 'one\n' });
  plainGit(user.root, user.env, 'tag', 'v1');
  const remote = join(user.folder, 'remote.git');
  plainGit(user.folder, user.env, 'clone', '-q', '--bare', user.root, remote);
  const head = plainGit(remote, user.env, 'rev-parse', 'HEAD').trim();
  const other = makeRepository({ 'x.txt': 'x\n' });
  const trusted = await openTrusted(join(user.folder, 'own.git'), await inspectRepository(other.root, other.env));
  const access = { url: remote, token: null };
  const on = async (parent: string, message: string) =>
    writeCommit(trusted, {
      tree: await treeOf(trusted, parent),
      parents: [parent],
      message,
      author: { name: 'Ada', email: 'ada@example.org' },
      time: 1,
    });
  const at = (branch: string) => readRemoteHead(access, branch, user.env);
  return { user, remote, head, trusted, access, on, at };
}

async function fetched() {
  const all = await start();
  await fetchCommits(all.trusted, all.access, [{ from: { branch: 'main' }, to: 'refs/drydock/base' }]);
  return all;
}

test('a branch of the remote is read by its whole name', async () => {
  const { user, remote, head, access, at } = await start();
  plainGit(remote, user.env, 'update-ref', 'refs/heads/x/refs/heads/gone', head);
  expect(await at('main')).toBe(head);
  expect(await at('gone')).toBe(null);
  expect(await readRemoteDefaultBranch(access, user.env)).toBe('main');
});

test('an empty remote has no default branch', async () => {
  const { user } = await start();
  const url = join(user.folder, 'empty.git');
  plainGit(user.folder, user.env, 'init', '-q', '--bare', url);
  expect(await readRemoteDefaultBranch({ url, token: null }, user.env)).toBe(null);
});

test('a fetch writes the refs that it was told to, and no other, no tag and no FETCH_HEAD', async () => {
  const { user, trusted, head } = await fetched();
  expect(plainGit(trusted.gitDir, user.env, `--git-dir=${trusted.gitDir}`, 'for-each-ref', '--format=%(refname)')).toBe(
    'refs/drydock/base\n',
  );
  expect(await readTrustedRef(trusted, 'refs/drydock/base')).toBe(head);
  expect(existsSync(join(trusted.gitDir, 'FETCH_HEAD'))).toBe(false);
});

test('a commit is fetched by its id, alone where no history is wanted', async () => {
  const { user, trusted, access, remote, head } = await start();
  const tree = plainGit(remote, user.env, 'rev-parse', 'HEAD^{tree}').trim();
  const next = plainGit(remote, user.env, 'commit-tree', tree, '-p', head, '-m', 'next').trim();
  plainGit(remote, user.env, 'update-ref', 'refs/heads/main', next);
  await fetchCommits(trusted, access, [{ from: { commit: next }, to: 'refs/drydock/head' }], { depth: 1 });
  expect(await readTrustedRef(trusted, 'refs/drydock/head')).toBe(next);
  expect(await readTrustedRef(trusted, 'refs/drydock/head~1')).toBe(null);
});

test('a history with objects that git no longer makes is fetched, whatever the user prefers', async () => {
  const { user, trusted, access, remote, head } = await start();
  const tree = plainGit(remote, user.env, 'rev-parse', 'HEAD^{tree}').trim();
  const raw = join(user.folder, 'raw');
  writeFileSync(raw, `tree ${tree}\nparent ${head}\nauthor A <a@b> 01 +0000\ncommitter A <a@b> 01 +0000\n\nold\n`);
  const old = plainGit(remote, user.env, 'hash-object', '-t', 'commit', '-w', '--literally', raw).trim();
  plainGit(remote, user.env, 'update-ref', 'refs/heads/main', old);
  writeFileSync(join(trusted.env.HOME ?? '', '.gitconfig'), '[transfer]\n\tfsckObjects = true\n');
  expect(() => plainGit(user.folder, { ...trusted.env }, 'clone', '-q', '--no-local', remote, 'strict-clone')).toThrow(
    /fsck error/,
  );
  await fetchCommits(trusted, access, [{ from: { branch: 'main' }, to: 'refs/drydock/base' }]);
  expect(await readTrustedRef(trusted, 'refs/drydock/base')).toBe(old);
});

test('only refs under refs/drydock/ are written', async () => {
  const { trusted, access } = await start();
  for (const to of ['refs/heads/main', 'refs/drydock/../heads/main', 'HEAD']) {
    await expect(fetchCommits(trusted, access, [{ from: { branch: 'main' }, to }])).rejects.toMatchObject({
      kind: 'address',
    });
  }
});

test('a branch is made, moved on, and found to be there already', async () => {
  const { trusted, access, head, on, at } = await fetched();
  const first = await on(head, 'one');
  expect(await pushWithLease(trusted, access, { branch: 'bot/x', commit: first, expected: null })).toBe('pushed');
  const next = await on(first, 'two');
  expect(await pushWithLease(trusted, access, { branch: 'bot/x', commit: next, expected: first })).toBe('pushed');
  expect(await at('bot/x')).toBe(next);
  expect(await pushWithLease(trusted, access, { branch: 'bot/x', commit: next, expected: first })).toBe('already');
});

test('a branch that is elsewhere than expected stays where it is', async () => {
  const { trusted, access, head, on, at } = await fetched();
  const [theirs, ours] = [await on(head, 'theirs'), await on(head, 'ours')];
  expect(await pushWithLease(trusted, access, { branch: 'x', commit: ours, expected: head })).toEqual({ stale: null });
  await pushWithLease(trusted, access, { branch: 'x', commit: theirs, expected: null });
  for (const expected of [null, head]) {
    expect(await pushWithLease(trusted, access, { branch: 'x', commit: ours, expected })).toEqual({ stale: theirs });
  }
  expect(await at('x')).toBe(theirs);
});

test('a commit that does not come after the expected one is not sent', async () => {
  const { trusted, access, head, on, at } = await fetched();
  const [one, other] = [await on(head, 'one'), await on(head, 'other')];
  await pushWithLease(trusted, access, { branch: 'x', commit: one, expected: null });
  for (const commit of [other, head]) {
    const push = pushWithLease(trusted, access, { branch: 'x', commit, expected: one });
    await expect(push).rejects.toMatchObject({
      kind: 'refused',
      message: expect.stringContaining('does not come after'),
    });
  }
  expect(await at('x')).toBe(one);
});

/** Puts a hook into the remote. */
function hook(remote: string, name: string, script: string) {
  mkdirSync(join(remote, 'hooks'), { recursive: true });
  writeFileSync(join(remote, 'hooks', name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(remote, 'hooks', name), 0o755);
}

test('a hook that refuses is quoted in one printable line', async () => {
  const { trusted, access, remote, head, on } = await fetched();
  hook(remote, 'pre-receive', `printf '\\033[31mno\\033[0m\\nthis branch\\nis ours\\n' >&2; exit 1`);
  const push = pushWithLease(trusted, access, { branch: 'x', commit: await on(head, 'one'), expected: null });
  const message = `cannot push to ${remote}: it refused: pre-receive hook declined: no this branch is ours`;
  await expect(push).rejects.toMatchObject({ kind: 'refused', message });
});

test('somebody who is faster during the push wins', async () => {
  const { user, trusted, access, remote, head, on, at } = await fetched();
  const [theirs, ours] = [await on(head, 'theirs'), await on(head, 'ours')];
  await pushWithLease(trusted, access, { branch: 'x', commit: head, expected: null });
  await pushWithLease(trusted, access, { branch: 'theirs', commit: theirs, expected: null });
  // Between the remote's answer of where the branch is, and its taking of ours.
  hook(remote, 'pre-receive', `unset GIT_QUARANTINE_PATH; git update-ref refs/heads/x ${theirs}`);
  expect(await pushWithLease(trusted, access, { branch: 'x', commit: ours, expected: head })).toEqual({
    stale: theirs,
  });
  expect(await at('x')).toBe(theirs);
  expect(plainGit(remote, user.env, 'log', '--format=%s', '-1', 'x').trim()).toBe('theirs');
});

test('a remote that is not there is named', async () => {
  const { user, trusted } = await start();
  const access = { url: join(user.folder, 'nothing.git'), token: null };
  await expect(readRemoteHead(access, 'main', user.env)).rejects.toMatchObject({
    kind: 'missing',
    message: expect.stringContaining(access.url),
  });
  await expect(fetchCommits(trusted, access, [{ from: { branch: 'main' }, to: 'refs/drydock/a' }])).rejects.toThrow(
    'cannot fetch from',
  );
});

test('a branch that is not there is called missing', async () => {
  const { trusted, access } = await start();
  const fetch = fetchCommits(trusted, access, [{ from: { branch: 'nope' }, to: 'refs/drydock/a' }]);
  await expect(fetch).rejects.toMatchObject({ kind: 'missing', message: expect.stringContaining('no such branch') });
});

test.each([
  'https://me:secret@example.org/r.git',
  'https://secret@example.org/r.git',
  'http://example.org/r.git',
  'http://127.0.0.1.example.org/r.git',
  'https://example.org/r.git?access_token=secret',
  'https://example.org/r.git\n-c',
  'ext::sh -c touch% /tmp/x',
  'ssh://git@example.org/r.git',
  'git@example.org:r.git',
  'git://example.org/r.git',
  '--upload-pack=touch /tmp/x',
  'fd::3',
  'file://example.org/x',
  'relative/path',
  'https:///r.git',
  'https:\\\\example.org',
  'HTTP://10.0.0.1/',
  '',
])('the address %j is refused before git hears of it', (url) => {
  expect(() => checkRemote(url)).toThrow(expect.objectContaining({ name: 'RemoteError', kind: 'address' }));
  expect(() => checkRemote(url)).not.toThrow(/secret/);
});

test.each([
  'https://example.org/o/r.git',
  'http://127.0.0.1:80/o/r',
  'http://localhost:1/r',
  'http://[::1]:1/r',
  '/srv/r.git',
  'file:///srv/r',
])('the address %j is taken', (url) => expect(checkRemote(url).address).toMatch(/^(https?:|file:|\/)/));

test('the way to another machine goes through the proxy of this one, with its certificates; nothing else comes along', () => {
  const way = { https_proxy: 'http://proxy:1', NO_PROXY: 'x', SSL_CERT_FILE: '/c', GIT_SSL_CAINFO: '/i' };
  const env = {
    ...way,
    PATH: '/bin',
    GITHUB_TOKEN: 'secret',
    GIT_TRACE_CURL: '1',
    GIT_ASKPASS: '/x',
    SSH_ASKPASS: '/x',
  };
  const made = gitEnvironment(remoteSettings({ url: 'https://example.org/o/r', token: 't' }, { env, cwd: '/' }));
  expect(made).toMatchObject({ ...way, PATH: '/bin', GIT_TERMINAL_PROMPT: '0' });
  for (const name of ['GITHUB_TOKEN', 'GIT_TRACE_CURL', 'GIT_ASKPASS', 'SSH_ASKPASS'])
    expect(made).not.toHaveProperty(name);
  const local = gitEnvironment(remoteSettings({ url: 'http://127.0.0.1:1/r', token: 't' }, { env, cwd: '/' }));
  for (const name of Object.keys(way)) expect(local).not.toHaveProperty(name);
});

test('names that git would take for something else are refused', async () => {
  const { trusted, access, head } = await fetched();
  for (const branch of ['-x', 'a:b', 'a b', 'refs/../x', '']) {
    await expect(pushWithLease(trusted, access, { branch, commit: head, expected: null })).rejects.toMatchObject({
      kind: 'address',
    });
  }
  await expect(pushWithLease(trusted, access, { branch: 'a', commit: 'HEAD', expected: null })).rejects.toThrow(
    'full id',
  );
});
