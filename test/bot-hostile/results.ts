/** What lies between the phases, tampered with. */
import { copyFileSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { HostileCase, HostileKind, Left } from './case.ts';
import { FIX } from './leave.ts';
import { called, labelled, publishFirst } from './play.ts';

const broken = (name: string, tamper: (left: Left) => void | Promise<void>, says: RegExp): HostileCase => ({
  ...{ name, happens: 'refused; the comment says that the result cannot be used', leaves: { tamper } },
  ends: { kind: 'refused', says },
});
const bundlePath = ({ resultDir }: Left) => join(resultDir, 'result.bundle');
const resultPath = ({ resultDir }: Left) => join(resultDir, 'result.json');
const UNUSABLE = /no result that can be used/;
const NOT_SAID = /result\.bundle is not what result\.json says/;

export const RESULTS: HostileKind = {
  kind: 'result',
  cases: [
    broken('of another job', ({ say }) => say({ job: 'f'.repeat(16) }), /result\.json is of another job/),
    broken('missing', (left) => rmSync(resultPath(left)), /result\.json is missing/),
    broken('not JSON', (left) => writeFileSync(resultPath(left), '{"version": 1'), /is not JSON/),
    broken('17 MB', (left) => left.say({ summary: 'x'.repeat(17 * 1024 * 1024) }), /is too large/),
    broken(
      'a link to another file',
      (left) => {
        rmSync(resultPath(left));
        symlinkSync('/etc/passwd', resultPath(left));
      },
      UNUSABLE,
    ),
    broken(
      'with more in it than belongs there',
      ({ say }) => say({ config: { allow: { workflows: true } } }),
      /not as it must be/,
    ),
    broken(
      'numbers beyond all bounds',
      ({ say }) => say({ usage: { turns: 1e308, usd: -1, inputTokens: 1, outputTokens: 1 } }),
      /not as it must be \(usage\.turns\)/,
    ),
    broken('without its bundle', (left) => rmSync(bundlePath(left)), /result\.bundle cannot be used/),
    broken('a bundle that is cut', (left) => truncateSync(bundlePath(left), 120), /cannot be used|refused/),
    broken(
      'a bundle with another parent',
      async (left) => {
        const other = await left.commit(null, { 'sum.js': 'x\n' });
        const made = await left.commit(other, FIX);
        await left.bundle('refs/heads/result', `^${other}`);
        left.say({ change: { commit: made, tree: await left.treeOf(made) } });
      },
      NOT_SAID,
    ),
    broken(
      'a bundle of another repository',
      async (left) => {
        const made = await left.commit(null, { 'other.txt': 'x\n' });
        await left.bundle('refs/heads/result');
        left.say({ change: { commit: left.job.head.commit, tree: await left.treeOf(made) } });
      },
      NOT_SAID,
    ),
    broken(
      'a commit that is not in the bundle',
      ({ say, job }) => say({ change: { commit: job.base.commit, tree: job.base.commit } }),
      NOT_SAID,
    ),
    broken(
      'a tree that is not in the bundle',
      (left) => left.say({ change: { ...(left.result.change as object), tree: 'a'.repeat(40) } }),
      /tree/,
    ),
    broken(
      'a tree that is a file',
      async (left) => {
        const blob = await left.repository.git('rev-parse', 'refs/heads/result:sum.js');
        left.say({ change: { ...(left.result.change as object), tree: blob } });
      },
      /tree|object/,
    ),
    broken(
      'refs named like options',
      async (left) => {
        const text = readFileSync(bundlePath(left), 'latin1').replace('refs/heads/result', '--upload-pack=touch x');
        writeFileSync(bundlePath(left), text, 'latin1');
      },
      /cannot be used|is not what/,
    ),
    {
      name: 'several commits, whose messages close issues',
      happens: 'the tree alone is taken, as one commit of the bot’s own on the head',
      leaves: {
        tamper: async (left) => {
          const first = await left.commit(left.job.head.commit, { 'a.txt': 'x\n' });
          const second = await left.commit(first, FIX);
          await left.bundle('refs/heads/result', `^${left.job.head.commit}`);
          left.say({ change: { commit: second, tree: await left.treeOf(second) } });
        },
      },
      ends: {
        kind: 'defused',
        look: async ({ bot }) => {
          const log = await bot.forge.refs.git('log', '--format=%an', 'main..drydock/issue-1');
          expect(log).toBe('github-actions[bot]');
        },
      },
    },
    {
      name: 'a tree of one commit under the name of another',
      happens: 'the tree that is said is checked and taken, whatever the commit is called',
      leaves: {
        tamper: async (left) => {
          const evil = await left.commit(left.job.head.commit, { '.github/workflows/x.yml': 'on: push\n' });
          const good = await left.commit(evil, { ...FIX, '.github/workflows/x.yml': null });
          await left.bundle('refs/heads/result', `^${left.job.head.commit}`);
          left.say({ change: { commit: good, tree: await left.treeOf(evil) } });
        },
      },
      ends: { kind: 'refused', says: /what the CI runs/ },
    },
    {
      name: 'of an earlier job, put beside a new one',
      happens: 'refused: it is of another job',
      plant: async (bot) => {
        const { pull } = await publishFirst(bot);
        earlier = bot.result();
        return await called(bot, pull);
      },
      leaves: {
        tamper: ({ resultDir }) => {
          for (const file of ['result.json', 'result.bundle']) copyFileSync(join(earlier, file), join(resultDir, file));
        },
      },
      ends: { kind: 'refused', says: /result\.json is of another job/ },
    },
    {
      name: 'the job is of another repository',
      happens: 'publish stops before it writes anything',
      plant: (bot) => labelled(bot, {}),
      leaves: {
        tamper: (left) => rewriteJob(left, (job) => ({ ...job, forge: { ...job.forge, repository: 'octo/other' } })),
      },
      ends: { kind: 'stopped', code: 2, says: /the job is of (octo\/other|another forge)/ },
    },
    {
      name: 'the job’s branch is another than the bot’s',
      happens: 'publish stops before it writes anything',
      plant: (bot) => labelled(bot, {}),
      leaves: { tamper: (left) => rewriteJob(left, (job) => ({ ...job, branch: 'main' })) },
      ends: { kind: 'stopped', code: 2, says: /the branch main is not under drydock\// },
    },
    {
      name: 'the job’s branch is an option',
      happens: 'publish stops before it writes anything',
      plant: (bot) => labelled(bot, {}),
      leaves: { tamper: (left) => rewriteJob(left, (job) => ({ ...job, branch: 'drydock/../--force' })) },
      ends: { kind: 'stopped', code: 2, says: /\(branch\)/ },
    },
  ],
};

/** The folder of the first job's result, in the case that needs it again. */
let earlier = '';

function rewriteJob({ jobDir, job }: Left, change: (job: Left['job']) => unknown): void {
  writeFileSync(join(jobDir, 'job.json'), JSON.stringify(change(job)));
}
