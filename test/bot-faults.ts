/** For the faults of the bot: an issue with the label whose job has been worked on, on as many forges as there are faults. */
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { decodeState } from '../bot/state.ts';
import { startBot, type TestBot } from './bot.ts';
import type { WebhookEvent } from './forge/events.ts';
import type { RequestMatch } from './forge/faults.ts';
import { mendingCall, type Running, type RunResult, temporaryFolder } from './harness.ts';
import type { Script } from './model-server.ts';

export const BRANCH = 'drydock/issue-1';
/** What the bot's branch holds once the issue is worked on. */
export const MENDED = { 'sum.js': 'module.exports = (a, b) => a + b;\n' };

/** One call, then the end; a sum that is right already is left as it is. */
const WORKER: Script = (_turn, request) => {
  if (request.toolResults.length > 0) return { text: 'Mend the sum\n\nIt added where it should subtract, or so.' };
  if (!request.lastUserText.includes('say it in the README')) return { toolCalls: [mendingCall(request)] };
  return { toolCalls: [{ name: 'write_file', arguments: { path: 'README.md', content: '# Sums\n' } }] };
};

/** The same for all forges, so that their commits have the same ids. */
const START = Date.now();

export type Story = TestBot & {
  /** The label's event. */
  labelled: WebhookEvent;
};

/** An issue with the label, and nothing done about it yet. */
export async function beginStory(): Promise<Story> {
  const bot = await startBot(WORKER, { clock: () => START });
  bot.forge.openIssue('stranger', { title: 'The sum subtracts', body: '2 and 2 make 0.' });
  bot.forge.label(1, 'drydock');
  const labelled = await bot.forge.events.labeled(1, 'drydock', 'octo');
  return Object.assign(bot, { labelled });
}

let first: Promise<Story> | null = null;

/** The same, collected and worked on: really once, then copied. Of a copy only the address of the forge is another. */
export async function workedStory(): Promise<Story> {
  first ??= beginStory().then(async (story) => {
    expectCode(0, await story.collect(story.labelled));
    expectCode(0, await story.work());
    return story;
  });
  const [from, to] = [await first, await beginStory()];
  const folder = temporaryFolder();
  const [job, result] = [join(folder, 'job'), join(folder, 'result')];
  cpSync(from.job(), job, { recursive: true });
  cpSync(from.result(), result, { recursive: true });
  const file = join(job, 'job.json');
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll(from.forge.url, to.forge.url));
  to.use(job, result);
  return to;
}

/** And published. */
export async function publishedStory(): Promise<Story> {
  const story = await workedStory();
  expectCode(0, await story.publish());
  await expectOne(story);
  return story;
}

export function expectCode(code: number, run: RunResult | null): void {
  expect(run?.code, run?.stderr).toBe(code);
}

/** That a chain went as far as it goes and ended well. */
export function expectHandled({ collected, worked, published }: Awaited<ReturnType<TestBot['handle']>>): void {
  for (const run of [collected, worked, published]) expectCode(0, run);
}

/** The state in the one progress comment. */
export const stateOf = (bot: TestBot) => decodeState(bot.progress()[0] ?? '');

/**
 * That there is one branch beside main, one draft and one progress comment, that they know of each other, and what the branch holds.
 * `head`: whose the branch's newest commit is.
 */
export async function expectOne(
  bot: TestBot,
  { branch = BRANCH, files = MENDED, head = 'bot' as 'bot' | 'person' }: Partial<Expected> = {},
): Promise<void> {
  const { forge } = bot;
  expect(forge.pendingFaults()).toBe(0);
  const branches = await forge.branches();
  expect(Object.keys(branches).sort()).toEqual(['main', branch].sort());
  const pulls = forge.pulls();
  expect(pulls.map(({ open, pull }) => ({ open, draft: pull?.draft, head: pull?.head, base: pull?.base }))).toEqual([
    { open: true, draft: true, head: branch, base: 'main' },
  ]);
  expect(bot.progress()).toHaveLength(1);
  expect(stateOf(bot)).toMatchObject({ pull: pulls[0]?.number, pushing: null });
  const known = stateOf(bot)?.head;
  if (head === 'bot') expect(known).toBe(branches[branch]);
  else expect(known).not.toBe(branches[branch]);
  for (const [path, text] of Object.entries(files)) expect(await bot.fileOn(branch, path)).toBe(text);
}
type Expected = { branch: string; files: Record<string, string>; head: 'bot' | 'person' };

/**
 * Kills a phase at the request after `skip` others that match. `lost`: the request never came to be; otherwise it is done, and only
 * the answer has nobody who would read it. False: the phase came to its end before.
 */
export async function killedAt(
  { forge }: Story,
  { child, ended }: Running,
  match: RequestMatch,
  { skip = 0, lost }: { skip?: number; lost: boolean },
): Promise<boolean> {
  const run = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  forge.fail(match, { kind: 'meanwhile', run, lost }, { skip });
  const { code, stderr } = await ended;
  if (code === 128 + 9) return true;
  expect(code, stderr).toBe(0);
  return false;
}

/** Collects without an event, into the folder of the newest job. */
export const collectIssue = (story: Story) => story.start('collect', ['--issue', '1']);

/** Whether a phase has left what the next one would take. */
export const hasJob = (story: Story): boolean => existsSync(join(story.job(), 'job.json'));
export const hasResult = (story: Story): boolean => existsSync(join(story.result(), 'result.json'));

export const COMMENT = { method: 'POST', path: /\/issues\/1\/comments$/ };
export const PULL = { method: 'POST', path: /\/pulls$/ };

/** The commit that a branch has on the forge. */
export const headOf = async (story: Story, branch = BRANCH) => (await story.forge.branches())[branch];

/** What the forge was asked to change. */
export const writesOf = ({ forge }: Story) =>
  forge.requests.filter(({ method, path, git }) => (git ? /receive-pack$/.test(path) : method !== 'GET'));
