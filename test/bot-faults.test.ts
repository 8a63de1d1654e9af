/**
 * What goes wrong around the bot, end to end: whatever it is, once what has to be run again was run again there is one branch, one
 * pull request and one comment.
 */
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import {
  BRANCH,
  beginStory,
  collectIssue,
  expectCode,
  expectHandled,
  expectOne,
  hasJob,
  hasResult,
  killedAt,
  MENDED,
  publishedStory,
  type Story,
  stateOf,
  workedStory,
} from './bot-faults.ts';
import { GIT_FETCH, GIT_PUSH } from './forge/faults.ts';
import { loseContainers, newestSession, temporaryFolder, until } from './harness.ts';

vi.setConfig({ testTimeout: 400_000, hookTimeout: 60_000 });

const COMMENT = { method: 'POST', path: /\/issues\/1\/comments$/ };
const PULL = { method: 'POST', path: /\/pulls$/ };
const EDIT = { method: 'PATCH', path: /\/issues\/comments\// };
const README = { 'README.md': '# Sums\n' };

const head = async (story: Story, branch = BRANCH) => (await story.forge.branches())[branch];
const writes = ({ forge }: Story) =>
  forge.requests.filter(({ method, path, git }) => (git ? /receive-pack$/.test(path) : method !== 'GET'));
const mention = async ({ forge }: Story, number = 2, text = '@drydock say it in the README too, please') =>
  forge.events.commented(forge.comment('octo', number, text).id);

// Each test has a forge of its own, and most of its time is waited for.
describe.concurrent('an event that is delivered twice', () => {
  it('is published once where it was collected twice before, and skipped afterwards', async () => {
    const story = await workedStory();
    const [job, result] = [story.job(), story.result()];
    expectCode(0, await story.collect(story.labelled));
    expect(story.decision().decision).toBe('work');
    const second = story.job();
    for (const folder of [job, second]) {
      story.use(folder, result);
      const before = writes(story).length;
      expectCode(0, await story.publish());
      if (folder === second) expect(writes(story)).toHaveLength(before);
      await expectOne(story);
    }
    const { collected, worked, published } = await story.handle(story.labelled);
    expectCode(0, collected);
    expect({ worked, published }).toEqual({ worked: null, published: null });
    expect(story.decision()).toMatchObject({ decision: 'skip', reason: 'this job has been done' });
    await expectOne(story);
  });
});

describe.concurrent('events out of their order', () => {
  it('come to one pull request: a mention before the label', async () => {
    const story = await beginStory();
    expectHandled(await story.handle(await mention(story, 1, '@drydock please mend it')));
    await expectOne(story);
    expectHandled(await story.handle(story.labelled));
    await expectOne(story);
  });

  it('do nothing once the pull request is closed', async () => {
    const story = await publishedStory();
    const [job, result] = [story.job(), story.result()];
    story.forge.label(1, 'drydock');
    const late = await story.forge.events.labeled(1, 'drydock', 'octo');
    expectCode(0, await story.collect(late));
    expect(story.decision().decision).toBe('work');
    const collected = story.job();
    story.forge.close(2);
    const before = writes(story).length;
    expectCode(0, (await story.handle(late)).collected);
    expect(story.decision()).toMatchObject({ decision: 'skip', reason: 'pull request #2 is closed' });
    for (const folder of [job, collected]) {
      story.use(folder, result);
      expectCode(0, await story.publish());
    }
    expect(writes(story)).toHaveLength(before);
    expect(story.forge.pulls()).toMatchObject([{ number: 2, open: false }]);
    expect(story.progress()).toHaveLength(1);
  });
});

describe.concurrent('a rate limit', () => {
  it('of any kind is waited for', async () => {
    const story = await workedStory();
    const { forge } = story;
    forge.fail({ method: 'GET', path: /\/collaborators\// }, { kind: 'limited', status: 429, retryAfter: 1 });
    forge.fail({ method: 'GET', path: /\/issues\/1$/ }, { kind: 'limited', status: 403, retryAfter: 1 });
    const folders = [story.job(), story.result()] as const;
    expectCode(0, await story.collect(story.labelled));
    expect(story.decision().decision).toBe('work');
    expect(forge.pendingFaults()).toBe(0);
    story.use(...folders);
    forge.fail({ method: 'GET', path: /\/pulls$/ }, { kind: 'limited', status: 403, retryAfter: 1 });
    forge.fail({ method: 'GET', path: /\/comments$/ }, { kind: 'limited', status: 429, retryAfter: 1 });
    forge.fail(COMMENT, { kind: 'limited', status: 403, retryAfter: 1 });
    forge.fail(PULL, { kind: 'limited', status: 429, retryAfter: 1 });
    forge.fail(PULL, { kind: 'limited', status: 403, retryAfter: 1 });
    expectCode(0, await story.publish());
    await expectOne(story);
  });
});

describe.concurrent('a forge that fails', () => {
  it('to say that it has done something has it done once', async () => {
    const story = await workedStory();
    const { forge } = story;
    for (const match of [COMMENT, PULL, EDIT]) forge.fail(match, { kind: 'bad gateway', done: true });
    forge.fail(GIT_PUSH, { kind: 'cut', done: true, midway: true });
    expectCode(0, await story.publish());
    await expectOne(story);
  });

  it('to do something is asked again, by the next run at the latest', async () => {
    const story = await workedStory();
    for (const match of [COMMENT, GIT_PUSH, PULL]) {
      story.forge.fail(match, { kind: 'bad gateway', done: false });
      const { code, stderr } = await story.publish();
      expect(code, stderr).not.toBe(0);
      expect(stderr).toContain('again');
      expect(story.forge.pendingFaults()).toBe(0);
    }
    story.forge.fail(EDIT, { kind: 'bad gateway', done: false });
    expectCode(0, await story.publish());
    await expectOne(story);
  });
});

describe.concurrent('a person’s commit on the bot’s branch', () => {
  it('that comes while the bot works is left there, and gone on from when a person asks', async () => {
    const story = await publishedStory();
    const { forge } = story;
    expectCode(0, await story.collect(await mention(story)));
    expectCode(0, await story.work());
    const mine = await forge.pushAs('octo', BRANCH, { 'mine.txt': 'mine\n' });
    const left = { files: { ...MENDED, 'mine.txt': 'mine\n' }, head: 'person' as const };
    expectCode(1, await story.publish());
    await expectOne(story, left);
    expect(story.progress()[0]).toMatch(
      /branch has moved meanwhile[\s\S]*To have it work on top of them, write `@drydock`/,
    );

    forge.label(1, 'drydock');
    await story.handle(await forge.events.labeled(1, 'drydock', 'octo'));
    expect(story.decision()).toMatchObject({ decision: 'refuse', reason: expect.stringContaining('not the bot’s') });
    forge.setCheck(mine, 'test', 'failure', 'ReferenceError\n');
    await story.handle(await forge.events.workflowRun(mine));
    expect(story.decision().decision).not.toBe('work');
    await expectOne(story, left);
    expect(await head(story)).toBe(mine);

    expectHandled(await story.handle(await mention(story)));
    await expectOne(story, { files: { ...MENDED, ...README, 'mine.txt': 'mine\n' } });
    expect(await forge.refs.isAncestor(mine, (await head(story)) ?? '')).toBe(true);
  });

  it('that comes between the look and the push is left there', async () => {
    const story = await workedStory();
    const { forge } = story;
    forge.fail(GIT_PUSH, { kind: 'meanwhile', run: () => forge.pushAs('octo', BRANCH, { 'mine.txt': 'mine\n' }) });
    expectCode(1, await story.publish());
    expect(await story.fileOn(BRANCH, 'mine.txt')).toBe('mine\n');
    expect(forge.pulls()).toEqual([]);
    expect(story.progress()).toEqual([expect.stringContaining('branch has moved meanwhile')]);
  });
});

describe.concurrent('a branch that is renamed on the forge', () => {
  const SUM = 'drydock/sum';
  it('is followed under the prefix', async () => {
    const story = await publishedStory();
    await story.forge.renameBranch(BRANCH, SUM);
    expectHandled(await story.handle(await mention(story)));
    await expectOne(story, { branch: SUM, files: { ...MENDED, ...README } });
  });

  it('is left alone outside of the prefix, and that is told', async () => {
    const story = await publishedStory();
    const before = await head(story);
    await story.forge.renameBranch(BRANCH, 'octo/sum');
    for (const event of [await mention(story), story.labelled]) {
      expectCode(0, (await story.handle(event)).collected);
      expect(story.decision().decision).not.toBe('work');
    }
    await expectOne(story, { branch: 'octo/sum' });
    expect(await head(story, 'octo/sum')).toBe(before);
    expect(story.progress()[0]).toContain('not under');
  });
});

describe.concurrent('a publisher that is killed', () => {
  it.for([
    { at: 'the push', match: GIT_PUSH, lost: false },
    { at: 'the opening of the pull request', match: PULL, lost: false },
  ])('at $at, goes on where it stopped', async ({ match, lost }) => {
    const story = await workedStory();
    expect(await killedAt(story, story.start('publish'), match, { lost })).toBe(true);
    expectCode(0, await story.publish());
    await expectOne(story);
  });

  it('between the push and the pull request may have its event handled from the start', async () => {
    const story = await workedStory();
    expect(await killedAt(story, story.start('publish'), PULL, { lost: true })).toBe(true);
    const pushed = await head(story);
    expect(stateOf(story)).toMatchObject({ head: null, pushing: pushed });
    expectHandled(await story.handle(story.labelled));
    await expectOne(story);
    expect(await head(story)).toBe(pushed);
  });
});

describe.concurrent('a phase that is killed before', () => {
  it('leaves no job that could be worked on: collect', async () => {
    const story = await beginStory();
    const folder = temporaryFolder();
    story.use(join(folder, 'job'), join(folder, 'result'));
    const collector = collectIssue(story);
    // The second one fetches the whole history; the first one read the settings.
    story.forge.fail(GIT_FETCH, { kind: 'meanwhile', run: () => collector.child.kill('SIGKILL') }, { skip: 3 });
    expectCode(137, await collector.ended);
    expect(hasJob(story)).toBe(false);
    for (const phase of [story.work, story.publish]) {
      expect(await phase()).toMatchObject({ code: 2, stderr: expect.stringContaining('drydock bot collect') });
    }
    expect(writes(story)).toEqual([]);
    expectCode(0, await collectIssue(story).ended);
    expect(story.decision().decision).toBe('work');
  });

  it('leaves no result, which is told, and may be run again: work', async () => {
    const story = await workedStory();
    const folder = temporaryFolder();
    story.use(story.job(), join(folder, 'result'));
    const worker = story.start('work');
    await until('a request to the model', () => story.requests.length > 0);
    worker.child.kill('SIGKILL');
    expectCode(137, await worker.ended);
    await loseContainers(newestSession(story.home).id);
    expect(hasResult(story)).toBe(false);
    expectCode(1, await story.publish());
    expect(story.progress()).toEqual([expect.stringContaining('Not finished: the work has left no result')]);
    expectHandled(await story.handle(story.labelled));
    await expectOne(story);
  });
});
