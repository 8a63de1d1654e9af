/** The bot's way to GitHub, against the double. */
import { expect, onTestFinished, test } from 'vitest';
import { BotError } from '../../bot/errors.ts';
import type { Threads } from '../../bot/forge.ts';
import { openGitHub } from '../../bot/github.ts';
import { openPlainGit } from '../../bot/plain-git.ts';
import { forgeForTest } from './fixtures.ts';
import type { GitHubDouble } from './github.ts';
import { listen, type Outcome } from './http.ts';

const ENV = { PATH: process.env.PATH };

function threadsOf(forge: GitHubDouble, token: string | null = forge.tokens.write): Threads {
  const { url: api, repository, remote } = forge;
  const { threads } = openGitHub({ api, repository, remote, token, env: ENV, secondMs: 10 });
  if (threads === null) throw new Error('GitHub has threads');
  return threads;
}

async function start() {
  const forge = await forgeForTest();
  onTestFinished(() => expect(forge.violations).toEqual([]));
  forge.addUser('ada', 'write');
  const issue = forge.openIssue('ada', { title: 'Broken', body: 'It is.', labels: ['drydock'] });
  return { forge, issue, threads: threadsOf(forge) };
}

const COMMENTS = /\/issues\/1\/comments$/;
const sent = (forge: GitHubDouble, method: string, path: RegExp) =>
  forge.requests.filter((request) => request.method === method && path.test(request.path)).length;

test('issues are read, and those that are not there are null', async () => {
  const { forge, threads } = await start();
  expect(await threads.issue(1)).toMatchObject({
    ...{
      number: 1,
      title: 'Broken',
      body: 'It is.',
      author: { login: 'ada', isBot: false },
      open: true,
      isPull: false,
    },
    labels: ['drydock'],
  });
  forge.close(1);
  expect(await threads.issue(1)).toMatchObject({ open: false });
  expect(await threads.issue(99)).toBe(null);
  expect(await threads.pull(1)).toBe(null);
});

test('permissions are read; nobody has none', async () => {
  const { forge, threads } = await start();
  forge.addUser('max', 'maintain');
  forge.addUser('tim', 'triage');
  forge.addUser('helper[bot]', 'none');
  const found = await Promise.all(['octo', 'ada', 'max', 'tim', 'helper[bot]', 'nobody'].map(threads.permission));
  expect(found).toEqual(['admin', 'write', 'write', 'read', 'none', 'none']);
});

test('a comment is made, changed, found as the bot’s own, and removed as often as one likes', async () => {
  const { forge, threads } = await start();
  const made = await threads.addComment(1, 'working');
  expect(made).toMatchObject({ body: 'working', author: { login: 'github-actions[bot]', isBot: true } });
  await threads.editComment(made.id, 'done');
  expect(await threads.comments(1)).toMatchObject([{ id: made.id, body: 'done' }]);
  await threads.removeComment(made.id);
  await threads.removeComment(made.id);
  expect(forge.comments()).toEqual([]);
});

test('all comments of a long thread are read, the oldest first', async () => {
  const { forge, threads } = await start();
  for (let index = 0; index < 250; index++) forge.comment('ada', 1, `comment ${index}`);
  const bodies = (await threads.comments(1)).map(({ body }) => body);
  expect(bodies).toEqual(Array.from({ length: 250 }, (_, index) => `comment ${index}`));
  expect(sent(forge, 'GET', COMMENTS)).toBe(3);
});

test('the comments of the repository since a time are those made or changed since', async () => {
  const { forge, threads } = await start();
  const [old, changed] = [forge.comment('ada', 1, 'old'), forge.comment('ada', 1, 'to change')];
  const later = forge.comment('ada', 1, 'new');
  forge.editComment(changed.id, 'changed');
  expect(old.id).toBeLessThan(later.id);
  const found = await threads.commentsSince(later.createdAt);
  expect(found.map(({ body }) => body)).toEqual(['changed', 'new']);
});

test('a draft is opened, found by its branch, and changed', async () => {
  const { forge, threads } = await start();
  await forge.pushAs('bot', 'drydock/issue-1', { 'a.txt': 'x\n' });
  expect(await threads.pullOf('drydock/issue-1')).toBe(null);
  const pull = await threads.openPull({ branch: 'drydock/issue-1', base: 'main', title: 'Fix', body: 'Closes #1' });
  const head = {
    branch: 'drydock/issue-1',
    repository: 'octo/hello',
    commit: await forge.refs.resolve('drydock/issue-1'),
  };
  expect(pull).toMatchObject({ draft: true, open: true, merged: false, base: 'main', head });
  await threads.editPull(pull.number, { body: 'Closes #1, really' });
  expect(await threads.pullOf('drydock/issue-1')).toEqual({ ...pull, body: 'Closes #1, really' });
  expect(await threads.pull(pull.number)).toMatchObject({ body: 'Closes #1, really' });
  expect(await threads.issue(pull.number)).toMatchObject({ isPull: true });
  await forge.mergePull(pull.number);
  expect(await threads.pullOf('drydock/issue-1')).toMatchObject({ open: false, merged: true });
});

test('of several pull requests of a branch the newest counts, and one from a fork does not', async () => {
  const { forge, threads } = await start();
  await forge.pushAs('ada', 'fix', { 'a.txt': 'x\n' });
  const first = await forge.openPull('ada', 'fix');
  forge.close(first.number);
  const second = await forge.openPull('ada', 'fix');
  await forge.openForkPull('eve', 'fix', { 'b.txt': 'evil\n' });
  expect(await threads.pullOf('fix')).toMatchObject({ number: second.number });
});

test('a second pull request of a branch is refused in GitHub’s words', async () => {
  const { forge, threads } = await start();
  await forge.pushAs('ada', 'fix', { 'a.txt': 'x\n' });
  await forge.openPull('ada', 'fix');
  await expect(threads.openPull({ branch: 'fix', base: 'main', title: 'x', body: '' })).rejects.toThrow(
    'GitHub refused POST /repos/octo/hello/pulls (status 422): Validation Failed: A pull request already exists for octo:fix.',
  );
});

test('comments on lines are read and answered', async () => {
  const { forge, threads } = await start();
  await forge.pushAs('ada', 'fix', { 'a.txt': 'x\n' });
  const { number } = await forge.openPull('ada', 'fix');
  const first = await forge.reviewComment('ada', number, { body: 'why?', path: 'a.txt', line: 1 });
  const reply = await threads.replyToReview(number, first.id, 'because');
  expect(await threads.reviewComments(number)).toMatchObject([
    { id: first.id, path: 'a.txt', line: 1, inReplyTo: null, body: 'why?' },
    { id: reply.id, inReplyTo: first.id, body: 'because' },
  ]);
});

test('checks are read with the ends of their logs, which come from another host without the token', async () => {
  const { forge, threads } = await start();
  const sha = await forge.pushAs('ada', 'fix', { 'a.txt': 'x\n' });
  const lines = Array.from(
    { length: 9000 },
    (_, index) => `2026-01-01T00:00:00.0000000Z \x1b[31mline ${index}\x1b[0m\n`,
  );
  forge.setCheck(sha, 'test', 'failure', lines.join(''));
  forge.setCheck(sha, 'lint', 'success', 'fine');
  forge.setCheck(sha, 'docs', null);
  forge.setCheck(sha, 'gone', 'timed_out', null);
  forge.setCheck(sha, 'other', 'failure', null, { app: 'another-ci', summary: 'two tests fail' });
  forge.setStatus(sha, 'old-ci', 'error', 'no build');
  const { pending, failed } = await threads.checks(sha);
  expect(pending).toBe(1);
  const byName = new Map(failed.map((check) => [check.name, check]));
  expect([...byName.keys()].sort()).toEqual(['gone', 'old-ci', 'other', 'test']);
  expect(byName.get('test')?.log).toMatch(/^line \d+\n(line \d+\n)+line 8999$/);
  expect(byName.get('test')?.log.length).toBeGreaterThan(19_000);
  expect(byName.get('gone')).toMatchObject({ conclusion: 'timed_out', log: '' });
  expect(byName.get('other')?.log).toBe('two tests fail');
  expect(byName.get('old-ci')).toMatchObject({ conclusion: 'error', log: 'no build' });
});

test('a wrong token, one that only reads, and none are told apart', async () => {
  const { forge } = await start();
  await expect(threadsOf(forge, 'ghs_wrong').issue(1)).rejects.toThrow('the forge refused the token');
  const reads = threadsOf(forge, forge.tokens.read);
  await expect(reads.addComment(1, 'x')).rejects.toMatchObject({
    kind: 'forge',
    hint: 'it needs the permission issues: write',
  });
  expect(await threadsOf(forge, null).issue(1)).toBe(null);
});

test.each(['bad gateway', 'cut'] as const)(
  'reading outlasts some failures (%s), and gives up on many',
  async (kind) => {
    const { forge, threads } = await start();
    forge.comment('ada', 1, 'x');
    forge.fail({ method: 'GET', path: COMMENTS }, { kind, done: false }, { times: 3 });
    expect(await threads.comments(1)).toHaveLength(1);
    forge.fail({ method: 'GET', path: COMMENTS }, { kind, done: false }, { times: 10 });
    await expect(threads.comments(1)).rejects.toBeInstanceOf(BotError);
    expect(forge.pendingFaults()).toBe(6);
  },
);

test.each([
  ['bad gateway', true],
  ['bad gateway', false],
  ['cut', true],
  ['cut', false],
] as const)('what makes something is sent once, whatever becomes of the answer (%s, done: %j)', async (kind, done) => {
  const { forge, threads } = await start();
  forge.fail({ method: 'POST' }, { kind, done });
  await expect(threads.addComment(1, 'once')).rejects.toBeInstanceOf(BotError);
  expect(sent(forge, 'POST', COMMENTS)).toBe(1);
  expect(forge.comments(1)).toHaveLength(done ? 1 : 0);
});

test('changing and removing are tried again, since twice is as good as once', async () => {
  const { forge, threads } = await start();
  const { id } = await threads.addComment(1, 'one');
  forge.fail({ method: 'PATCH' }, { kind: 'bad gateway', done: true });
  await threads.editComment(id, 'two');
  expect(forge.comments(1)).toMatchObject([{ body: 'two' }]);
  forge.fail({ method: 'DELETE' }, { kind: 'bad gateway', done: true });
  await threads.removeComment(id);
  expect(forge.comments(1)).toEqual([]);
});

// At the same time: each is 9 s of waiting.
test.concurrent.each([403, 429] as const)(
  'a secondary limit (%i) is waited out, also by what makes something, which is made once',
  async (status) => {
    const { forge, threads } = await start();
    forge.fail({ method: 'POST' }, { kind: 'limited', status, retryAfter: 2 }, { times: 3 });
    await threads.addComment(1, 'once');
    expect(forge.comments(1)).toHaveLength(1);
    forge.fail({ method: 'GET' }, { kind: 'limited', status, retryAfter: 2 }, { times: 4 });
    await expect(threads.issue(1)).rejects.toMatchObject({ hint: 'run the command again in 2 seconds' });
    expect(forge.pendingFaults()).toBe(0);
  },
);

test('a limit that lasts too long is not waited for', async () => {
  const { forge, threads } = await start();
  forge.fail({ method: 'POST' }, { kind: 'limited', status: 403, retryAfter: 3600 }, { times: 2 });
  await expect(threads.addComment(1, 'x')).rejects.toMatchObject({
    message: "GitHub's rate limit does not let POST /repos/octo/hello/issues/1/comments through",
    hint: 'run the command again in 3600 seconds',
  });
  expect(forge.pendingFaults()).toBe(1);
});

/** A server that is no forge, and what it was asked with. */
async function server(answer: (path: string) => Outcome) {
  const headers: Record<string, unknown>[] = [];
  const started = await listen(async (asked) => {
    headers.push(asked.headers);
    return answer(asked.path);
  });
  onTestFinished(() => started.close());
  const open = (token: string | null = 'ghs_secret') =>
    openGitHub({
      api: started.url,
      repository: 'octo/hello',
      remote: `${started.url}/r`,
      token,
      env: ENV,
      secondMs: 10,
    });
  return { url: started.url, headers, threads: () => open().threads };
}
const json = (status: number, body: unknown, headers: Record<string, string> = {}): Outcome => ({
  ...{ status, body: JSON.stringify(body), headers: { 'content-type': 'application/json', ...headers } },
});

test('a limit that only a header tells of is waited out too', async () => {
  let count = 0;
  const { threads } = await server(() =>
    count++ === 0 ? json(429, { message: 'Too many' }, { 'retry-after': '1' }) : json(200, { permission: 'read' }),
  );
  expect(await threads()?.permission('ada')).toBe('read');
  expect(count).toBe(2);
});

test('an answer of another shape names the request, and where it is wrong', async () => {
  const { threads } = await server(() => json(200, { permission: 5 }));
  await expect(threads()?.permission('ada')).rejects.toThrow(
    'the answer to GET /repos/octo/hello/collaborators/ada/permission is not as GitHub writes it at permission',
  );
});

test('a redirect and a next page on another host do not get the token', async () => {
  const other = await server(() => json(200, []));
  const moved = await server(() => json(301, {}, { location: `${other.url}/x` }));
  await expect(moved.threads()?.comments(1)).rejects.toThrow('has moved');
  expect(await moved.threads()?.issue(1)).toBe(null);
  let page = 0;
  const pages = await server(() => json(200, [], page++ === 0 ? { link: `<${other.url}/x>; rel="next"` } : {}));
  expect(await pages.threads()?.comments(1)).toEqual([]);
  expect(page).toBe(2);
  expect(other.headers).toEqual([]);
});

test('a list without an end is not read to its end', async () => {
  let page = 0;
  const { threads } = await server(() => {
    page++;
    return json(200, [], { link: '<https://example.org/>; rel="next"' });
  });
  await expect(threads()?.comments(1)).rejects.toThrow('too many to read');
  expect(page).toBe(30);
});

test('Drydock says who it is, and nothing is printed about deprecations', async () => {
  const headers = { deprecation: 'true', sunset: 'soon', link: '<https://example.org>; rel="deprecation"' };
  const { threads, headers: seen } = await server(() => json(200, { permission: 'read' }, headers));
  const printed: unknown[] = [];
  const { warn } = console;
  console.warn = (...words) => void printed.push(words);
  try {
    await threads()?.permission('ada');
  } finally {
    console.warn = warn;
  }
  expect(printed).toEqual([]);
  expect(seen[0]).toMatchObject({
    'user-agent': expect.stringMatching(/^drydock\/\d/),
    authorization: 'token ghs_secret',
  });
});

test('addresses and names that cannot be are refused', () => {
  const open = (change: object) => () =>
    openGitHub({ api: 'https://api.github.com', repository: 'o/r', remote: '/r', token: null, env: ENV, ...change });
  expect(open({})).not.toThrow();
  for (const api of ['http://api.github.com', 'https://me:pw@api.github.com', 'file:///x', 'x'])
    expect(open({ api })).toThrow(BotError);
  for (const repository of ['o', 'o/r/x', '../r', 'o/..', 'o/r?x', '/r', ''])
    expect(open({ repository })).toThrow(BotError);
});

test('a token that is no header is refused without being repeated', () => {
  for (const token of ['ghs_secret\n', 'ghs secret', '']) {
    const open = () => openGitHub({ api: 'https://api.github.com', repository: 'o/r', remote: '/r', token, env: ENV });
    expect(open).toThrow(/empty or holds white space/);
    expect(open).not.toThrow(/secret/);
  }
});

test('a plain git remote has no threads', () => {
  expect(openPlainGit({ remote: '/srv/r.git', token: 't' })).toEqual({
    ...{ kind: 'git', remote: { url: '/srv/r.git', token: 't' }, threads: null },
  });
});
