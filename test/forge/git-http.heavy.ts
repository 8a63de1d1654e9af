import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { temporaryFolder } from './folder.ts';
import { clientGit, git, initBare } from './git.ts';
import { type Scope, startGitServer } from './git-http.ts';

const TOKENS = new Map<string, Scope>([
  ['reads', 'read'],
  ['writes', 'write'],
]);

async function served(publicRead = false) {
  const folder = temporaryFolder();
  const gitDir = join(folder, 'repository.git');
  await initBare(gitDir);
  const server = await startGitServer({ gitDir, publicRead, scopeOf: (token) => TOKENS.get(token) ?? null });
  onTestFinished(() => server.close());
  return { folder, gitDir, url: `${server.url}/octo/hello.git` };
}

async function committed(folder: string, name: string, text: string | Buffer): Promise<string> {
  const work = join(folder, name);
  await git(folder, ['init', '-q', work]);
  writeFileSync(join(work, 'file'), text);
  await git(work, ['add', '-A']);
  await git(work, ['commit', '-q', '-m', name]);
  return work;
}

describe('a repository over HTTP', () => {
  it('is pushed with a token that writes, and cloned with one that reads', async () => {
    const { folder, gitDir, url } = await served();
    const work = await committed(folder, 'work', 'one\n');
    await git(work, ['push', '-q', url, 'HEAD:refs/heads/main'], 'writes');
    expect(await git(gitDir, ['rev-parse', 'main'])).toBe(await git(work, ['rev-parse', 'HEAD']));
    await git(folder, ['clone', '-q', url, 'copy'], 'reads');
    expect(await git(join(folder, 'copy'), ['show', 'HEAD:file'])).toBe('one');
  });

  it('takes a push that git sends in chunks', async () => {
    const { folder, gitDir, url } = await served();
    const work = await committed(folder, 'large', randomBytes(3 * 1024 * 1024));
    await git(work, ['push', '-q', url, 'HEAD:refs/heads/main'], 'writes');
    expect(await git(gitDir, ['cat-file', '-s', 'main:file'])).toBe(String(3 * 1024 * 1024));
  });

  it('takes the token from the password of the address too', async () => {
    const { folder, url } = await served();
    const work = await committed(folder, 'work', 'one\n');
    const address = url.replace('http://', 'http://x-access-token:writes@');
    await git(work, ['push', '-q', address, 'HEAD:refs/heads/main']);
    expect(await git(folder, ['ls-remote', url, 'refs/heads/main'], 'reads')).toContain('refs/heads/main');
  });

  it('refuses a push with a token that only reads, and no ref moves', async () => {
    const { folder, gitDir, url } = await served();
    const work = await committed(folder, 'work', 'one\n');
    const end = await clientGit(work, ['push', url, 'HEAD:refs/heads/main'], 'reads');
    expect(end.code).not.toBe(0);
    expect(end.stderr).toContain('403');
    expect(await git(gitDir, ['for-each-ref'])).toBe('');
  });

  it('refuses a wrong token and no token', async () => {
    const { folder, url } = await served();
    const wrong = await clientGit(folder, ['ls-remote', url], 'guessed');
    expect(wrong.code).not.toBe(0);
    expect((await fetch(`${url}/info/refs?service=git-upload-pack`)).status).toBe(401);
    const basic = `Basic ${Buffer.from('anybody:guessed').toString('base64')}`;
    const headers = { authorization: basic };
    const answer = await fetch(`${url}/info/refs?service=git-upload-pack`, { headers });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toMatch(/^Basic /);
  });

  it('is read by anybody where that is wanted, but a wrong token is still wrong', async () => {
    const { folder, url } = await served(true);
    expect(await git(folder, ['ls-remote', url])).toBe('');
    expect((await clientGit(folder, ['ls-remote', url], 'guessed')).code).not.toBe(0);
    expect((await fetch(`${url}/info/refs?service=git-receive-pack`)).status).toBe(401);
  });

  it('lets the client say whether a branch may be rewound', async () => {
    const { folder, gitDir, url } = await served();
    const work = await committed(folder, 'work', 'one\n');
    await git(work, ['push', '-q', url, 'HEAD:refs/heads/main'], 'writes');
    await git(work, ['commit', '-q', '--amend', '-m', 'again']);
    expect((await clientGit(work, ['push', url, 'HEAD:refs/heads/main'], 'writes')).code).not.toBe(0);
    await git(work, ['push', '-q', '--force', url, 'HEAD:refs/heads/main'], 'writes');
    expect(await git(gitDir, ['log', '-1', '--format=%s', 'main'])).toBe('again');
  });

  it('keeps refs/pull to itself', async () => {
    const { folder, gitDir, url } = await served();
    const work = await committed(folder, 'work', 'one\n');
    expect((await clientGit(work, ['push', url, 'HEAD:refs/pull/1/head'], 'writes')).code).not.toBe(0);
    expect(await git(gitDir, ['for-each-ref'])).toBe('');
  });
});
