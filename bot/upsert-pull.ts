/** The one pull request of a branch: found, or made as a draft. */
import { BotError } from './errors.ts';
import type { Pull, Threads } from './forge.ts';
import type { Result, WorkJob } from './job.ts';
import { isOwnBody, pullBody, titleOf } from './pull.ts';

/** The pull request of a job's branch, as it is now; null: there is none. */
export async function findPull(threads: Threads, job: WorkJob): Promise<Pull | null> {
  return job.pull === null ? threads.pullOf(job.branch) : threads.pull(job.pull);
}

/** Whether the words of a pull request are this job's to say: other triggers ask for a part of it only. */
const saysAll = ({ trigger }: WorkJob) => trigger.kind === 'label' || trigger.kind === 'dispatch';

/**
 * Makes the pull request, or brings its description up to date; the title stays as it is, and so does what a person has edited. Null:
 * it was closed in the meantime. Throws `BotError`.
 */
export async function upsertPull(threads: Threads, job: WorkJob, result: Result): Promise<Pull | null> {
  const found = await findPull(threads, job);
  if (found === null) return openPull(threads, job, result);
  if (!found.open) return null;
  const body = pullBody(job, result);
  if (saysAll(job) && found.body !== body && isOwnBody(found.body)) await threads.editPull(found.number, { body });
  return found;
}

async function openPull(threads: Threads, job: WorkJob, result: Result): Promise<Pull> {
  const pull = { branch: job.branch, base: job.base.branch, title: titleOf(job), body: pullBody(job, result) };
  try {
    return await threads.openPull(pull);
  } catch (error) {
    if (!(error instanceof BotError)) throw error;
    // The answer may have been lost, or somebody was faster.
    const made = await threads.pullOf(job.branch);
    if (made?.open) return made;
    throw error;
  }
}
