import { describe, expect, it } from 'vitest';
import type { Fault, RequestMatch } from './faults.ts';
import { GIT_FETCH, GIT_PUSH } from './faults.ts';
import { forgeForTest, octokitOf } from './fixtures.ts';
import { temporaryFolder } from './folder.ts';
import { clientGit, git } from './git.ts';

const COMMENTS: RequestMatch = { method: 'POST', path: '/repos/octo/hello/issues/1/comments' };

async function commented(fault: Fault, when?: { skip?: number; times?: number }) {
  const forge = await forgeForTest();
  forge.openIssue('ada', { title: 'One' });
  forge.fail(COMMENTS, fault, when);
  const octokit = octokitOf(forge, forge.tokens.write);
  const comment = () => octokit.request('POST /repos/octo/hello/issues/1/comments', { body: 'Hello' });
  return { forge, octokit, comment };
}

describe('a fault of the API', () => {
  it.each([403, 429] as const)('is the secondary rate limit with status %i, and nothing is done', async (status) => {
    const { forge, comment } = await commented({ kind: 'limited', status, retryAfter: 7 });
    await expect(comment()).rejects.toMatchObject({
      status,
      message: expect.stringMatching(/secondary rate limit/),
      response: { headers: { 'retry-after': '7' } },
    });
    expect(forge.comments()).toEqual([]);
    expect((await comment()).status).toBe(201);
    expect([forge.comments().length, forge.pendingFaults()]).toEqual([1, 0]);
  });

  it.each([true, false])('is a 502, and whether it was done by then (%s) is for the script to say', async (done) => {
    const { forge, comment } = await commented({ kind: 'bad gateway', done });
    await expect(comment()).rejects.toMatchObject({ status: 502 });
    expect(forge.comments()).toHaveLength(done ? 1 : 0);
  });

  it.each([true, false])('is a connection that ends without an answer (done: %s)', async (done) => {
    const { forge, comment } = await commented({ kind: 'cut', done });
    await expect(comment()).rejects.toThrow();
    expect(forge.comments()).toHaveLength(done ? 1 : 0);
    expect(forge.requests.map(({ status }) => status)).toEqual([null]);
  });

  it('is an answer that breaks off, after it was done', async () => {
    const { forge } = await commented({ kind: 'cut', done: true, midway: true });
    const answer = await fetch(`${forge.url}/repos/octo/hello/issues/1/comments`, {
      ...{ method: 'POST', body: JSON.stringify({ body: 'Hello' }) },
      headers: { authorization: `token ${forge.tokens.write}`, 'content-type': 'application/json' },
    });
    await expect(answer.text()).rejects.toThrow();
    expect(forge.comments()).toHaveLength(1);
  });

  it('is an answer that comes after whoever asked has gone', async () => {
    const { forge, octokit } = await commented({ kind: 'slow', ms: 60_000 });
    const asked = octokit.request('POST /repos/octo/hello/issues/1/comments', {
      ...{ body: 'Hello', request: { signal: AbortSignal.timeout(2_000) } },
    });
    await expect(asked).rejects.toThrow();
    expect(forge.comments()).toHaveLength(1);
  });

  it('is something that happens meanwhile', async () => {
    const { forge, comment } = await commented({ kind: 'slow', ms: 0 }, { times: 0 });
    forge.fail(COMMENTS, { kind: 'meanwhile', run: () => forge.comment('ada', 1, 'First') });
    await comment();
    expect(forge.comments().map(({ body }) => body)).toEqual(['First', 'Hello']);
    forge.fail(COMMENTS, { kind: 'meanwhile', run: () => forge.comment('ada', 1, 'Last'), lost: true });
    await expect(comment()).rejects.toThrow();
    expect(forge.comments().map(({ body }) => body)).toEqual(['First', 'Hello', 'Last']);
  });

  it('befalls the requests that it is meant for, and no others', async () => {
    const { forge, octokit, comment } = await commented({ kind: 'bad gateway', done: false }, { skip: 1, times: 2 });
    await octokit.request('GET /repos/octo/hello/issues/1/comments');
    const ends: number[] = [];
    for (let count = 0; count < 4; count += 1) {
      ends.push(
        await comment().then(
          () => 201,
          () => 502,
        ),
      );
    }
    expect(ends).toEqual([201, 502, 502, 201]);
    expect(forge.violations).toEqual([]);
  });
});

describe('a fault of the git remote', () => {
  async function pushing(fault: Fault) {
    const forge = await forgeForTest();
    const work = temporaryFolder();
    await git(work, ['init', '-q']);
    await git(work, ['commit', '-q', '--allow-empty', '-m', 'mine']);
    forge.fail(GIT_PUSH, fault);
    const push = () => clientGit(work, ['push', forge.remote, 'HEAD:refs/heads/fix'], forge.tokens.write);
    return { forge, push };
  }

  it.each([
    ['bad gateway', true],
    ['bad gateway', false],
    ['cut', true],
    ['cut', false],
  ] as const)('is a push that ends with %s, its refs moved: %s', async (kind, done) => {
    const { forge, push } = await pushing(kind === 'cut' ? { kind, done, midway: true } : { kind, done });
    expect((await push()).code).not.toBe(0);
    expect(Object.keys(await forge.branches())).toEqual(done ? ['fix', 'main'] : ['main']);
    expect((await push()).code).toBe(0);
  });

  it('is a person who pushes first', async () => {
    const { forge, push } = await pushing({ kind: 'meanwhile', run: () => forge.pushAs('ada', 'fix', { a: 'a' }) });
    const end = await push();
    expect(end.code).not.toBe(0);
    expect(await forge.refs.git('log', '-1', '--format=%an', 'fix')).toBe('ada');
  });

  it('is a fetch that is cut', async () => {
    const forge = await forgeForTest();
    forge.fail(GIT_FETCH, { kind: 'cut', done: false }, { times: 5 });
    const end = await clientGit(temporaryFolder(), ['clone', '-q', forge.remote, 'copy'], forge.tokens.read);
    expect(end.code).not.toBe(0);
  });
});
