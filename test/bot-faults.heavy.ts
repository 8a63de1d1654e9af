/** `npm run test:bot`: phases killed at every request that they make to the forge, one after the other, and then run again. */
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
  killedAt,
  MENDED,
  publishedStory,
  type Story,
  workedStory,
} from './bot-faults.ts';
import { GIT_PUSH, type RequestMatch } from './forge/faults.ts';
import { temporaryFolder } from './harness.ts';

vi.setConfig({ testTimeout: 1_800_000 });

/** Kills at request after request, each on a forge of its own, until a publisher comes to its end; gives how many were killed. */
async function killAtEach(lost: boolean): Promise<number> {
  for (let skip = 0; ; skip += 1) {
    const story = await workedStory();
    if (!(await killedAt(story, story.start('publish'), {}, { skip, lost }))) return skip;
    expectCode(0, await story.publish());
    await expectOne(story);
  }
}

describe.concurrent('a publisher that is killed', () => {
  // It reads the pull request, the issue, the thread and the permission, fetches, pushes, opens, and writes its comment twice.
  it('at any request, which is then done, goes on where it stopped', async () => {
    expect(await killAtEach(false)).toBeGreaterThan(10);
  });

  it('at any request, which is lost, goes on where it stopped', async () => {
    expect(await killAtEach(true)).toBeGreaterThan(10);
  });

  it.for<{ what: string; match: RequestMatch; lost: boolean }>([
    { what: 'the first comment', match: { method: 'POST', path: /\/comments$/ }, lost: false },
    { what: 'the push', match: GIT_PUSH, lost: false },
    { what: 'the opening of the pull request', match: { method: 'POST', path: /\/pulls$/ }, lost: false },
    { what: 'the last edit, which is lost', match: { method: 'PATCH', path: /\/comments\// }, lost: true },
    { what: 'the last edit', match: { method: 'PATCH', path: /\/comments\// }, lost: false },
  ])('at $what may have its event handled from the start', async ({ match, lost }) => {
    const story = await workedStory();
    expect(await killedAt(story, story.start('publish'), match, { lost })).toBe(true);
    for (const run of Object.values(await story.handle(story.labelled))) if (run !== null) expectCode(0, run);
    await expectOne(story);
  });
});

it('a collector that is killed at any request leaves nothing that is worked on or published', async () => {
  const withFolders = async (): Promise<Story> => {
    const story = await beginStory();
    const folder = temporaryFolder();
    story.use(join(folder, 'job'), join(folder, 'result'));
    return story;
  };
  let killed = 0;
  for (; ; killed += 1) {
    const story = await withFolders();
    if (!(await killedAt(story, collectIssue(story), {}, { skip: killed, lost: false }))) break;
    expect(hasJob(story)).toBe(false);
    expectCode(2, await story.work());
    expectCode(0, await collectIssue(story).ended);
    expect(story.decision().decision).toBe('work');
  }
  expect(killed).toBeGreaterThan(5);
});

it('a branch that is renamed while the bot works is left as it is, and followed when a person asks', async () => {
  const SUM = 'drydock/sum';
  const story = await publishedStory();
  const { forge } = story;
  const ask = () => forge.events.commented(forge.comment('octo', 2, '@drydock say it in the README too').id);
  expectCode(0, await story.collect(await ask()));
  expectCode(0, await story.work());
  await forge.renameBranch(BRANCH, SUM);
  expectCode(1, await story.publish());
  await expectOne(story, { branch: SUM });
  expectHandled(await story.handle(await ask()));
  await expectOne(story, { branch: SUM, files: { ...MENDED, 'README.md': '# Sums\n' } });
});
