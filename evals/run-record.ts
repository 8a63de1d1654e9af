/** A run on disk: `run.json` says what it is, and each trial's folder what came of it. */
import { readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { TaskError } from './task.ts';
import { TRIAL_FILES } from './trial.ts';
import { type TrialResult, trialResultSchema } from './trial-result.ts';

const taskSchema = z.object({
  id: z.string(),
  digest: z.string(),
  title: z.string(),
  tags: z.array(z.string()),
  /** Paths that the solution changes; null: it is no patch. */
  solutionFiles: z.array(z.string()).nullable(),
});
const agentSchema = z.object({
  kind: z.enum(['configuration', 'oracle', 'predictions', 'command']),
  name: z.string(),
  digest: z.string(),
  values: z.record(z.string(), z.unknown()).exactOptional(),
});

export const runRecordSchema = z.object({
  version: z.literal(1),
  /** Marks what the run makes on the engine. */
  id: z.string(),
  suite: z.string(),
  drydockVersion: z.string(),
  startedAt: z.string(),
  attempts: z.number().int().min(1),
  tasks: z.array(taskSchema),
  /** Tasks that are not run, and why. */
  left: z.array(z.object({ id: z.string(), origin: z.string(), problem: z.string() })),
  agents: z.array(agentSchema),
});
export type RunRecord = z.output<typeof runRecordSchema>;

/** A run with the results that it has so far, in the order of agents, tasks and attempts. */
export type Run = { folder: string; record: RunRecord; results: readonly TrialResult[] };

export const RUN_FILE = 'run.json';
const TRIALS = 'trials';

/** An agent's name as one of a file. */
export function agentFolder(agent: string): string {
  return agent.replace(/[^\w.-]+/g, '-');
}

/** Where a trial's folder is. */
export function trialFolder(out: string, agent: string, task: string, attempt: number): string {
  return join(out, TRIALS, agentFolder(agent), task, String(attempt));
}

/** The record of a run; null where the folder has none. Throws `TaskError` for one that is broken, or not of this version. */
export async function readRecord(out: string): Promise<RunRecord | null> {
  const file = join(out, RUN_FILE);
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return null;
    throw error;
  });
  return text === null ? null : parse(file, text, runRecordSchema);
}

/** Writes it whole. */
export async function writeRecord(out: string, record: RunRecord): Promise<void> {
  const file = join(out, RUN_FILE);
  await writeFile(`${file}.new`, `${JSON.stringify(record, null, 2)}\n`);
  await rename(`${file}.new`, file);
}

/** The result of a trial's folder; null: it has none, so the trial never ended. */
export async function readResult(folder: string): Promise<TrialResult | null> {
  const file = join(folder, TRIAL_FILES.result);
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  });
  return text === null ? null : parse(file, text, trialResultSchema);
}

/** Reads a run. Throws `TaskError` where the folder holds none. */
export async function readRun(folder: string): Promise<Run> {
  const record = await readRecord(folder);
  if (record === null) throw new TaskError(`${folder} holds no run of an eval`, 'it is the folder that --out named');
  const results: TrialResult[] = [];
  for (const agent of record.agents) {
    for (const task of record.tasks) {
      for (let attempt = 1; attempt <= record.attempts; attempt++) {
        const result = await readResult(trialFolder(folder, agent.name, task.id, attempt));
        if (result !== null && result.taskDigest === task.digest && result.agentDigest === agent.digest)
          results.push(result);
      }
    }
  }
  return { folder, record, results };
}

/** The folders below one (itself included) that hold a run. */
export async function findRuns(folder: string, depth = 4): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  if (entries.some((entry) => entry.isFile() && entry.name === RUN_FILE)) return [folder];
  if (depth === 0) return [];
  const found: string[] = [];
  for (const entry of entries) {
    if (entry.isDirectory() && !entry.name.startsWith('.'))
      found.push(...(await findRuns(join(folder, entry.name), depth - 1)));
  }
  return found;
}

function parse<T>(file: string, text: string, schema: z.ZodType<T>): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new TaskError(
      `${file} is no JSON: ${error instanceof Error ? error.message : error}`,
      'remove it, or restore it',
      {
        cause: error,
      },
    );
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new TaskError(
    `${file}: ${issue?.path.join('.')}: ${issue?.message}`,
    'it was written by another version, or by hand',
  );
}
