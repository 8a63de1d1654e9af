/** The second phase: an agent in its sandbox. It has a model's key and nothing that opens the forge. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type CallerOptions,
  type Layer,
  type RunResult,
  resolveSettings,
  runTask,
  secretValues,
} from '../agent/index.ts';
import { bundleCommits, openBundle, openTrusted, type Repository, treeOf } from '../sandbox/index.ts';
import type { SessionEvent } from '../session/index.ts';
import type { BotConfig } from './config.ts';
import { refuseCredentials } from './environment.ts';
import { JOB_FILES, makeFolder, RESULT_FILES, readJob, writeWhole } from './files.ts';
import { type Job, MAX_WORDS, type Result, resultSchema, type WorkJob } from './job.ts';
import { promptOf } from './prompt.ts';
import { findSecrets } from './secrets.ts';

export type WorkOptions = CallerOptions & {
  /** Where `collect` has written, and where the result goes; absolute. */
  jobDir: string;
  resultDir: string;
  sessionsDir: string;
  /** What the operator says, the lowest layer first. */
  layers: readonly Layer[];
};

/** `run` null: there was nothing to do. `leak`: why nothing of it may leave, the trajectory included; null: it may. */
export type Worked = { job: Job; result: Result | null; run: RunResult | null; leak: string | null };

/**
 * Works on a job and writes its result, whole or not at all. Throws `BotError` for what is given, and what `runTask` throws before
 * there is a session.
 */
export async function work(options: WorkOptions): Promise<Worked> {
  refuseCredentials('work', options.env);
  const job = await readJob(options.jobDir);
  if (job.decision !== 'work') return { job, result: null, run: null, leak: null };
  await makeFolder(options.resultDir);
  const scratch = await mkdtemp(join(tmpdir(), 'drydock-bot-'));
  try {
    const started = performance.now();
    const folder = join(scratch, 'repository.git');
    const head = { commit: job.head.commit, branch: null };
    const repository = await openBundle(join(options.jobDir, JOB_FILES.repository), folder, head, options.env);
    let summary = '';
    const run = await runTask({
      ...options,
      emit: (event) => {
        if (event.type === 'log') summary = finalWords(event.event) ?? summary;
        options.emit(event);
      },
      task: promptOf(job),
      images: [],
      cwd: folder,
      layers: [...options.layers, limitsLayer(job.config, options.layers)],
      useProject: true,
      rules: job.base.commit,
    });
    const { end } = run;
    const leak = leakOf(summary, run, options.env);
    const change = leak === null ? await packChange(run, repository, job, options) : null;
    const result = resultSchema.parse({
      version: 1,
      job: job.id,
      outcome: leak === null ? end.outcome : 'failed',
      exitCode: leak === null ? run.exitCode : 1,
      message: leak ?? (end.outcome === 'completed' ? '' : end.message.slice(0, MAX_WORDS)),
      summary: leak === null ? summary.slice(0, MAX_WORDS) : '',
      change,
      usage: {
        turns: end.turns,
        usd: end.usage.costUsd,
        inputTokens: end.usage.inputTokens,
        outputTokens: end.usage.outputTokens,
      },
      durationMs: Math.round(performance.now() - started),
      session: run.sessionId,
    });
    await writeWhole(join(options.resultDir, RESULT_FILES.result), result);
    return { job, result, run, leak };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** The words of a response of the model that calls no tool. */
function finalWords(event: SessionEvent): string | null {
  if (event.type !== 'model.responded') return null;
  const { content } = event.message;
  if (content.some((part) => part.type === 'tool_call')) return null;
  return content
    .flatMap((part) => (part.type === 'text' ? [part.text] : []))
    .join('')
    .trim();
}

/**
 * Why nothing of it may leave; null: it may. Only this phase knows its own secrets, which the sandbox never had: where one is in the
 * result all the same, something is wrong that no reader of it should find first.
 */
function leakOf(summary: string, { end, harvest }: RunResult, env: NodeJS.ProcessEnv): string | null {
  const values = secretValues(env);
  const found = [summary, end.message, harvest.patch ?? ''].flatMap((text) =>
    findSecrets(text, { values, canaries: [] }),
  );
  const kinds = new Set(found.map(({ kind }) => kind).filter((kind) => values.some((value) => value.kind === kind)));
  return kinds.size === 0 ? null : `the result held the ${[...kinds].join(' and the ')}, so nothing of it was kept`;
}

/** Of a limit that both the repository and the operator set the smaller counts. */
function limitsLayer(config: BotConfig, layers: readonly Layer[]): Layer {
  const own = resolveSettings(layers);
  const { maxTurns, maxCost, timeout, maxDiff, maxDiffFiles, verify } = own.settings;
  const least = (mine: number | undefined, theirs: number) => String(Math.min(mine ?? theirs, theirs));
  const turns = own.origins.has('maxTurns') ? maxTurns : undefined;
  return {
    kind: 'flags',
    where: '',
    values: {
      output: 'patch',
      apply: false,
      includeDirty: false,
      maxTurns: least(turns, config.maxTurns),
      timeout: `${least(timeout, config.maxMinutes * 60_000)}ms`,
      maxDiff: least(maxDiff, config.maxLines),
      maxDiffFiles: least(maxDiffFiles, config.maxFiles),
      ...(config.maxCost === null ? {} : { maxCost: least(maxCost, config.maxCost) }),
      ...(verify !== undefined || config.verify === undefined ? {} : { verify: config.verify }),
    },
  };
}

/** The change as one commit in a bundle that needs the job's head; null: there is none. */
async function packChange(
  { harvest, sessionId }: RunResult,
  repository: Repository,
  job: WorkJob,
  { resultDir, sessionsDir }: WorkOptions,
): Promise<Result['change']> {
  const { commit, files } = harvest;
  if (commit === null || files.length === 0) return null;
  const trusted = await openTrusted(join(sessionsDir, sessionId, 'workspace.git'), repository);
  const file = join(resultDir, RESULT_FILES.bundle);
  await bundleCommits(file, trusted, { 'refs/heads/result': commit }, { without: [job.head.commit] });
  return { commit, tree: await treeOf(trusted, commit) };
}
