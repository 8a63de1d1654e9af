import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { forgeForTest, octokitOf } from './fixtures.ts';
import { temporaryFolder } from './folder.ts';
import { clientGit, git } from './git.ts';

const HERE = { owner: 'octo', repo: 'hello' };

async function withBranch() {
  const forge = await forgeForTest();
  const commit = await forge.pushAs('ada', 'fix', { 'a.txt': 'fixed\n' });
  return { forge, commit, octokit: octokitOf(forge, forge.tokens.write) };
}

describe('a pull request', () => {
  it('is opened as a draft by the owner of the token, and shows where its branch is now', async () => {
    const { forge, commit, octokit } = await withBranch();
    const made = await octokit.request('POST /repos/{owner}/{repo}/pulls', {
      ...{ ...HERE, head: 'fix', base: 'main', title: 'A fix', body: 'Closes #1', draft: true },
    });
    expect(made.status).toBe(201);
    expect(made.data).toMatchObject({ draft: true, state: 'open', head: { ref: 'fix', sha: commit } });
    expect(made.data.user?.login).toBe('github-actions[bot]');
    const next = await forge.pushAs('ada', 'fix', { 'b.txt': 'more\n' });
    const path = { ...HERE, pull_number: made.data.number };
    const now = await octokit.request('GET /repos/{owner}/{repo}/pulls/{pull_number}', path);
    expect(now.data.head).toMatchObject({ sha: next, repo: { full_name: 'octo/hello' } });
    expect(await forge.refs.resolve('refs/pull/1/head')).toBe(next);
    expect(forge.violations).toEqual([]);
  });

  it.each([
    ['a head that is not there', { head: 'nowhere' }, { resource: 'PullRequest', field: 'head', code: 'invalid' }],
    ['a base that is not there', { base: 'nowhere' }, { resource: 'PullRequest', field: 'base', code: 'invalid' }],
    ['no commits between the two', { head: 'same' }, { code: 'custom', message: 'No commits between main and same' }],
    ['a second one', { head: 'taken' }, { code: 'custom', message: 'A pull request already exists for octo:taken.' }],
  ])('is refused for %s, in the words of GitHub', async (_, change, error) => {
    const { forge, octokit } = await withBranch();
    await forge.forceBranch('same', (await forge.refs.resolve('main')) ?? '');
    await forge.pushAs('ada', 'taken', { 'c.txt': '' });
    await forge.openPull('ada', 'taken');
    const asked = octokit.request('POST /repos/{owner}/{repo}/pulls', {
      ...{ ...HERE, head: 'fix', base: 'main', title: 'A fix', ...change },
    });
    await expect(asked).rejects.toMatchObject({
      status: 422,
      response: { data: { message: 'Validation Failed', errors: [error] } },
    });
    expect(forge.pulls()).toHaveLength(1);
    expect(forge.violations).toEqual([]);
  });

  it('is found by its branch, and by its new name after the branch was renamed', async () => {
    const { forge, octokit } = await withBranch();
    await forge.openPull('ada', 'fix');
    const list = async (head: string, state: 'open' | 'all' = 'open') =>
      (await octokit.request('GET /repos/{owner}/{repo}/pulls', { ...HERE, head, state })).data;
    expect(await list('octo:fix')).toHaveLength(1);
    expect(await list('other:fix')).toEqual([]);
    await forge.renameBranch('fix', 'better');
    expect(await list('octo:fix')).toEqual([]);
    expect((await list('octo:better')).map(({ state }) => state)).toEqual(['open']);
    await forge.removeBranch('better');
    expect(await list('octo:better')).toEqual([]);
    expect((await list('octo:better', 'all')).map(({ state }) => state)).toEqual(['closed']);
  });

  it('is merged for real and closes the issue that it names', async () => {
    const { forge, octokit } = await withBranch();
    forge.openIssue('ada', { title: 'It is broken' });
    await forge.openPull('ada', 'fix', { body: 'Fixes #1' });
    await forge.mergePull(2);
    expect(await forge.refs.file('main', 'a.txt')).toBe('fixed\n');
    const path = { ...HERE, pull_number: 2 };
    const { data } = await octokit.request('GET /repos/{owner}/{repo}/pulls/{pull_number}', path);
    expect(data).toMatchObject({ state: 'closed', merged: true });
    expect(forge.issues().map(({ open }) => open)).toEqual([false]);
  });

  it('is changed and closed, and not reopened without its branch', async () => {
    const { forge, octokit } = await withBranch();
    await forge.openPull('ada', 'fix');
    const path = { ...HERE, pull_number: 1 };
    const change = (fields: { body?: string; state?: 'open' | 'closed' }) =>
      octokit.request('PATCH /repos/{owner}/{repo}/pulls/{pull_number}', { ...path, ...fields });
    expect((await change({ body: 'New', state: 'closed' })).data).toMatchObject({ body: 'New', state: 'closed' });
    expect((await change({ state: 'open' })).data.state).toBe('open');
    await forge.removeBranch('fix');
    await expect(change({ state: 'open' })).rejects.toMatchObject({ status: 422 });
  });

  it('from a fork has its commit only below refs/pull, and its repository may be gone', async () => {
    const forge = await forgeForTest();
    await forge.openForkPull('eve', 'patch', { 'e.txt': 'e\n' });
    await forge.openForkPull('eve', 'patch-2', { 'f.txt': 'f\n' }, { gone: true });
    const octokit = octokitOf(forge, forge.tokens.read);
    const { data } = await octokit.request('GET /repos/{owner}/{repo}/pulls', { ...HERE, direction: 'asc' });
    expect(data.map(({ head }) => head.repo?.full_name ?? null)).toEqual(['eve/hello', null]);
    expect(data[0]?.head.sha).toBe(await forge.refs.resolve('refs/pull/1/head'));
    expect(Object.keys(await forge.branches())).toEqual(['main']);
  });
});

describe('tokens', () => {
  it('that are wrong, missing or only read are told so', async () => {
    const forge = await forgeForTest();
    forge.openIssue('ada', { title: 'One' });
    const issue = { ...HERE, issue_number: 1 };
    const read = (token?: string) =>
      octokitOf(forge, token).request('GET /repos/{owner}/{repo}/issues/{issue_number}', issue);
    await expect(read('guessed')).rejects.toMatchObject({
      status: 401,
      response: { data: { message: 'Bad credentials' } },
    });
    await expect(read()).rejects.toMatchObject({ status: 404 });
    expect((await read(forge.tokens.read)).data.title).toBe('One');
    const write = octokitOf(forge, forge.tokens.read).request(
      'POST /repos/{owner}/{repo}/issues/{issue_number}/comments',
      { ...issue, body: 'Hello' },
    );
    await expect(write).rejects.toMatchObject({
      status: 403,
      response: { data: { message: 'Resource not accessible by integration' } },
    });
    expect(forge.comments()).toEqual([]);
    expect(forge.requests.map(({ login, status }) => [login, status])).toEqual([
      [null, 401],
      [null, 404],
      ['github-actions[bot]', 200],
      ['github-actions[bot]', 403],
    ]);
  });

  it('push and clone on the same port and the same refs', async () => {
    const forge = await forgeForTest();
    const folder = temporaryFolder();
    await git(folder, ['clone', '-q', forge.remote, 'copy'], forge.tokens.read);
    const work = join(folder, 'copy');
    await git(work, ['commit', '-q', '--allow-empty', '-m', 'mine']);
    const push = ['push', forge.remote, 'HEAD:refs/heads/drydock/issue-1'];
    expect((await clientGit(work, push, 'guessed')).code).not.toBe(0);
    expect((await clientGit(work, push, forge.tokens.read)).stderr).toContain('403');
    expect(Object.keys(await forge.branches())).toEqual(['main']);
    await git(work, push, forge.tokens.write);
    expect((await forge.branches())['drydock/issue-1']).toBe(await git(work, ['rev-parse', 'HEAD']));
  });
});

describe('people', () => {
  it('push any path and any kind of file as real commits', async () => {
    const forge = await forgeForTest();
    const odd = 'a "quoted"\\ näme\nof two lines';
    await forge.pushAs('eve', 'odd', {
      ...{ [odd]: 'text', 'README.md': null, 'bytes.bin': Buffer.from([0, 255, 10]) },
      ...{ link: { mode: '120000', data: '/etc/passwd' }, sub: { mode: '160000', data: 'a'.repeat(40) } },
    });
    const tree = (await forge.refs.git('ls-tree', '-r', '-z', 'odd')).split('\0').filter((line) => line !== '');
    const entries = tree.map((line) => [line.slice(0, 6), line.slice(line.indexOf('\t') + 1)]);
    expect(entries).toEqual(
      expect.arrayContaining([
        ['100644', odd],
        ['120000', 'link'],
        ['160000', 'sub'],
      ]),
    );
    expect(entries).toHaveLength(4);
    expect(await forge.refs.git('log', '-1', '--format=%an', 'odd')).toBe('eve');
    await forge.refs.git('fsck', '--strict');
  });

  it('do things at times that all differ', async () => {
    const forge = await forgeForTest({ clock: () => Date.UTC(2026, 0, 2) });
    const issue = forge.openIssue('ada', { title: 'One' });
    const times = [issue.updatedAt];
    for (const label of ['a', 'b']) {
      forge.label(1, label);
      times.push(issue.updatedAt);
    }
    expect(new Set(times).size).toBe(3);
    expect(times.every((time) => time.startsWith('2026-01-02T00:00:'))).toBe(true);
  });
});
