/**
 * A run: every agent on every task, so many times. It may be cut off at any moment: what has ended is in the folder, and the same call
 * goes on with the rest.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Engine, listSessionThings, locateEngine, openEngine, removeSessionThing } from '../sandbox/index.ts';
import { acquireLock, SessionError, thisProcess } from '../session/index.ts';
import { type EvalAgent, keysLayer } from './agents.ts';
import { imageDigest } from './image.ts';
import { cannotWriteTo, openOwnFolder } from './own-folder.ts';
import { inParallel } from './parallel.ts';
import { readyPlaces } from './places.ts';
import { pruneImages } from './prune.ts';
import {
  agentFolder,
  type Run,
  type RunRecord,
  readRecord,
  readResult,
  readRun,
  trialFolder,
  writeRecord,
} from './run-record.ts';
import { type Suite, type Task, TaskError } from './task.ts';
import { pathsOf, runTrial, sessionsOf, type Trial, type TrialPlace, trialKey } from './trial.ts';
import type { TrialResult } from './trial-result.ts';

export type RunPlan = { suite: Suite; agents: readonly EvalAgent[]; attempts: number };

export type RunOptions = {
  /** The run's folder, absolute. */
  out: string;
  jobs: number;
  /** What images of tasks may take on the engine once no trial needs them. */
  keepImagesBytes: number;
  /** In US dollars, for all trials of this call together; null: no limit. */
  maxCostUsd: number | null;
  env: NodeJS.ProcessEnv;
  version: string;
  dockerfile: string;
  signal: AbortSignal;
  onProgress: (progress: Progress) => void;
};

/** What happens in a run, for whoever watches it. */
export type Progress =
  | { type: 'note'; text: string }
  | { type: 'begun'; trials: number; done: number }
  | { type: 'trial_started'; trial: string }
  | { type: 'spent'; costUsd: number }
  | { type: 'trial_ended'; trial: string; result: TrialResult };

/** Trials that infrastructure made fail are tried so often, after so long. */
const TRIES = 3;
const RETRY_MS = [1000, 10_000];

/** Runs what of a plan is not done yet. Throws `TaskError`, `SandboxError`, what a configuration throws, and the signal's reason. */
export async function runEval(plan: RunPlan, options: RunOptions): Promise<{ run: Run; stopped: 'cost' | null }> {
  const { out, signal, onProgress } = options;
  refuseUnknownCheats(plan);
  const elsewhere = 'choose another folder with --out';
  await openOwnFolder(out, elsewhere);
  const lock = await acquireLock(join(out, 'lock')).catch((error: unknown) => {
    if (!(error instanceof SessionError)) throw error;
    if (error.kind !== 'in_use') throw cannotWriteTo(out, elsewhere, error.cause);
    throw new TaskError(`${out} is in use by another run`, 'wait for it, or choose another --out');
  });
  try {
    const record = await openRecord(plan, options);
    const engine = await openEngine(await locateEngine(options.env));
    const images = new Map<Task, string>();
    for (const task of plan.suite.tasks) images.set(task, await imageDigest(task.image));
    const trials = allTrials(plan, images);
    await removeLeftovers(engine, out, record, trials);
    const waiting: Trial[] = [];
    for (const trial of trials) if (!(await isDone(trial, options))) waiting.push(trial);
    onProgress({ type: 'begun', trials: trials.length, done: trials.length - waiting.length });
    const stopped = await runAll(engine, record, waiting, images, options);
    signal.throwIfAborted();
    return { run: await readRun(out), stopped };
  } finally {
    lock.release();
  }
}

/** A cheat that no task has would try nothing; one that some lack is told of for each. */
function refuseUnknownCheats({ suite, agents }: RunPlan): void {
  const known = new Set(suite.tasks.flatMap(({ cheats }) => cheats.map(({ name }) => `cheat:${name}`)));
  const unknown = agents.find(({ kind, name }) => kind === 'oracle' && name.startsWith('cheat:') && !known.has(name));
  if (unknown === undefined) return;
  const hint = known.size === 0 ? 'its tasks have no cheats' : `there are ${[...known].sort().join(', ')}`;
  throw new TaskError(`no task of ${suite.name} has ${unknown.name}`, hint);
}

/**
 * Image by image, so that each can go when its trials are done; within those attempts first, so that a run that is cut off has seen
 * every task about as often.
 */
function allTrials({ suite, agents, attempts }: RunPlan, images: ReadonlyMap<Task, string>): Trial[] {
  const groups = [...Map.groupBy(suite.tasks, (task) => images.get(task)).values()];
  return groups.flatMap((tasks) =>
    Array.from({ length: attempts }, (_, index) => index + 1).flatMap((attempt) =>
      tasks.flatMap((task) =>
        agents
          .filter((agent) => agent.kind !== 'predictions' || agent.patches.has(task.id))
          .map((agent) => ({ task, agent, attempt })),
      ),
    ),
  );
}

/** The run's record, made or taken up. A folder that holds a run of something else is refused. */
async function openRecord(
  { suite, agents, attempts }: RunPlan,
  { out, version, onProgress }: RunOptions,
): Promise<RunRecord> {
  const before = await readRecord(out);
  const record: RunRecord = {
    version: 1,
    id: before?.id ?? randomBytes(4).toString('hex'),
    suite: suite.name,
    drydockVersion: version,
    startedAt: before?.startedAt ?? new Date().toISOString(),
    attempts: Math.max(attempts, before?.attempts ?? 0),
    tasks: suite.tasks.map(({ id, digest, title, tags, solution }) => ({
      ...{ id, digest, title, tags: [...tags] },
      solutionFiles: solution?.kind === 'patch' ? pathsOf(solution.patch) : null,
    })),
    left: [...suite.invalid],
    agents: agents.map((agent) => ({
      kind: agent.kind,
      name: agent.name,
      digest: agent.digest,
      ...(agent.kind === 'configuration' ? { values: { ...agent.values } } : {}),
      ...(agent.kind === 'command' ? { values: { ...agent.file } } : {}),
    })),
  };
  if (before !== null) {
    if (before.suite !== suite.name) {
      throw new TaskError(`${out} holds a run of the suite ${before.suite}`, 'choose another --out');
    }
    const changed = record.tasks.filter((task) =>
      before.tasks.some(({ id, digest }) => id === task.id && digest !== task.digest),
    );
    for (const { id } of changed)
      onProgress({ type: 'note', text: `${id} has changed since: its trials are run anew` });
    // An agent or a task that is not named this time keeps its results.
    record.agents.push(...before.agents.filter(({ name }) => !record.agents.some((agent) => agent.name === name)));
    record.tasks.push(...before.tasks.filter(({ id }) => !record.tasks.some((task) => task.id === id)));
  }
  const folders = Map.groupBy(record.agents, ({ name }) => agentFolder(name));
  const [one, other] = [...folders.values()].find((agents) => agents.length > 1) ?? [];
  if (one && other) {
    throw new TaskError(`${one.name} and ${other.name} would share a folder`, 'give one of them another name');
  }
  await writeRecord(out, record);
  return record;
}

/** Whether a trial has a result that counts. One of another task, agent or version is put aside, not lost. */
async function isDone(trial: Trial, { out, version }: RunOptions): Promise<boolean> {
  const folder = folderOf(out, trial);
  const result = await readResult(folder);
  if (result === null) return false;
  if (result.key === trialKey(trial, version)) return result.outcome !== 'infra';
  const aside = join(
    out,
    'replaced',
    `${agentFolder(trial.agent.name)}-${trial.task.id}-${trial.attempt}-${result.key.slice(0, 8)}`,
  );
  await mkdir(join(out, 'replaced'), { recursive: true });
  await rm(aside, { recursive: true, force: true });
  await rename(folder, aside);
  return false;
}

function folderOf(out: string, { agent, task, attempt }: Trial): string {
  return trialFolder(out, agent.name, task.id, attempt);
}

function gradingId({ id }: RunRecord, { agent, task, attempt }: Trial): string {
  return `eval-${id}-${agent.digest.slice(0, 8)}-${task.digest.slice(0, 12)}-${attempt}`;
}

/** What a killed run has left on the engine: we have the folder's lock, so nobody uses it. */
async function removeLeftovers(
  engine: Engine,
  out: string,
  record: RunRecord,
  trials: readonly Trial[],
): Promise<void> {
  const things = await listSessionThings(engine);
  if (things.length === 0) return;
  const ours = new Set((await Promise.all(trials.map((trial) => sessionsOf(folderOf(out, trial))))).flat());
  const left = things.filter(({ session }) => ours.has(session) || session.startsWith(`eval-${record.id}-`));
  for (const thing of left) await removeSessionThing(engine, thing);
}

async function runAll(
  engine: Engine,
  record: RunRecord,
  waiting: Trial[],
  images: ReadonlyMap<Task, string>,
  options: RunOptions,
): Promise<'cost' | null> {
  const { out, env, jobs, maxCostUsd, signal, onProgress } = options;
  const fetched = await missingImages(engine, waiting);
  const left = new Set(waiting);
  const names = new Map<string | undefined, Set<string>>();
  const keys = await keysLayer(env);
  const ready = readyPlaces(engine, {
    folder: out,
    dockerfile: options.dockerfile,
    env,
    signal,
    onNote: (text) => onProgress({ type: 'note', text }),
  });
  const clearing = createClearing((text) => onProgress({ type: 'note', text }));
  let spent = 0;
  let stopped: 'cost' | null = null;
  const work = inParallel(waiting, jobs, signal, async (trial) => {
    if (maxCostUsd !== null && spent >= maxCostUsd) {
      stopped = 'cost';
      return;
    }
    const image = images.get(trial.task);
    const place = async (task: Task) => {
      const found = await ready(task);
      const known = names.get(image) ?? new Set();
      for (const name of found.images) known.add(name);
      names.set(image, known);
      return found;
    };
    const result = await runWithRetries(engine, record, trial, { ...options, later: clearing.add }, keys, place);
    spent += result.usage?.costUsd ?? 0;
    left.delete(trial);
    if ([...left].some(({ task }) => images.get(task) === image)) return;
    // An image goes only after its last container.
    await clearing.done();
    const needed = new Set([...left].flatMap(({ task }) => [...(names.get(images.get(task)) ?? [])]));
    const used = new Set([...names.values()].flatMap((each) => [...each]));
    await pruneImages(engine, { used, fetched, needed }, options.keepImagesBytes);
  });
  await work.finally(clearing.done);
  return stopped;
}

/** Containers that are being removed while the next trials run. What could not be is told; the engine's owner can look after it. */
function createClearing(note: (text: string) => void): { add: TrialPlace['later']; done: () => Promise<void> } {
  const open = new Set<Promise<void>>();
  return {
    add(clearing) {
      const settled = clearing
        .catch((error: unknown) =>
          note(`a container was not removed: ${error instanceof Error ? error.message : error}`),
        )
        .then(() => void open.delete(settled));
      open.add(settled);
    },
    done: async () => void (await Promise.all(open)),
  };
}

/** Images that trials name and the engine has not: the run will fetch them. */
async function missingImages(engine: Engine, trials: readonly Trial[]): Promise<Set<string>> {
  const named = new Set(trials.flatMap(({ task: { image } }) => (image.kind === 'image' ? [image.name] : [])));
  const missing = new Set<string>();
  for (const name of named) {
    // Whatever is wrong with it is told by the first trial that wants it.
    const found = await engine
      .getImage(name)
      .inspect()
      .catch(() => null);
    if (found === null) missing.add(name);
  }
  return missing;
}

async function runWithRetries(
  engine: Engine,
  record: RunRecord,
  trial: Trial,
  options: RunOptions & Pick<TrialPlace, 'later'>,
  keys: Awaited<ReturnType<typeof keysLayer>>,
  ready: ReturnType<typeof readyPlaces>,
): Promise<TrialResult> {
  const { out, env, version, dockerfile, signal, later, onProgress } = options;
  const name = `${trial.agent.name} · ${trial.task.id} · ${trial.attempt}`;
  onProgress({ type: 'trial_started', trial: name });
  for (let tries = 1; ; tries++) {
    signal.throwIfAborted();
    const result = await runTrial(
      trial,
      {
        ready: () => ready(trial.task),
        ...{ engine, env, keys, version, dockerfile, signal, later },
        folder: folderOf(out, trial),
        sessionId: gradingId(record, trial),
        owner: JSON.stringify(thisProcess()),
        onEvent: (event) => {
          if (event.type === 'model.responded') onProgress({ type: 'spent', costUsd: event.usage.costUsd ?? 0 });
        },
      },
      tries,
    );
    const pause = RETRY_MS[tries - 1];
    if (result.outcome !== 'infra' || tries >= TRIES || pause === undefined) {
      onProgress({ type: 'trial_ended', trial: name, result });
      return result;
    }
    onProgress({ type: 'note', text: `${name}: ${result.detail}; trying again` });
    await delay(pause, undefined, { signal }).catch(() => undefined);
  }
}
