/** The files that pass between the phases, by their names and with their bounds. */
import { access, constants, mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
import { BotError } from './errors.ts';
import { type Job, jobSchema, type Result, resultSchema } from './job.ts';

/** What `collect` writes into its folder. */
export const JOB_FILES = { job: 'job.json', repository: 'repository.bundle' } as const;
/** What `work` writes into its. */
export const RESULT_FILES = { result: 'result.json', bundle: 'result.bundle', trajectory: 'trajectory.json' } as const;

/** Far more than a job with its thread and logs, or a result, ever has. */
const MAX_BYTES = 16 * 1024 * 1024;

/** Reads `job.json` of a folder. Throws `BotError` (`input`). */
export async function readJob(folder: string): Promise<Job> {
  const file = join(folder, JOB_FILES.job);
  const read = await readJson(file, jobSchema);
  if ('value' in read) return read.value;
  throw new BotError('input', `${file} ${read.problem}`, 'have it made by `drydock bot collect`');
}

/** Reads `result.json` of a folder, which must be of this job; `problem`: why there is no result that can be used. */
export async function readResult(folder: string, job: string): Promise<{ value: Result } | { problem: string }> {
  const read = await readJson(join(folder, RESULT_FILES.result), resultSchema);
  if ('problem' in read) return { problem: `result.json ${read.problem}` };
  return read.value.job === job ? read : { problem: 'result.json is of another job' };
}

/** Makes the folder of a job or of a result, and sees that files can be written there. Throws `BotError` (`input`). */
export async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const hint = 'name a folder that can be made and written to';
    throw new BotError('input', `${folder} cannot be the folder: ${why}`, hint, { cause: error });
  }
}

/** Writes a job or a result so that it is never seen half written, for its owner's eyes only. */
export async function writeWhole(path: string, value: Job | Result): Promise<void> {
  await writeFile(`${path}.new`, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
  await rename(`${path}.new`, path);
}

async function readJson<T>(file: string, schema: z.ZodType<T>): Promise<{ value: T } | { problem: string }> {
  let content: unknown;
  try {
    if ((await stat(file)).size > MAX_BYTES) return { problem: 'is too large' };
    content = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) return { problem: 'is not JSON' };
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    return { problem: isMissing ? 'is missing' : 'cannot be read' };
  }
  const parsed = schema.safeParse(content);
  if (parsed.success) return { value: parsed.data };
  // Where, and not what: the file may hold anything.
  const place = parsed.error.issues[0]?.path.join('.') ?? '';
  return { problem: `is not as it must be${/^[A-Za-z0-9_.]{1,80}$/.test(place) ? ` (${place})` : ''}` };
}
