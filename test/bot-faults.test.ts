/**
 * What goes wrong around the bot, end to end: whatever it is, once what has to be run again was run again there is one branch, one
 * pull request and one comment.
 */
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import {
  BRANCH,
  beginStory,
  COMMENT,
  collectIssue,
  expectCode,
  expectHandled,
  expectOne,
  hasJob,
  headOf,
  killedAt,
  PULL,
  stateOf,
  workedStory,
  writesOf,
} from './bot-faults.ts';
import { GIT_FETCH, GIT_PUSH } from './forge/faults.ts';
import { temporaryFolder } from './harness.ts';

vi.setConfig({ testTimeout: 400_000, hookTimeout: 60_000 });

const EDIT = { method: 'PATCH', path: /\/issues\/comments\// };

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
      const before = writesOf(story).length;
      expectCode(0, await story.publish());
      if (folder === second) expect(writesOf(story)).toHaveLength(before);
      await expectOne(story);
    }
    const { collected, worked, published } = await story.handle(story.labelled);
    expectCode(0, collected);
    expect({ worked, published }).toEqual({ worked: null, published: null });
    expect(story.decision()).toMatchObject({ decision: 'skip', reason: 'this job has been done' });
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
    const pushed = await headOf(story);
    expect(stateOf(story)).toMatchObject({ head: null, pushing: pushed });
    expectHandled(await story.handle(story.labelled));
    await expectOne(story);
    expect(await headOf(story)).toBe(pushed);
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
    expect(writesOf(story)).toEqual([]);
    expectCode(0, await collectIssue(story).ended);
    expect(story.decision().decision).toBe('work');
  });
});
