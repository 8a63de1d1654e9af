/** What a taken-over `work` leaves for `publish`: a result and a bundle, which look as they must or do not. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseBotConfig } from '../../bot/config-file.ts';
import { type Job, jobSchema, type WorkJob } from '../../bot/job.ts';
import type { TestBot } from '../bot.ts';
import { git } from '../forge/git.ts';
import { type FileChanges, openRefs } from '../forge/refs.ts';
import { temporaryFolder } from '../harness.ts';
import type { Leaves, Left } from './case.ts';

/** A change that nobody minds. */
export const FIX: FileChanges = { 'sum.js': 'module.exports = (a, b) => a + b;\n' };

export const JOB_ID = '0123456789abcdef';
const AT = '2026-03-01T12:00:00Z';

/** Writes a job for a plain issue as `collect` would, which is not the matter of the case. */
export async function leaveJob(bot: TestBot, config: string): Promise<void> {
  const { forge } = bot;
  const { number } = forge.openIssue('octo', { title: 'The sum subtracts', labels: ['drydock'] });
  const base = (await forge.branches()).main ?? '';
  const job: Job = {
    ...{ version: 1, decision: 'work', id: JOB_ID, createdAt: AT, branch: `drydock/issue-${number}` },
    forge: { kind: 'github', api: forge.url, repository: forge.repository, remote: forge.remote },
    trigger: { kind: 'label', actor: 'octo', at: AT, comment: null },
    home: { number, isPull: false, url: `${forge.url}/issues/${number}` },
    config: await parseBotConfig(config === '' ? null : Buffer.from(config)),
    base: { branch: 'main', commit: base },
    head: { commit: base, exists: false },
    pull: null,
    title: 'The sum subtracts',
    request: { author: 'octo', permission: 'admin', at: AT, text: 'Mend it.' },
    ...{ thread: [], checks: [], remarks: [] },
  };
  bot.begin();
  writeFileSync(join(bot.job(), 'job.json'), JSON.stringify(jobSchema.parse(job)));
}

/** Writes a result of a job, as the case has it. */
export async function leaveResult(bot: TestBot, job: WorkJob, leaves: Leaves): Promise<void> {
  const gitDir = join(temporaryFolder(), 'sandbox.git');
  await git(bot.home, ['clone', '-q', '--bare', bot.forge.refs.gitDir, gitDir]);
  const repository = openRefs(gitDir);
  const resultDir = bot.result();
  const commit: Left['commit'] = (parent, files) =>
    repository.commit({
      ref: 'refs/heads/result',
      parent,
      files,
      message: 'Of the sandbox',
      author: 'sandbox',
      time: 1,
    });
  const treeOf = (of: string) => repository.git('rev-parse', `${of}^{tree}`);
  const bundle = async (...args: string[]) => {
    await repository.git('bundle', 'create', '-q', join(resultDir, 'result.bundle'), ...args);
  };
  const made = await commit(job.head.commit, leaves.change ?? FIX);
  const result: Record<string, unknown> = {
    ...{ version: 1, job: job.id, outcome: 'completed', exitCode: 0, message: '' },
    summary: leaves.summary ?? 'It adds now.',
    change: { commit: made, tree: await treeOf(made) },
    usage: { turns: 3, usd: 0.25, inputTokens: 100, outputTokens: 10 },
    ...{ durationMs: 90_000, session: 'session-1' },
    ...leaves.result,
  };
  const say = (changes: Record<string, unknown>) =>
    writeFileSync(join(resultDir, 'result.json'), JSON.stringify({ ...result, ...changes }));
  say({});
  await bundle('refs/heads/result', `^${job.head.commit}`);
  const left = { bot, job, resultDir, jobDir: bot.job(), repository, result, say, commit, treeOf, bundle };
  await leaves.tamper?.(left);
}
