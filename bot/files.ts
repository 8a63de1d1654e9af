/** The files that pass between the phases, by their names and with their bounds. */
import { readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
import { BotError } from './errors.ts';
import { type Job, jobSchema, type Result, resultSchema } from './job.ts';

/** What `collect` writes into its folder. */
export const JOB_FILES = { job: 'job.json', repository: 'repository.bundle' } as const;
/** What `work` writes into its. */
export const RESULT_FILES = { result: 'result.json', bundle: 'result.bundle', trajectory: 'trajectory.json' } as const;

/** Texts in it are bounded where they are made; far more is another file. */
const MAX_BYTES = 8 * 1024 * 1024;

/** Reads what `collect` has written into `folder`. Throws `BotError` (`input`). */
export function readJob(folder: string): Promise<Job> {
  return readWhole(join(folder, JOB_FILES.job), jobSchema, 'it is written by `drydock bot collect`');
}

/** Reads what `work` has written into `folder`. Throws `BotError` (`input`). */
export function readResult(folder: string): Promise<Result> {
  return readWhole(join(folder, RESULT_FILES.result), resultSchema, 'it is written by `drydock bot work`');
}

/** Writes a job or a result so that it is never seen half written, for its owner's eyes only. */
export async function writeWhole(path: string, value: Job | Result): Promise<void> {
  await writeFile(`${path}.new`, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
  await rename(`${path}.new`, path);
}

async function readWhole<T>(path: string, schema: z.ZodType<T>, hint: string): Promise<T> {
  let text: string;
  try {
    const { size } = await stat(path);
    if (size > MAX_BYTES) throw new BotError('input', `${path} has ${size} bytes, more than ${MAX_BYTES}`, hint);
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof BotError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new BotError('input', `${path} cannot be read: ${why}`, hint, { cause: error });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new BotError('input', `${path} is not JSON`, hint, { cause: error });
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new BotError('input', `${path}: ${issue?.path.join('.') || 'it'}: ${issue?.message ?? 'is not valid'}`, hint);
}
