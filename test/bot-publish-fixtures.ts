/** For tests of publishing: the double of GitHub, and what `collect` and `work` leave, made by hand. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, expect } from 'vitest';
import { botConfigSchema } from '../bot/config.ts';
import type { Forge } from '../bot/forge.ts';
import { openGitHub } from '../bot/github.ts';
import type { Result, WorkJob } from '../bot/job.ts';
import { publish } from '../bot/publish.ts';
import { findProgress } from '../bot/state.ts';
import { bundleCommits, inspectRepository } from '../sandbox/index.ts';
import { type GitHubDouble, startForge } from './forge/github.ts';
import { temporaryFolder } from './harness.ts';

export const NOW = new Date('2026-03-01T12:00:00Z');
export const JOB_ID = '0123456789abcdef';

/** Runs git as a sandbox might, which need not be careful. */
export function plainGit(folder: string, ...args: string[]): string {
  const env = { PATH: process.env.PATH, HOME: folder, GIT_CONFIG_NOSYSTEM: '1' };
  const person = ['user.name=Sandbox', 'user.email=s@example.org', 'core.symlinks=true'].flatMap((pair) => [
    '-c',
    pair,
  ]);
  return execFileSync('git', [...person, ...args], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] }).toString();
}

// Tests of one file run beside each other: each has its own, and all go at the end.
const doubles: GitHubDouble[] = [];
afterAll(() => Promise.all(doubles.map((double) => double.stop())));

export type Story = Awaited<ReturnType<typeof beginStory>>;

/** An issue with a label, and a job for it that has been worked on: `make` changes the files. */
export async function beginStory(options: {
  make?: (workspace: string) => void;
  job?: Partial<WorkJob>;
  config?: object;
  result?: Partial<Result>;
  title?: string;
  /** Whose tokens the forge has. */
  login?: string;
}) {
  const files = { 'src/a.ts': 'export const a = 1;\n', 'README.md': '# Hello\n' };
  const double = await startForge({ files, ...(options.login === undefined ? {} : { login: options.login }) });
  doubles.push(double);
  double.addUser('ada', 'write');
  const issue = double.openIssue('ada', { title: options.title ?? 'The number is wrong', labels: ['drydock'] });
  const folder = temporaryFolder();
  const story = { double, issue, folder, jobDir: join(folder, 'job'), resultDir: join(folder, 'result') };
  mkdirSync(story.jobDir);
  mkdirSync(story.resultDir);
  await work(story, options);
  return story;
}

/** Writes a job and its result, on the branch as it is now. */
export async function work(
  story: { double: GitHubDouble; issue: { number: number }; folder: string; jobDir: string; resultDir: string },
  options: Parameters<typeof beginStory>[0],
): Promise<WorkJob> {
  const { double, issue, jobDir, resultDir } = story;
  const branches = await double.branches();
  const base = branches.main ?? '';
  const branch = options.job?.branch ?? `drydock/issue-${issue.number}`;
  const at = NOW.toISOString();
  const job: WorkJob = {
    ...{ version: 1, decision: 'work', id: JOB_ID, createdAt: at, branch },
    forge: { kind: 'github', api: double.url, repository: double.repository, remote: double.remote },
    trigger: { kind: 'label', actor: 'ada', at, comment: null },
    home: { number: issue.number, isPull: false, url: `${double.url}/issues/${issue.number}` },
    config: botConfigSchema.parse(options.config ?? {}),
    base: { branch: 'main', commit: base },
    head: { commit: branches[branch] ?? base, exists: branches[branch] !== undefined },
    pull: null,
    title: options.title ?? 'The number is wrong',
    request: { author: 'ada', permission: 'write', at, text: 'Make it two.' },
    ...{ thread: [], checks: [], remarks: [] },
    ...options.job,
  };
  const change = options.make === undefined ? null : await bundle(story, job.head.commit, options.make);
  const result: Result = {
    ...{ version: 1, job: job.id, outcome: 'completed', exitCode: 0, message: '', summary: 'It is two now.', change },
    usage: { turns: 3, usd: 0.25, inputTokens: 100, outputTokens: 10 },
    ...{ durationMs: 90_000, session: 'session-1' },
    ...options.result,
  };
  writeFileSync(join(jobDir, 'job.json'), JSON.stringify(job));
  writeFileSync(join(resultDir, 'result.json'), JSON.stringify(result));
  return job;
}

async function bundle(
  story: { double: GitHubDouble; folder: string; resultDir: string },
  head: string,
  make: (workspace: string) => void,
) {
  const workspace = join(temporaryFolder(), 'workspace');
  plainGit(story.folder, 'clone', '-q', '--no-checkout', story.double.refs.gitDir, workspace);
  plainGit(workspace, 'checkout', '-q', '--detach', head);
  make(workspace);
  plainGit(workspace, 'add', '-A', '--force');
  plainGit(workspace, 'commit', '-q', '--allow-empty', '-m', 'Of the sandbox');
  const commit = plainGit(workspace, 'rev-parse', 'HEAD').trim();
  const tree = plainGit(workspace, 'rev-parse', 'HEAD^{tree}').trim();
  const repository = await inspectRepository(workspace, { PATH: process.env.PATH, HOME: workspace });
  await bundleCommits(
    join(story.resultDir, 'result.bundle'),
    repository,
    { 'refs/heads/result': commit },
    { without: [head] },
  );
  return { tree, commit };
}

/** Writes files and makes their folders. */
export const write = (files: Record<string, string | Buffer>) => (workspace: string) => {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(workspace, path)), { recursive: true });
    writeFileSync(join(workspace, path), content);
  }
};

/** Publishes what is there with the token that writes, as a process of its own would: nothing is kept from one call to the next. */
export function run(
  { double, jobDir, resultDir }: Story,
  options: { dryRun?: boolean; env?: object; forge?: Forge } = {},
) {
  const env = { PATH: process.env.PATH, HOME: jobDir, ...options.env };
  const { url: api, repository, remote, tokens } = double;
  const forge = options.forge ?? openGitHub({ api, repository, remote, token: tokens.write, env, secondMs: 1 });
  return publish({
    forge,
    jobDir,
    resultDir,
    env,
    now: () => NOW,
    dryRun: options.dryRun ?? false,
    say: () => undefined,
  });
}

export const FIX = write({ 'src/a.ts': 'export const a = 2;\n' });
export const BRANCH = 'drydock/issue-1';
export const LOGIN = 'github-actions[bot]';

/** What people see: one branch, one pull request, one comment. */
export async function seen({ double }: Story) {
  const { main: _, ...branches } = await double.branches();
  return { branches, pulls: double.pulls(), comments: double.comments() };
}

/** The state in the one progress comment. */
export function stateOf({ double }: Story) {
  const comments = double.comments().map(({ id, author, body, createdAt, updatedAt }) => ({
    ...{ id, body: body ?? '', createdAt, updatedAt, url: '', author: { login: author, isBot: true } },
  }));
  return findProgress(comments, LOGIN).progress?.state;
}

/** That all is there, once. */
export async function expectPublished(story: Story) {
  const { branches, pulls, comments } = await seen(story);
  expect(Object.keys(branches)).toEqual([BRANCH]);
  expect(pulls).toHaveLength(1);
  expect(comments).toHaveLength(1);
  expect(await story.double.refs.file(BRANCH, 'src/a.ts')).toBe('export const a = 2;\n');
  expect(stateOf(story)).toMatchObject({
    ...{ branch: BRANCH, pull: 2, head: branches[BRANCH], pushing: null },
    jobs: [{ id: JOB_ID, kind: 'label', outcome: 'completed', usd: 0.25 }],
  });
  expect(story.double.violations).toEqual([]);
}

/** That nothing but one comment is there; gives its words. */
export async function expectToldOnly(story: Story): Promise<string> {
  const { branches, pulls, comments } = await seen(story);
  expect({ branches, pulls: pulls.length, comments: comments.length }).toEqual({ branches: {}, pulls: 0, comments: 1 });
  return comments[0]?.body ?? '';
}
