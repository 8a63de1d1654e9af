/** Names of branches, as far as git takes them. */

import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import type { HostileCase, HostileKind } from './case.ts';
import { called, publishFirst } from './play.ts';
import { TOUCH, TRIPWIRE } from './tripwire.ts';

/** The owner calls the bot on a pull request of somebody's, whose branch has this name. */
const pulled = (name: string, branch: string): HostileCase => ({
  name,
  happens: 'declined: it is no name of the bot’s own branches',
  plant: async (bot) => {
    await bot.forge.pushAs('ada', branch, { 'sum.js': 'x\n' });
    const { number } = await bot.forge.openPull('ada', branch);
    return await called(bot, number);
  },
  ends: { kind: 'declined', says: /is not under drydock\// },
});

const renamed = (name: string, to: string): HostileCase => ({
  name,
  happens: 'declined: a renamed branch is followed to names of the bot’s own only',
  plant: async (bot) => {
    const { pull, branch } = await publishFirst(bot);
    await bot.forge.renameBranch(branch, to);
    return await called(bot, pull);
  },
  ends: { kind: 'declined', says: /is not under drydock\// },
});

const shell = TOUCH.replaceAll(/[ :]/g, '');

export const BRANCHES: HostileKind = {
  kind: 'branch name',
  cases: [
    pulled('a pull request of a branch named like an option', `--upload-pack=${shell}`),
    pulled('a pull request of a branch with a command in it', `drydock/$(${shell})`),
    pulled('a pull request of a branch with backticks, bars and quotes', `drydock/\`${shell}\`|"';&`),
    pulled('a pull request of a branch of 240 characters', `drydock/${'x'.repeat(232)}`),
    pulled('a pull request of a branch with invisible characters', 'drydock/\u202eissue\u200b-1'),
    renamed('the bot’s own branch is renamed to an option under its prefix', 'drydock/--force'),
    renamed('the bot’s own branch is renamed out of its prefix', 'release'),
    {
      name: 'checks of a branch with `..` in its name, in a forged event',
      happens: 'nothing is done: it is not a branch of the bot’s',
      plant: async (bot) => {
        const { head } = await publishFirst(bot);
        bot.forge.setCheck(head, 'test', 'failure', 'red\n');
        const event = await bot.forge.events.workflowRun(head);
        const text = JSON.stringify(event.payload).replaceAll('"drydock/issue-1"', '"drydock/../../heads/main"');
        return { ...event, payload: JSON.parse(text) };
      },
      ends: { kind: 'skipped', says: /not the bot’s/ },
    },
    {
      name: 'a base branch named like an option, in .drydock/bot.yaml',
      happens: 'collect stops, before git gets the name',
      config: `base-branch: "--upload-pack=touch ${TRIPWIRE}"\n`,
      plant: async (bot) => {
        bot.forge.openIssue('octo', { title: 'Sum' });
        bot.forge.label(1, 'drydock');
        return await bot.forge.events.labeled(1, 'drydock', 'octo');
      },
      ends: { kind: 'stopped', code: 2, says: /base-branch is not a name of a branch/ },
    },
    {
      name: 'a prefix in .drydock/bot.yaml that leads out',
      happens: 'collect stops at the setting',
      config: 'branch-prefix: ../heads/\n',
      plant: async (bot) => {
        bot.forge.openIssue('octo', { title: 'Sum' });
        return ['--issue', '1'];
      },
      ends: { kind: 'stopped', code: 2, says: /branch-prefix/ },
    },
    {
      name: 'a branch of the bot’s own to which somebody pushed a command as a path',
      happens: 'the bot goes on from it when it is asked to; the path is data',
      plant: async (bot) => {
        const { pull, branch } = await publishFirst(bot);
        await bot.forge.pushAs('ada', branch, { [`$(${shell})`]: 'x\n', '--exec': 'x\n' });
        return await called(bot, pull);
      },
      leaves: { change: { 'sum.js': '1\n' } },
      ends: {
        kind: 'defused',
        look: ({ bot }) => expect(JSON.parse(readFileSync(`${bot.job()}/job.json`, 'utf8')).head.exists).toBe(true),
      },
    },
  ],
};
