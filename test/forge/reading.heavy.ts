import { expect, it } from 'vitest';
import { forgeForTest, octokitOf } from './fixtures.ts';
import type { GitHubDouble } from './github.ts';

const HERE = { owner: 'octo', repo: 'hello' };

const reader = (forge: GitHubDouble) => octokitOf(forge, forge.tokens.read);
const writer = (forge: GitHubDouble) => octokitOf(forge, forge.tokens.write);

it('lists come in pages, and Link headers lead through all of them', async () => {
  const forge = await forgeForTest();
  forge.openIssue('ada', { title: 'One' });
  for (let count = 1; count <= 7; count += 1) forge.comment('ada', 1, `comment ${count}`);
  const octokit = reader(forge);
  const bodies: (string | undefined)[] = [];
  let pages = 0;
  let next: string | undefined = '/repos/octo/hello/issues/1/comments?per_page=3';
  while (next !== undefined) {
    const answer: Awaited<ReturnType<typeof octokit.request>> = await octokit.request(`GET ${next}`);
    bodies.push(...answer.data.map((comment: { body: string }) => comment.body));
    next = /<([^>]+)>; rel="next"/.exec(answer.headers.link ?? '')?.[1];
    pages += 1;
  }
  expect(pages).toBe(3);
  expect(bodies).toEqual([1, 2, 3, 4, 5, 6, 7].map((count) => `comment ${count}`));
  expect(forge.violations).toEqual([]);
});

it('a page holds 30 where nothing is asked for, and at most 100', async () => {
  const forge = await forgeForTest();
  forge.openIssue('ada', { title: 'One' });
  for (let count = 1; count <= 105; count += 1) forge.comment('ada', 1, `comment ${count}`);
  const list = async (query: { per_page?: number }) => {
    const path = { ...HERE, issue_number: 1, ...query };
    return (await reader(forge).request('GET /repos/{owner}/{repo}/issues/{issue_number}/comments', path)).data.length;
  };
  expect([await list({}), await list({ per_page: 200 })]).toEqual([30, 100]);
});

it('permissions are those that GitHub had first, beside the role', async () => {
  const forge = await forgeForTest();
  forge.addUser('mia', 'maintain');
  forge.addUser('tom', 'triage');
  forge.comment('eve', forge.openIssue('ada', { title: 'One' }).number, 'Hello');
  const ask = async (username: string) => {
    const route = 'GET /repos/{owner}/{repo}/collaborators/{username}/permission';
    const { data } = await reader(forge).request(route, { ...HERE, username });
    return [data.permission, data.role_name];
  };
  expect(await Promise.all(['octo', 'mia', 'tom', 'eve'].map(ask))).toEqual([
    ['admin', 'admin'],
    ['write', 'maintain'],
    ['read', 'triage'],
    ['none', 'none'],
  ]);
  await expect(ask('nobody')).rejects.toMatchObject({ status: 404 });
});

it('comments are made, changed, reacted to, found by their time and removed', async () => {
  const forge = await forgeForTest({ clock: () => Date.UTC(2026, 0, 2) });
  forge.openIssue('ada', { title: 'One' });
  forge.comment('ada', 1, 'old');
  const octokit = writer(forge);
  const route = 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments';
  const made = (await octokit.request(route, { ...HERE, issue_number: 1, body: 'new' })).data;
  expect(made.user?.login).toBe('github-actions[bot]');
  const at = { ...HERE, comment_id: made.id };
  await octokit.request('PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}', { ...at, body: 'newer' });
  const react = { ...at, content: 'eyes' } as const;
  const reacted = () => octokit.request('POST /repos/{owner}/{repo}/issues/comments/{comment_id}/reactions', react);
  expect([(await reacted()).status, (await reacted()).status]).toEqual([201, 200]);
  const since = { ...HERE, since: made.created_at, sort: 'updated' as const };
  const { data } = await octokit.request('GET /repos/{owner}/{repo}/issues/comments', since);
  expect(data.map(({ body }) => body)).toEqual(['newer']);
  await octokit.request('DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}', at);
  expect(forge.comments(1).map(({ body }) => body)).toEqual(['old']);
  const long = octokit.request(route, { ...HERE, issue_number: 1, body: 'x'.repeat(65_537) });
  await expect(long).rejects.toMatchObject({ status: 422 });
  expect(forge.violations).toEqual([]);
});

it('a thread on a line is answered at its beginning, and nowhere else', async () => {
  const forge = await forgeForTest();
  await forge.pushAs('ada', 'fix', { 'a.txt': 'fixed\n' });
  await forge.openPull('ada', 'fix');
  const first = await forge.reviewComment('ada', 1, { path: 'a.txt', line: 1, body: 'Why?' });
  const route = 'POST /repos/{owner}/{repo}/pulls/{pull_number}/comments/{comment_id}/replies';
  const reply = (id: number) => writer(forge).request(route, { ...HERE, pull_number: 1, comment_id: id, body: 'So.' });
  const { data: answer } = await reply(first.id);
  await expect(reply(Number(answer.id))).rejects.toMatchObject({ status: 422 });
  const path = { ...HERE, pull_number: 1 };
  const { data } = await reader(forge).request('GET /repos/{owner}/{repo}/pulls/{pull_number}/comments', path);
  expect(data.map((comment) => [comment.body, comment.in_reply_to_id ?? null])).toEqual([
    ['Why?', null],
    ['So.', first.id],
  ]);
});

it('the newest check of each name counts, and its log is at another address, without credentials', async () => {
  const forge = await forgeForTest();
  const sha = await forge.pushAs('ada', 'fix', { 'a.txt': 'fixed\n' });
  forge.setCheck(sha, 'test', 'success');
  const failed = forge.setCheck(sha, 'test', 'failure', 'line one\nExpected 2\n');
  forge.setCheck(sha, 'lint', null);
  const octokit = reader(forge);
  const at = { ...HERE, ref: sha };
  const { data } = await octokit.request('GET /repos/{owner}/{repo}/commits/{ref}/check-runs', at);
  expect(data.total_count).toBe(2);
  expect(data.check_runs.map(({ name, status, conclusion }) => [name, status, conclusion])).toEqual([
    ['lint', 'in_progress', null],
    ['test', 'completed', 'failure'],
  ]);
  const job = { ...HERE, job_id: failed.id };
  const log = await octokit.request('GET /repos/{owner}/{repo}/actions/jobs/{job_id}/logs', job);
  expect(log.data).toBe('line one\nExpected 2\n');
  const status = async () => (await octokit.request('GET /repos/{owner}/{repo}/commits/{ref}/status', at)).data.state;
  expect(await status()).toBe('pending');
  forge.setStatus(sha, 'other-ci', 'failure');
  expect(await status()).toBe('failure');
  expect(forge.violations).toEqual([]);
});

it('files, branches and refs are those of the repository, names with slashes too', async () => {
  const forge = await forgeForTest({ files: { 'docs/a b.md': 'text\n' } });
  const sha = await forge.pushAs('ada', 'topic/one', { 'c.txt': '' });
  const octokit = reader(forge);
  const file = { ...HERE, path: 'docs/a b.md' };
  const { data } = await octokit.request('GET /repos/{owner}/{repo}/contents/{path}', file);
  expect(data).toMatchObject({ type: 'file', content: Buffer.from('text\n').toString('base64') });
  const branch = await octokit.request('GET /repos/{owner}/{repo}/branches/{branch}', { ...HERE, branch: 'topic/one' });
  expect(branch.data.commit.sha).toBe(sha);
  const ref = await octokit.request('GET /repos/{owner}/{repo}/git/ref/{ref}', { ...HERE, ref: 'heads/topic/one' });
  expect(ref.data.object.sha).toBe(sha);
  const missing = octokit.request('GET /repos/{owner}/{repo}/branches/{branch}', { ...HERE, branch: 'none' });
  await expect(missing).rejects.toMatchObject({ status: 404 });
  expect((await octokit.request('GET /repos/{owner}/{repo}', HERE)).data.default_branch).toBe('main');
  expect(forge.violations).toEqual([]);
});
