/** The first phase: an event or a dispatch becomes a job. It reads the forge and writes two files; nothing is changed elsewhere. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import {
  bundleCommits,
  type Environment,
  fetchRepository,
  GitError,
  RemoteError,
  RepositoryError,
  readBaseFiles,
  readRemoteDefaultBranch,
  readRemoteHead,
} from '../sandbox/index.ts';
import { BOT_FILE, type BotConfig } from './config.ts';
import { parseBotConfig } from './config-file.ts';
import { CALLER } from './context.ts';
import { decide, screenActor, screenTrigger } from './decide.ts';
import { BotError } from './errors.ts';
import { dispatchTrigger, readEvent } from './event.ts';
import { JOB_FILES, makeFolder, writeWhole } from './files.ts';
import type { Forge, Permission } from './forge.ts';
import { gatherContext, gatherFacts } from './gather.ts';
import { type Job, jobSchema, type WorkJob } from './job.ts';
import type { Dispatch, Trigger } from './trigger.ts';

export type CollectOptions = {
  forge: Forge;
  /** Where the forge is, without credentials, as the job tells it to the next phases. */
  address: WorkJob['forge'];
  source: { event: { name: string; payload: unknown } } | { dispatch: Dispatch };
  /** Where `job.json` and `repository.bundle` are written; made where it is not there. */
  dir: string;
  env: Environment;
  now: Date;
};

/** Collects a job and writes it. Throws `BotError`. */
export async function collect(options: CollectOptions): Promise<Job> {
  const dir = resolve(options.dir);
  await makeFolder(dir);
  const bundle = join(dir, JOB_FILES.repository);
  // What an earlier call has left must not be taken for the result of this one.
  for (const file of [bundle, join(dir, JOB_FILES.job)]) await rm(file, { force: true });
  const folder = await mkdtemp(join(tmpdir(), 'drydock-collect-'));
  try {
    const job = jobSchema.parse(await makeJob(options, folder, bundle));
    // Last: where there is a job to work on, its bundle is there too.
    await writeWhole(join(dir, JOB_FILES.job), job);
    return job;
  } catch (error) {
    if (error instanceof RemoteError || error instanceof GitError) {
      const isDenied = error instanceof RemoteError && (error.kind === 'denied' || error.kind === 'missing');
      const hint = isDenied ? 'give a token that may read the repository' : 'run the step again';
      throw new BotError('forge', error.message, hint, { cause: error });
    }
    if (error instanceof RepositoryError) throw new BotError('forge', error.message, error.hint, { cause: error });
    throw error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const skipped = (reason: string): Job => ({ version: 1, decision: 'skip', reason });

async function makeJob(options: CollectOptions, folder: string, bundle: string): Promise<Job> {
  const { forge, address, env, now } = options;
  const { threads, remote } = forge;
  const trigger = readSource(options);
  if ('skip' in trigger) return skipped(trigger.skip);
  if (threads === null && (trigger.kind !== 'dispatch' || trigger.issue !== null || trigger.pull !== null)) {
    throw new BotError('input', 'a plain git remote has no issues and pull requests', 'give the task as text');
  }
  const { config, base } = await readBase(forge, folder, env);
  const repository = threads?.repository ?? null;
  const foreign = screenTrigger(trigger, repository, config);
  if (foreign !== null) return skipped(foreign.reason);
  const permission = await permissionOf(forge, trigger);
  const stranger = screenActor(trigger, permission, config);
  if (stranger !== null) return skipped(stranger.reason);

  const { facts, comments } = await gatherFacts(forge, { trigger, config, base, permission }, now, env);
  const decision = decide(facts);
  if (decision.decision === 'skip') return skipped(decision.reason);
  if (decision.decision === 'mistaken') throw new BotError('input', decision.reason, decision.hint);
  const { id, home } = decision;
  const common = {
    ...{ version: 1 as const, id, home, createdAt: now.toISOString(), forge: address },
    trigger: {
      kind: trigger.kind,
      actor: trigger.actor?.login ?? CALLER.login,
      at: trigger.at,
      comment: callOf(trigger),
    },
  };
  if (decision.decision === 'refuse') return { ...common, config, decision: 'refuse', reason: decision.reason };

  const { branch, head, pull, maxCost } = decision;
  const context = await gatherContext(threads, facts, comments);
  const whole = await fetchRepository(join(folder, 'whole.git'), remote, [base.commit, head.commit], env);
  await bundleCommits(bundle, whole, { 'refs/drydock/base': base.commit, 'refs/drydock/head': head.commit });
  return { ...common, ...context, decision: 'work', config: { ...config, maxCost }, branch, base, head, pull };
}

function readSource({ source, now }: CollectOptions): Trigger | { skip: string } {
  const at = now.toISOString();
  return 'dispatch' in source
    ? dispatchTrigger(source.dispatch, at)
    : readEvent(source.event.name, source.event.payload, at);
}

/** Nobody has to be asked for: whoever started Drydock, and failing checks. */
async function permissionOf({ threads }: Forge, trigger: Trigger): Promise<Permission> {
  if (threads === null || trigger.actor === null || trigger.kind === 'checks') return 'none';
  return threads.permission(trigger.actor.login);
}

/**
 * The base, and what its repository says of the bot: in the default branch, into which only its keepers can write, also where the
 * work is for another one.
 */
async function readBase(
  { remote }: Forge,
  folder: string,
  env: Environment,
): Promise<{ config: BotConfig; base: { branch: string; commit: string } }> {
  const main = await readRemoteDefaultBranch(remote, env);
  const commit = main === null ? null : await readRemoteHead(remote, main, env);
  if (main === null || commit === null) {
    throw new BotError('forge', 'the repository has no default branch with a commit', 'push a commit first');
  }
  const last = await fetchRepository(join(folder, 'last.git'), remote, [commit], env, { depth: 1 });
  const files = await readBaseFiles(last, commit, [BOT_FILE]);
  const config = await parseBotConfig(files.get(BOT_FILE) ?? null);
  const branch = config.baseBranch ?? main;
  const head = branch === main ? commit : await readRemoteHead(remote, branch, env);
  if (head === null) {
    throw new BotError(
      'input',
      `there is no branch ${branch}`,
      `correct base-branch in ${BOT_FILE} of the branch ${main}`,
    );
  }
  return { config, base: { branch, commit: head } };
}

function callOf(trigger: Trigger): WorkJob['trigger']['comment'] {
  if (trigger.kind === 'mention') {
    return { id: trigger.comment, kind: 'conversation', pull: trigger.thread.isPull ? trigger.thread.number : null };
  }
  if (trigger.kind !== 'review' || trigger.comment === null) return null;
  return { id: trigger.comment, kind: 'review', pull: trigger.thread.number };
}
