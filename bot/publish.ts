/**
 * The third phase: what the model has made is checked and published. It holds the forge's token and no model's key, and believes
 * nothing that `work` has left. Each step can be done again: killed between any two, the next run finds what is there and goes on.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { secretValues } from '../agent/index.ts';
import { GitError, RemoteError } from '../sandbox/index.ts';
import { type Desk, tell, wouldTell } from './desk.ts';
import { BotError } from './errors.ts';
import { readJob } from './files.ts';
import type { Forge } from './forge.ts';
import { type Job, stateSchema } from './job.ts';
import type { Published, PublishOptions } from './publish-options.ts';
import { publishWork } from './publish-work.ts';
import type { Wanted } from './secrets.ts';
import { REFUSED } from './state.ts';

/** Publishes what a job has come to. Throws `BotError`. */
export async function publish(options: PublishOptions): Promise<Published> {
  const { forge } = options;
  const job = await readJob(options.jobDir);
  if (job.decision === 'skip') return { exitCode: 0, lines: [`there is nothing to publish: ${job.reason}`] };
  checkForge(job, forge);
  const token = forge.remote.token;
  const wanted: Wanted = {
    values: [
      ...secretValues(options.env),
      ...(token === null ? [] : [{ kind: 'the token of the forge', value: token }]),
    ],
    canaries: job.config.canaries,
  };
  try {
    if (job.decision === 'refuse') return await decline(options, job, wanted);
    if (!job.branch.startsWith(job.config.branchPrefix)) {
      throw new BotError('input', `the branch ${job.branch} is not under ${job.config.branchPrefix}`);
    }
    const folder = await mkdtemp(join(tmpdir(), 'drydock-publish-'));
    try {
      return await publishWork({ ...options, job, wanted, folder });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  } catch (error) {
    if (!(error instanceof RemoteError) && !(error instanceof GitError)) throw error;
    throw new BotError('forge', error.message, 'run the step again: it goes on where it stopped', { cause: error });
  }
}

type Told = Exclude<Job, { decision: 'skip' }>;

/** A job of one forge must not be published on another. */
function checkForge(job: Told, { kind, threads }: Forge): void {
  const isSame =
    job.forge.kind === kind &&
    (job.forge.kind === 'git' || job.forge.repository.toLowerCase() === threads?.repository.toLowerCase());
  if (!isSame)
    throw new BotError('input', 'the job is of another forge or repository', 'publish it where it was collected');
}

/** Tells whoever called why there was nothing to work on. */
async function decline(
  { forge, now, dryRun }: PublishOptions,
  job: Extract<Job, { decision: 'refuse' }>,
  wanted: Wanted,
): Promise<Published> {
  const lines = [`nothing was worked on: ${job.reason}`];
  const { threads } = forge;
  if (threads === null || job.home === null) return { exitCode: 0, lines };
  const { number, isPull } = job.home;
  const pull = isPull ? await threads.pull(number) : null;
  const branch = stateSchema.shape.branch.safeParse(pull?.head.branch);
  const { branchPrefix } = job.config;
  const fallback = `${branchPrefix}${isPull ? 'pull' : 'issue'}-${number}`;
  const desk: Desk = { threads, job, wanted, number, branch: branch.success ? branch.data : fallback };
  const telling = {
    stage: { kind: 'declined', reason: job.reason } as const,
    result: null,
    change: {},
    done: { id: job.id, at: now().toISOString(), kind: job.trigger.kind, outcome: REFUSED, usd: null },
  };
  if (dryRun) return { exitCode: 0, lines: [...lines, '', await wouldTell(desk, telling)] };
  await tell(desk, telling);
  return { exitCode: 0, lines };
}
