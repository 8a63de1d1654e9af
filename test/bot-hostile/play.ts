/** Plays a hostile case through the phases, each a process of its own. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readJob } from '../../bot/index.ts';
import type { WorkJob } from '../../bot/job.ts';
import { promptOf } from '../../bot/prompt.ts';
import { startBot, type TestBot } from '../bot.ts';
import type { HostileCase, Played } from './case.ts';
import { leaveJob, leaveResult } from './leave.ts';
import { tripwirePath } from './tripwire.ts';

/** What there is on the forge: branches with their commits, and the numbers of pull requests. */
export type Standing = { branches: Record<string, string>; pulls: number[] };

export const standingOf = async ({ forge }: TestBot): Promise<Standing> => ({
  branches: await forge.branches(),
  pulls: forge.pulls().map(({ number }) => number),
});

/** `before`: how the forge stood when the bot was called. */
export async function play(one: HostileCase): Promise<Played & { before: Standing }> {
  const { files, config = '', model, leaves = {}, onlyCollects = false } = one;
  const bot = await startBot(model ?? (() => ({ text: 'Done.' })), {
    config,
    env: { PATH: tripwirePath() },
    ...(files === undefined ? {} : { files }),
  });
  const event = one.plant === undefined ? null : await one.plant(bot);
  if (event === null) await leaveJob(bot, config);
  const before = await standingOf(bot);
  const collected = event === null ? null : await bot.collect(event);
  const decided = existsSync(join(bot.job(), 'job.json')) ? await readJob(bot.job()) : null;
  const job: WorkJob | null = decided?.decision === 'work' ? decided : null;
  let worked: Played['worked'] = null;
  if (job !== null && !onlyCollects) {
    if (model === undefined) await leaveResult(bot, job, leaves);
    else worked = await bot.work();
  }
  const isTold = decided !== null && decided.decision !== 'skip' && !onlyCollects;
  const published = isTold ? await bot.publish() : null;
  const prompt = job === null ? '' : promptOf(job);
  return { bot, before, collected, worked, published, job, prompt, comment: bot.progress().at(-1) ?? '' };
}

/** Gives an issue of a stranger's to the bot: the owner labels it. */
export async function labelled(bot: TestBot, issue: { title?: string; body?: string }) {
  const { number } = bot.forge.openIssue('stranger', { title: 'The sum subtracts', ...issue });
  bot.forge.label(number, 'drydock');
  return await bot.forge.events.labeled(number, 'drydock', 'octo');
}

/** Has the owner call the bot in a comment. */
export async function called(bot: TestBot, number: number, text = '@drydock go on') {
  const { id } = bot.forge.comment('octo', number, text);
  return await bot.forge.events.commented(id);
}

/** Plays a job to its end before the case begins, so that there is a pull request, and gives the branch's head. */
export async function publishFirst(bot: TestBot): Promise<{ pull: number; branch: string; head: string }> {
  await bot.collect(await labelled(bot, {}));
  const job = await readJob(bot.job());
  if (job.decision !== 'work') throw new Error('the first job was not one to work on');
  await leaveResult(bot, job, {});
  const { code, stderr } = await bot.publish();
  const pull = bot.forge.pulls()[0]?.number;
  if (code !== 0 || pull === undefined) throw new Error(`the first job was not published:\n${stderr}`);
  return { pull, branch: job.branch, head: (await bot.forge.branches())[job.branch] ?? '' };
}
