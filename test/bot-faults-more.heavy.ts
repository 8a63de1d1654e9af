/**
 * `npm run test:bot`: more of what goes wrong around the bot, end to end, as in `bot-faults.test.ts`: whatever it is, once what has to be run again was run again there is one branch, one
 * pull request and one comment.
 */
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import {
  BRANCH,
  beginStory,
  COMMENT,
  expectCode,
  expectHandled,
  expectOne,
  hasResult,
  headOf,
  MENDED,
  PULL,
  publishedStory,
  type Story,
  workedStory,
  writesOf,
} from './bot-faults.ts';
import { loseContainers, newestSession, temporaryFolder, until } from './harness.ts';

vi.setConfig({ testTimeout: 400_000, hookTimeout: 60_000 });

const README = { 'README.md': '# Sums\n' };
const mention = async ({ forge }: Story, number = 2, text = '@drydock say it in the README too, please') =>
  forge.events.commented(forge.comment('octo', number, text).id);

// Each test has a forge of its own, and most of its time is waited for.
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
    const before = writesOf(story).length;
    expectCode(0, (await story.handle(late)).collected);
    expect(story.decision()).toMatchObject({ decision: 'skip', reason: 'pull request #2 is closed' });
    for (const folder of [job, collected]) {
      story.use(folder, result);
      expectCode(0, await story.publish());
    }
    expect(writesOf(story)).toHaveLength(before);
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
    const before = await headOf(story);
    await story.forge.renameBranch(BRANCH, 'octo/sum');
    for (const event of [await mention(story), story.labelled]) {
      expectCode(0, (await story.handle(event)).collected);
      expect(story.decision().decision).not.toBe('work');
    }
    await expectOne(story, { branch: 'octo/sum' });
    expect(await headOf(story, 'octo/sum')).toBe(before);
    expect(story.progress()[0]).toContain('not under');
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
    expect(await headOf(story)).toBe(mine);

    expectHandled(await story.handle(await mention(story)));
    await expectOne(story, { files: { ...MENDED, ...README, 'mine.txt': 'mine\n' } });
    expect(await forge.refs.isAncestor(mine, (await headOf(story)) ?? '')).toBe(true);
  });
});
describe.concurrent('a phase that is killed before', () => {
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
