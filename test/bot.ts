/**
 * The bot as its users have it: the three phases as processes with their own credentials, a double of GitHub over HTTP, a scripted
 * model over HTTP, a real sandbox.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect } from 'vitest';
import type { WebhookEvent } from './forge/events.ts';
import { type ForgeOptions, type GitHubDouble, startForge } from './forge/github.ts';
import {
  BROKEN_SUM,
  MODEL,
  type Running,
  type RunResult,
  type RunSettings,
  serve,
  startDrydock,
  temporaryFolder,
} from './harness.ts';
import type { ModelServer, Script, ScriptedRequest } from './model-server.ts';

export const BOT_LOGIN = 'github-actions[bot]';
export const PHASES = ['collect', 'work', 'publish'] as const;
export type Phase = (typeof PHASES)[number];

export type TestBot = {
  forge: GitHubDouble;
  model: ModelServer;
  /** What the model was asked, the oldest first. */
  requests: ScriptedRequest[];
  home: string;
  /** The folder of the newest job. */
  job: () => string;
  /** And of its result. */
  result: () => string;
  /** Takes other folders for the newest ones. */
  use(job: string, result: string): void;
  collect(event: WebhookEvent | string[]): Promise<RunResult>;
  /** Makes the folders of a new job, which a test fills by hand. */
  begin(): void;
  work(): Promise<RunResult>;
  publish(args?: string[]): Promise<RunResult>;
  /** Starts one phase on the newest job. */
  start(phase: Phase, args?: string[], env?: Record<string, string>): Running;
  /** All three, as far as the job goes: what each ended with. */
  handle(
    event: WebhookEvent | string[],
  ): Promise<{ collected: RunResult; worked: RunResult | null; published: RunResult | null }>;
  /** What `collect` decided last. */
  decision(): { decision: string; reason?: string; id?: string };
  /** The bot's comments that carry its state. */
  progress(): string[];
  /** The text of a file on a branch; null: there is none. */
  fileOn(branch: string, path: string): Promise<string | null>;
};

const forges: GitHubDouble[] = [];
afterAll(async () => {
  for (const forge of forges) {
    // Whatever a test is about: nothing was asked that GitHub does not know.
    expect(forge.violations).toEqual([]);
    await forge.stop();
  }
});

/**
 * Starts a forge with a broken sum in it, whose owner is `octo`, and a model that plays `script` for each job. `env` is added to
 * the environment of each phase.
 */
export async function startBot(
  script: Script,
  { config = '', env: around = {}, ...options }: ForgeOptions & { config?: string; env?: Record<string, string> } = {},
): Promise<TestBot> {
  const files = { ...BROKEN_SUM, ...options.files, ...(config === '' ? {} : { '.drydock/bot.yaml': config }) };
  const forge = await startForge({ ...options, files });
  forges.push(forge);
  const requests: ScriptedRequest[] = [];
  const model = await serve((turn, request) => {
    requests.push(request);
    return script(turn, request);
  });
  const home = temporaryFolder();
  let folder = '';
  let result = '';
  const where = ['--repository', forge.repository, '--api', forge.url, '--remote', forge.remote];
  const envOf = (phase: Phase): Record<string, string> =>
    phase === 'work'
      ? { ...model.env, GITHUB_TOKEN: '' }
      : { GITHUB_TOKEN: phase === 'collect' ? forge.tokens.read : forge.tokens.write };
  const argsOf = (phase: Phase): string[] => {
    if (phase === 'collect') return [...where, '--out', folder];
    return phase === 'work' ? [folder, '--out', result, '--model', MODEL] : [folder, '--result', result, ...where];
  };
  const start = (phase: Phase, args: string[] = [], env: Record<string, string> = {}) =>
    startDrydock(['bot', phase, ...argsOf(phase), ...args], { home, env: { ...around, ...envOf(phase), ...env } });
  const run = (phase: Phase, args?: string[]) => start(phase, args).ended;
  const begin = () => {
    folder = join(temporaryFolder(), 'job');
    result = join(temporaryFolder(), 'result');
    for (const made of [folder, result]) mkdirSync(made);
  };
  const collect = (event: WebhookEvent | string[]) => {
    begin();
    if (Array.isArray(event)) return run('collect', event);
    const file = join(temporaryFolder(), 'event.json');
    writeFileSync(file, JSON.stringify(event.payload));
    return run('collect', ['--event', file, '--event-name', event.name]);
  };
  const decision = () => JSON.parse(readFileSync(join(folder, 'job.json'), 'utf8'));
  return {
    ...{ forge, model, requests, home, begin, collect, start, decision },
    job: () => folder,
    result: () => result,
    use(...folders) {
      [folder, result] = folders;
    },
    work: () => run('work'),
    publish: (args) => run('publish', args),
    async handle(event) {
      const collected = await collect(event);
      if (!existsSync(join(folder, 'job.json'))) return { collected, worked: null, published: null };
      const what = decision().decision;
      const worked = what === 'work' ? await run('work') : null;
      const published = what === 'skip' ? null : await run('publish');
      return { collected, worked, published };
    },
    progress: () =>
      forge
        .comments()
        .filter(({ author, body }) => author === BOT_LOGIN && body.includes('<!-- drydock-state:'))
        .map(({ body }) => body),
    async fileOn(branch, path) {
      const commit = (await forge.branches())[branch];
      return commit === undefined ? null : forge.refs.file(commit, path);
    },
  };
}

/** Starts all three phases by `drydock bot run`, in one call; `job` is the folder of the job. */
export function startBotRun(
  { forge, model, home }: TestBot,
  args: string[],
  settings: RunSettings = {},
): Running & { job: string } {
  const where = ['--repository', forge.repository, '--api', forge.url, '--remote', forge.remote];
  const tokens = { FORGE_READ_TOKEN: forge.tokens.read, FORGE_WRITE_TOKEN: forge.tokens.write };
  const job = join(temporaryFolder(), 'job');
  const env = { ...model.env, ...tokens, ...settings.env };
  const all = ['bot', 'run', ...where, '--out', job, '--model', MODEL, ...args];
  return { ...startDrydock(all, { home, ...settings, env }), job };
}

/** Carries all three phases out by `drydock bot run`, in one call. */
export const runBot = (bot: TestBot, args: string[], settings?: RunSettings): Promise<RunResult> =>
  startBotRun(bot, args, settings).ended;
