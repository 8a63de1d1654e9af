/** Publishing against the double of GitHub: what is there afterwards, whatever goes wrong and however often it is done again. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { openPlainGit } from '../bot/plain-git.ts';
import {
  BRANCH,
  beginStory,
  expectPublished,
  expectToldOnly,
  FIX,
  JOB_ID,
  LOGIN,
  NOW,
  plainGit,
  run,
  seen,
  stateOf,
  work,
  write,
} from './bot-publish-fixtures.ts';
import { GIT_PUSH } from './forge/faults.ts';

// The client waits between what it writes, as GitHub asks for; others go on meanwhile.
vi.setConfig({ maxConcurrency: 6, testTimeout: 180_000 });

import { temporaryFolder } from './harness.ts';

it('a result becomes one commit on one branch, one draft and one comment, and publishing it again changes nothing', async () => {
  const story = await beginStory({ make: FIX });
  expect(await run(story)).toMatchObject({ exitCode: 0 });
  await expectPublished(story);
  const { branches, pulls, comments } = await seen(story);
  const [pull, comment] = [pulls[0], comments[0]];
  expect(pull).toMatchObject({ title: 'The number is wrong', pull: { draft: true, head: BRANCH, base: 'main' } });
  expect(pull?.body).toContain('It is two now.\n\nCloses #1\n');
  expect(comment).toMatchObject({ number: 1, author: LOGIN });
  expect(comment?.body).toMatch(
    /^\*\*Done: #2\*\*\n\nAsked for by `ada` with a label\.\n\nIt is two now\.\n\n3 turns, \$0\.25, 2 min\./,
  );
  const commit = plainGit(story.double.refs.gitDir, 'cat-file', 'commit', branches[BRANCH] ?? '');
  expect(commit).toContain(`author ${LOGIN} <${LOGIN}@users.noreply.github.com> ${NOW.getTime() / 1000} +0000\n`);
  expect(commit).toMatch(
    /\n\nThe number is wrong\n\nAsked for by ada with a label\.\n\nDrydock-Job: 0123456789abcdef\nDrydock-Session: session-1\n$/,
  );
  const before = story.double.requests.length;
  expect(await run(story)).toMatchObject({ exitCode: 0 });
  expect(story.double.requests.slice(before).filter(({ method, git }) => method !== 'GET' && !git)).toEqual([]);
});

describe.concurrent('what goes wrong on the way leaves the same in the end', () => {
  const COMMENT = { method: 'POST', path: /\/issues\/1\/comments$/ };
  const PULL = { method: 'POST', path: /\/pulls$/ };
  const EDIT = { method: 'PATCH', path: /\/issues\/comments\// };
  it.each([
    ['the comment is made and the answer lost', COMMENT, { kind: 'bad gateway', done: true }],
    ['the pull request is made and the answer lost', PULL, { kind: 'bad gateway', done: true }],
    ['the pull request is made and the line cut', PULL, { kind: 'cut', done: true }],
    ['the push is made and the answer lost', GIT_PUSH, { kind: 'bad gateway', done: true }],
    ['the comment is finished and the answer lost', EDIT, { kind: 'bad gateway', done: true }],
    ['the forge asks to wait before the comment', COMMENT, { kind: 'limited', status: 403, retryAfter: 1 }],
    ['the forge asks to wait before the pull request', PULL, { kind: 'limited', status: 429, retryAfter: 1 }],
  ] as const)('at once: %s', async (_, match, fault) => {
    const story = await beginStory({ make: FIX });
    story.double.fail(match, fault);
    expect(await run(story)).toMatchObject({ exitCode: 0 });
    expect(story.double.pendingFaults()).toBe(0);
    await expectPublished(story);
  });

  it.each([
    ['the comment is not made', COMMENT, 1],
    ['the push is not made', GIT_PUSH, 1],
    ['the pull request is not made', PULL, 1],
    // What changes something that is there is sent again on its own.
    ['the comment is not finished', EDIT, 4],
  ] as const)('when it is run again: %s', async (_, match, times) => {
    const story = await beginStory({ make: FIX });
    story.double.fail(match, { kind: 'bad gateway', done: false }, { times });
    await expect(run(story)).rejects.toMatchObject({ kind: 'forge' });
    expect(story.double.pendingFaults()).toBe(0);
    expect(await run(story)).toMatchObject({ exitCode: 0 });
    await expectPublished(story);
  });

  it('a pull request that cannot be opened is told, with what to do', async () => {
    const story = await beginStory({ make: FIX });
    story.double.fail(PULL, { kind: 'bad gateway', done: false });
    await expect(run(story)).rejects.toMatchObject({ kind: 'forge' });
    expect(story.double.comments()[0]?.body).toMatch(
      /^\*\*Not published yet\*\*[\s\S]*could not be opened[\s\S]*Run the step that publishes again/,
    );
  });
});

it('a login that is not the one of bot.yaml is told before anything is pushed, since nothing would be remembered', async () => {
  const story = await beginStory({ make: FIX, login: 'ada-s-app[bot]' });
  await expect(run(story)).rejects.toMatchObject({
    kind: 'input',
    message: expect.stringContaining('ada-s-app[bot]'),
    hint: 'write there: login: ada-s-app[bot]',
  });
  const { branches, pulls, comments } = await seen(story);
  expect([Object.keys(branches), pulls, comments]).toEqual([[], [], []]);
});

describe.concurrent('the branch', () => {
  it('that has moved since is left as it is', async () => {
    const story = await beginStory({ make: FIX });
    const commit = await story.double.pushAs('ada', BRANCH, { 'b.txt': 'mine\n' });
    expect(await run(story)).toMatchObject({ exitCode: 1 });
    const { branches, pulls, comments } = await seen(story);
    expect({ branches, pulls }).toEqual({ branches: { [BRANCH]: commit }, pulls: [] });
    expect(comments[0]?.body).toContain('the branch has moved meanwhile');
  });

  it('that moves just before the push is left as it is', async () => {
    const story = await beginStory({ make: FIX });
    const { double } = story;
    double.fail(GIT_PUSH, { kind: 'meanwhile', run: () => double.pushAs('ada', BRANCH, { 'b.txt': 'mine\n' }) });
    expect(await run(story)).toMatchObject({ exitCode: 1 });
    expect(await double.refs.file(BRANCH, 'b.txt')).toBe('mine\n');
    expect(double.pulls()).toEqual([]);
    expect(stateOf(story)).toMatchObject({ head: null, pushing: null, jobs: [{ outcome: 'stale' }] });
  });
});

describe.concurrent('a later job', () => {
  async function second(job: Parameters<typeof beginStory>[0]['job'], result = {}) {
    const story = await beginStory({ make: FIX });
    await run(story);
    const make = write({ 'src/a.ts': 'export const a = 3;\n' });
    await work(story, { make, job: { id: 'f'.repeat(16), pull: 2, ...job }, result: { summary: 'Three.', ...result } });
    return story;
  }
  const at = NOW.toISOString();

  it('goes on on the branch, and answers the review comment that called once', async () => {
    const story = await second({});
    const { id } = await story.double.reviewComment('ada', 2, { body: '@drydock three', path: 'src/a.ts' });
    const trigger = { kind: 'review' as const, actor: 'ada', at, comment: { id, kind: 'review' as const, pull: 2 } };
    await work(story, { make: write({ 'src/a.ts': 'a = 3\n' }), job: { id: 'f'.repeat(16), pull: 2, trigger } });
    story.double.fail({ method: 'POST', path: /\/replies$/ }, { kind: 'bad gateway', done: true });
    expect(await run(story)).toMatchObject({ exitCode: 0 });
    expect(await run(story)).toMatchObject({ exitCode: 0 });
    expect(await story.double.refs.file(BRANCH, 'src/a.ts')).toBe('a = 3\n');
    const replies = story.double.state.reviewComments.filter(({ inReplyTo }) => inReplyTo === id);
    expect(replies.map(({ author }) => author)).toEqual([LOGIN]);
    expect(story.double.pulls()[0]?.body).toContain('It is two now.');
    expect(story.double.comments()).toHaveLength(1);
    expect(stateOf(story)?.jobs.map((job) => job.id)).toEqual([JOB_ID, 'f'.repeat(16)]);
  });

  it('answers in the conversation of the pull request where the progress comment is elsewhere', async () => {
    const trigger = {
      kind: 'mention' as const,
      actor: 'ada',
      at,
      comment: { id: 1, kind: 'conversation' as const, pull: 2 },
    };
    const story = await second({ trigger });
    story.double.fail({ method: 'POST', path: /\/issues\/2\/comments$/ }, { kind: 'bad gateway', done: true });
    expect(await run(story)).toMatchObject({ exitCode: 0 });
    expect(story.double.comments(2).map(({ body }) => body)).toEqual([
      expect.stringMatching(/^Done in [0-9a-f]{40}\.\n\nThree\.\n/),
    ]);
    expect(story.double.comments(1)).toHaveLength(1);
  });

  it('counts rounds of failing checks, until a person asks', async () => {
    const story = await second({ trigger: { kind: 'checks', actor: LOGIN, at, comment: null } });
    await run(story);
    expect(stateOf(story)?.ciRounds).toBe(1);
    const trigger = { kind: 'mention' as const, actor: 'ada', at, comment: null };
    await work(story, { make: write({ 'src/a.ts': '4\n' }), job: { id: 'e'.repeat(16), pull: 2, trigger } });
    await run(story);
    expect(stateOf(story)?.ciRounds).toBe(0);
  });

  it.each([
    ['opened the pull request', { method: 'POST', path: /\/pulls$/ }, 1],
    ['said so', { method: 'PATCH', path: /\/issues\/comments\// }, 4],
  ])('that finds nothing to do makes up for a publisher that pushed and never %s', async (_, match, times) => {
    const story = await beginStory({ make: FIX });
    story.double.fail(match, { kind: 'bad gateway', done: false }, { times });
    await expect(run(story)).rejects.toMatchObject({ kind: 'forge' });
    const pushed = (await story.double.branches())[BRANCH];
    expect(stateOf(story)).toMatchObject({ head: null, pull: null, pushing: pushed });
    await work(story, { job: { id: 'f'.repeat(16), pull: story.double.pulls()[0]?.number ?? null } });
    expect(await run(story)).toMatchObject({ exitCode: 0 });
    expect(story.double.pulls()).toMatchObject([{ number: 2, pull: { draft: true, head: BRANCH } }]);
    expect(stateOf(story)).toMatchObject({ head: pushed, pull: 2, pushing: null });
    expect((await story.double.branches())[BRANCH]).toBe(pushed);
    expect(story.double.comments()).toHaveLength(1);
  });

  it('rewrites the description, and leaves one that a person has edited, and the title', async () => {
    const story = await second({});
    story.double.edit(2, { title: 'Mine' });
    await run(story);
    expect(story.double.pulls()[0]).toMatchObject({ title: 'Mine', body: expect.stringMatching(/^Three\./) });
    story.double.edit(2, { body: `${story.double.pulls()[0]?.body?.replace('Three', 'Three!')}` });
    await work(story, { make: write({ 'src/a.ts': '4\n' }), job: { id: 'e'.repeat(16), pull: 2 } });
    expect(await run(story)).toMatchObject({ exitCode: 0 });
    expect(story.double.pulls()[0]?.body).toMatch(/^Three!/);
  });

  it('does nothing once the pull request or the issue is closed', async () => {
    for (const number of [1, 2]) {
      const story = await second({});
      story.double.close(number);
      const before = [await seen(story)].map((all) => JSON.stringify(all));
      expect(await run(story)).toMatchObject({ exitCode: 0 });
      expect([await seen(story)].map((all) => JSON.stringify(all))).toEqual(before);
    }
  });
});

it('no change, and one that is not finished, are told', async () => {
  const none = await beginStory({});
  expect(await run(none)).toMatchObject({ exitCode: 0 });
  expect(await expectToldOnly(none)).toMatch(/^\*\*Nothing was changed\*\*/);
  const stopped = { outcome: 'limit', exitCode: 5, message: 'stopped at the limit of 3 turns' };
  const nothing = await beginStory({ result: stopped });
  expect(await run(nothing)).toMatchObject({ exitCode: 1 });
  expect(await expectToldOnly(nothing)).toMatch(
    /^\*\*Not finished, and nothing was changed\*\*[\s\S]*It ended with `limit`: stopped at the limit of 3 turns/,
  );
  const half = await beginStory({ make: FIX, result: stopped });
  expect(await run(half)).toMatchObject({ exitCode: 0 });
  expect(half.double.comments()[0]?.body).toMatch(/^\*\*Not finished: what there is, is in #2\*\*/);
});

it('who has lost the permission meanwhile gets nothing published', async () => {
  const story = await beginStory({ make: FIX });
  story.double.addUser('ada', 'read');
  expect(await run(story)).toMatchObject({ exitCode: 1 });
  expect(await expectToldOnly(story)).toContain('that takes the permission write');
});

it('a refusal is told once, however often it comes', async () => {
  const story = await beginStory({});
  const {
    branch: _b,
    base: _a,
    head: _h,
    pull: _p,
    title: _t,
    request: _r,
    thread: _th,
    checks: _c,
    remarks: _re,
    ...common
  } = await work(story, {});
  for (const id of ['a'.repeat(16), 'b'.repeat(16)]) {
    const job = { ...common, id, decision: 'refuse', reason: 'today’s 20 jobs (max-jobs-per-day) are used up' };
    writeFileSync(join(story.jobDir, 'job.json'), JSON.stringify(job));
    expect(await run(story)).toMatchObject({ exitCode: 0 });
  }
  expect(await expectToldOnly(story)).toContain('today’s 20 jobs (max-jobs-per-day) are used up');
  const writes = story.double.requests.filter(({ method }) => method !== 'GET');
  expect(writes).toHaveLength(1);
});

it('surplus comments of its own are removed, and those of others stay', async () => {
  const story = await beginStory({ make: FIX });
  await run(story);
  const body = story.double.comments()[0]?.body ?? '';
  story.double.comment(LOGIN, 1, body);
  story.double.comment('mallory', 1, body);
  await work(story, { make: write({ 'src/a.ts': '3\n' }), job: { id: 'e'.repeat(16), pull: 2 } });
  await run(story);
  expect(story.double.comments(1).map(({ author }) => author)).toEqual([LOGIN, 'mallory']);
});

it('a dry run writes nothing, and says what would be published', async () => {
  const story = await beginStory({ make: FIX });
  const { exitCode, lines } = await run(story, { dryRun: true });
  expect(exitCode).toBe(0);
  expect(lines.join('\n')).toMatch(
    /^would push [0-9a-f]{40} to drydock\/issue-1\nM "src\/a\.ts" \+1 -1\n\nThe number is wrong\n[\s\S]*Closes #1[\s\S]*\*\*Done: the draft\*\*[\s\S]*It is a draft until/,
  );
  expect(await seen(story)).toEqual({ branches: {}, pulls: [], comments: [] });
  expect(
    story.double.requests.filter(({ method, path }) => method !== 'GET' && !path.endsWith('git-upload-pack')),
  ).toEqual([]);
});

describe.concurrent('on a plain git remote', () => {
  async function plain() {
    const story = await beginStory({ make: FIX });
    const remote = join(temporaryFolder(), 'remote.git');
    plainGit(story.folder, 'clone', '-q', '--bare', story.double.refs.gitDir, remote);
    const forge = openPlainGit({ remote, token: null });
    const begin = async (id: string, head: string | null) => {
      if (head !== null)
        plainGit(story.double.refs.gitDir, 'fetch', '-q', remote, `+refs/heads/${BRANCH}:refs/heads/${BRANCH}`);
      const job = { id, home: null, forge: { kind: 'git' as const, remote }, title: 'Make it two' };
      await work(story, { make: head === null ? FIX : write({ 'b.txt': `${id}\n` }), job });
    };
    const at = () => plainGit(remote, 'for-each-ref', '--format=%(objectname)', `refs/heads/${BRANCH}`).trim() || null;
    return { story, remote, forge, begin, at };
  }

  it('the branch is pushed, and goes on as long as it is its own', async () => {
    const { story, remote, forge, begin, at } = await plain();
    await begin('1'.repeat(16), null);
    expect(await run(story, { forge })).toMatchObject({ exitCode: 0 });
    expect(await run(story, { forge })).toMatchObject({ exitCode: 0 });
    const first = at();
    await begin('2'.repeat(16), first);
    expect(await run(story, { forge })).toMatchObject({ exitCode: 0 });
    expect(plainGit(remote, 'rev-parse', `${BRANCH}^`).trim()).toBe(first);
    plainGit(
      remote,
      'update-ref',
      `refs/heads/${BRANCH}`,
      plainGit(remote, 'commit-tree', '-p', BRANCH, '-m', 'Mine', `${BRANCH}^{tree}`).trim(),
    );
    const mine = at();
    await begin('3'.repeat(16), mine);
    expect(await run(story, { forge })).toMatchObject({ exitCode: 1 });
    expect(at()).toBe(mine);
  });
});
