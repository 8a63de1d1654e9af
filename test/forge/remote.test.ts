/** Commits from and to a remote over real smart HTTP, and where the token goes. */
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import {
  bundleCommits,
  type CommitPerson,
  createTrusted,
  fetchCommits,
  inspectRepository,
  openAt,
  openBundle,
  openTrusted,
  pushWithLease,
  type RemoteAccess,
  readBaseFiles,
  readRemoteDefaultBranch,
  readRemoteHead,
  readTrustedRef,
  receiveTree,
  type TrustedRepository,
} from '../../sandbox/index.ts';
import { type Faults, GIT_PUSH, makeFaults } from './faults.ts';
import { temporaryFolder } from './folder.ts';
import { git, initBare } from './git.ts';
import { startGitServer } from './git-http.ts';
import { listen } from './http.ts';
import { openRefs } from './refs.ts';

const TOKEN = 'ghs_aVerySecretToken0123456789';
const READS = 'ghs_ThisOneOnlyReads0123456789';
const AUTHOR: CommitPerson = { name: 'Ada', email: 'ada@example.org' };

async function start(faults: Faults = makeFaults()) {
  const folder = temporaryFolder();
  const gitDir = join(folder, 'remote.git');
  await initBare(gitDir);
  const refs = openRefs(gitDir);
  const files = { 'a.txt': 'one\n' };
  const head = await refs.commit({
    ref: 'refs/heads/main',
    parent: null,
    files,
    message: 'start\n',
    author: 'ada',
    time: 1,
  });
  const server = await startGitServer(
    { gitDir, scopeOf: (token) => (token === TOKEN ? 'write' : token === READS ? 'read' : null) },
    (asked, answer) => faults.around(asked, answer),
  );
  onTestFinished(() => server.close());
  const home = join(folder, 'home');
  mkdirSync(home);
  const env = { PATH: process.env.PATH, HOME: home, GIT_CONFIG_NOSYSTEM: '1' };
  const access: RemoteAccess = { url: `${server.url}/octo/hello.git`, token: TOKEN };
  const own = join(folder, 'own');
  await git(folder, ['init', '-q', own]);
  await git(own, ['commit', '-q', '--allow-empty', '-m', 'x']);
  const trusted = await openTrusted(join(folder, 'trusted.git'), await inspectRepository(own, env));
  return { folder, gitDir, refs, head, env, home, access, trusted, server };
}

/** A commit of another tree on `parent`, made in the trusted repository. */
async function commitOn(trusted: TrustedRepository, parent: string, message: string): Promise<string> {
  const tree = await git(trusted.gitDir, ['rev-parse', `${parent}^{tree}`]);
  const { commit } = await receiveTree(trusted, { pack: null, tree, base: parent, message, author: AUTHOR, time: 2 });
  return commit;
}

async function fetched(faults?: Faults) {
  const all = await start(faults);
  await fetchCommits(all.trusted, all.access, [{ from: { branch: 'main' }, to: 'refs/drydock/base' }]);
  return { ...all, next: await commitOn(all.trusted, all.head, 'next\n') };
}

test('branches are read, fetched and pushed with the token', async () => {
  const { refs, head, env, access, trusted, next } = await fetched();
  expect(await readRemoteHead(access, 'main', env)).toBe(head);
  expect(await readRemoteHead(access, 'other', env)).toBe(null);
  expect(await readRemoteDefaultBranch(access, env)).toBe('main');
  expect(await readTrustedRef(trusted, 'refs/drydock/base')).toBe(head);
  expect(await pushWithLease(trusted, access, { branch: 'bot/x', commit: next, expected: null })).toBe('pushed');
  expect(await refs.resolve('bot/x')).toBe(next);
});

test('a commit that no branch has any more is fetched by its id', async () => {
  const { refs, head, access, trusted } = await start();
  await refs.remove('refs/heads/main');
  await refs.set('refs/heads/keep', head);
  await fetchCommits(trusted, access, [{ from: { commit: head }, to: 'refs/drydock/head' }], { depth: 1 });
  expect(await readTrustedRef(trusted, 'refs/drydock/head')).toBe(head);
});

test('a repository made of nothing but a fetch is bundled, and a run can start in what is made of the bundle', async () => {
  const { folder, access, head, env } = await start();
  const trusted = await createTrusted(join(folder, 'collected.git'), 'sha1', env);
  await fetchCommits(trusted, access, [{ from: { branch: 'main' }, to: 'refs/drydock/base' }]);
  const repository = await openAt(trusted, { commit: head, branch: null });
  expect((await readBaseFiles(repository, head, ['a.txt'])).get('a.txt')?.toString()).toBe('one\n');
  const file = join(folder, 'repository.bundle');
  await bundleCommits(file, trusted, { 'refs/drydock/base': head, 'refs/drydock/head': head });
  const opened = await openBundle(file, join(folder, 'work.git'), { commit: head, branch: 'main' }, env);
  expect(opened).toMatchObject({ head, branch: 'main', shallow: false, partial: false });
});

test.each([
  ['bad gateway', true],
  ['cut', true],
] as const)('a push whose answer is lost (%s) after it was done has happened', async (kind, done) => {
  const faults = makeFaults();
  const { refs, access, trusted, next } = await fetched(faults);
  faults.add(GIT_PUSH, { kind, done });
  expect(await pushWithLease(trusted, access, { branch: 'x', commit: next, expected: null })).toBe('pushed');
  expect(await refs.resolve('x')).toBe(next);
});

test('a push that failed before it was done is an error of one line', async () => {
  const faults = makeFaults();
  const { refs, access, trusted, next } = await fetched(faults);
  faults.add(GIT_PUSH, { kind: 'bad gateway', done: false });
  const push = pushWithLease(trusted, access, { branch: 'x', commit: next, expected: null });
  await expect(push).rejects.toMatchObject({
    kind: 'unreachable',
    message: expect.stringMatching(/^cannot push to .*502$/),
  });
  expect(await refs.resolve('x')).toBe(null);
});

test('a person who pushes meanwhile wins', async () => {
  const faults = makeFaults();
  const { refs, head, access, trusted, next } = await fetched(faults);
  await pushWithLease(trusted, access, { branch: 'x', commit: head, expected: null });
  let theirs = '';
  const run = async () => {
    const files = { 'b.txt': 'theirs\n' };
    theirs = await refs.commit({
      ref: 'refs/heads/x',
      parent: head,
      files,
      message: 'theirs\n',
      author: 'eve',
      time: 3,
    });
  };
  faults.add(GIT_PUSH, { kind: 'meanwhile', run });
  const pushed = await pushWithLease(trusted, access, { branch: 'x', commit: next, expected: head });
  expect(pushed).toEqual({ stale: theirs });
  expect(await refs.resolve('x')).toBe(theirs);
});

test('a token that is unknown, only reads, or is missing is refused in words', async () => {
  const { env, access, trusted, next } = await fetched();
  const push = (token: string | null) =>
    pushWithLease(trusted, { ...access, token }, { branch: 'x', commit: next, expected: null });
  await expect(push(READS)).rejects.toMatchObject({
    kind: 'denied',
    message: expect.stringContaining('may not do this'),
  });
  await expect(push('wrong')).rejects.toMatchObject({
    kind: 'denied',
    message: expect.stringContaining('refused the token'),
  });
  await expect(readRemoteHead({ ...access, token: null }, 'main', env)).rejects.toMatchObject({ kind: 'denied' });
});

test('the helpers and headers that the user has configured have no part', async () => {
  const { home, env, access, head } = await start();
  const asked = join(home, 'asked');
  const helper = `!f() { echo asked >> ${asked}; echo username=x; echo password=${TOKEN}; }; f`;
  await git(home, ['config', '--file', join(home, '.gitconfig'), 'credential.helper', helper]);
  await git(home, [
    'config',
    '--file',
    join(home, '.gitconfig'),
    `http.${access.url}.extraHeader`,
    'Authorization: Basic x',
  ]);
  await git(home, ['config', '--file', join(home, '.gitconfig'), 'core.askPass', join(home, 'askpass')]);
  // Nothing listens there: a token in clear text would be read by a proxy.
  await git(home, ['config', '--file', join(home, '.gitconfig'), 'http.proxy', 'http://127.0.0.1:1']);
  const proxied = { ...env, http_proxy: 'http://127.0.0.1:1', all_proxy: 'http://127.0.0.1:1' };
  expect(await readRemoteHead(access, 'main', proxied)).toBe(head);
  await expect(readRemoteHead({ ...access, token: 'wrong' }, 'main', env)).rejects.toMatchObject({ kind: 'denied' });
  expect(readdirSync(home)).not.toContain('asked');
});

test('a redirect is not followed, so that the token stays', async () => {
  const seen: (string | undefined)[] = [];
  const other = await listen(async ({ headers }) => {
    seen.push(headers.authorization);
    return { status: 404, headers: {}, body: '' };
  });
  const first = await listen(async () => ({
    status: 302,
    headers: { location: `${other.url}/o/r.git/info/refs` },
    body: '',
  }));
  onTestFinished(async () => void (await Promise.all([other.close(), first.close()])));
  const { env, home } = await start();
  await git(home, ['config', '--file', join(home, '.gitconfig'), 'http.followRedirects', 'true']);
  const read = readRemoteHead({ url: `${first.url}/o/r.git`, token: TOKEN }, 'main', env);
  await expect(read).rejects.toMatchObject({ message: expect.stringContaining('it has moved') });
  expect(seen).toEqual([]);
});

test('nobody at the address is said', async () => {
  const { env, server, access } = await start();
  await server.close();
  await expect(readRemoteHead(access, 'main', env)).rejects.toMatchObject({ kind: 'unreachable' });
});

/** Every file below a folder. */
function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());
}

test('the token is in no argument of a process, in no file and in no error, and only in the environment of git', async () => {
  const faults = makeFaults();
  const { folder, env, access, trusted, gitDir, next, head } = await fetched(faults);
  const encoded = Buffer.from(`x-access-token:${TOKEN}`).toString('base64');
  const secrets = [TOKEN, encoded, Buffer.from(TOKEN).toString('base64').slice(0, -4)];
  const leaks = (text: string) => secrets.some((secret) => text.includes(secret));

  // A git in PATH that writes down how it was started, and then is git.
  const [bin, records] = [join(folder, 'bin'), join(folder, 'records')];
  mkdirSync(bin);
  mkdirSync(records);
  const real = (await git(folder, ['--exec-path'])).trim();
  const script = `#!/bin/sh
{ printf '%s\\0' "$@"; } > ${records}/$$.argv
cat /proc/self/environ > ${records}/$$.environ
exec ${real}/git "$@"
`;
  writeFileSync(join(bin, 'git'), script);
  chmodSync(join(bin, 'git'), 0o755);
  const watched = { ...env, PATH: `${bin}:${env.PATH}` };
  const watchedTrusted = { ...trusted, env: watched };

  // What any user of the machine sees in the list of processes, while git and its helpers wait for a slow answer.
  const lines: string[] = [];
  const look = () => {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      try {
        lines.push(readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
      } catch {
        // It has ended.
      }
    }
  };
  faults.add(GIT_PUSH, { kind: 'meanwhile', run: look });
  faults.add({ method: 'POST', path: /git-upload-pack$/ }, { kind: 'meanwhile', run: look });
  const errors: unknown[] = [];
  const keep = (error: unknown) => void errors.push(error);
  await readRemoteHead(access, 'main', watched);
  await fetchCommits(watchedTrusted, access, [{ from: { branch: 'main' }, to: 'refs/drydock/base' }], { depth: 1 });
  expect(await pushWithLease(watchedTrusted, access, { branch: 'x', commit: next, expected: null })).toBe('pushed');
  await readRemoteHead({ ...access, url: `${access.url}/nothing` }, 'main', watched).catch(keep);
  await pushWithLease(
    watchedTrusted,
    { ...access, token: `${TOKEN}x` },
    { branch: 'y', commit: next, expected: null },
  ).catch(keep);
  // Twice: curl sends a request again on a new connection when an old one dies under it.
  faults.add(GIT_PUSH, { kind: 'cut', done: false }, { times: 2 });
  await pushWithLease(watchedTrusted, access, { branch: 'z', commit: next, expected: null }).catch(keep);
  await pushWithLease(watchedTrusted, access, { branch: 'z', commit: head, expected: next }).catch(keep);

  expect(lines.some((line) => line.includes('git-remote-http') || line.includes('remote-http'))).toBe(true);
  expect(lines.filter(leaks)).toEqual([]);
  const recorded = readdirSync(records);
  const started = recorded
    .filter((name) => name.endsWith('.argv'))
    .map((name) => readFileSync(join(records, name), 'utf8'));
  expect(started.length).toBeGreaterThan(5);
  expect(started.filter(leaks)).toEqual([]);
  const environs = recorded
    .filter((name) => name.endsWith('.environ'))
    .map((name) => readFileSync(join(records, name), 'utf8'));
  expect(environs.some((text) => text.includes(`Authorization: Basic ${encoded}`))).toBe(true);
  expect(environs.filter((text) => text.includes(TOKEN))).toEqual([]);

  const files = [...filesBelow(trusted.gitDir), ...filesBelow(gitDir), ...filesBelow(env.HOME)];
  expect(files.length).toBeGreaterThan(5);
  expect(files.filter((path) => leaks(readFileSync(path, 'latin1')))).toEqual([]);
  expect(errors).toHaveLength(4);
  for (const error of errors) {
    expect(error).toBeInstanceOf(Error);
    const { message, stack, cause } = error instanceof Error ? error : new Error();
    expect(leaks(`${message} ${stack} ${JSON.stringify(cause ?? null)} ${JSON.stringify(error)}`)).toBe(false);
    expect(message).not.toContain('\n');
  }
});
