/** One trial: an agent works on a task, then its patch is graded. What comes of it is plain data in a folder of its own. */
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Layer, readSession, runTask, SettingsError } from '../agent/index.ts';
import { ModelConfigError } from '../models/index.ts';
import { type Engine, RepositoryError, SandboxError } from '../sandbox/index.ts';
import type { SessionEvent } from '../session/index.ts';
import type { EvalAgent } from './agents.ts';
import type { ReadyPlace } from './base.ts';
import { type CommandFile, runCommandAgent } from './command-agent.ts';
import { digestOf } from './digest.ts';
import { countEdits, countErrorModes } from './error-modes.ts';
import { type Grade, type GradeRequest, type GradingPlace, grade, openPlace } from './grading/grade.ts';
import { type SolutionScript, type Task, TaskError } from './task.ts';
import type { Outcome, TrialResult } from './trial-result.ts';

export type Trial = { task: Task; agent: EvalAgent; attempt: number };

/** What surrounds every trial of a run. */
export type TrialPlace = {
  /** The trial's own folder, absolute; it is made anew. */
  folder: string;
  /** Has the task's base and image made; an image of null is Drydock's own. */
  ready: () => Promise<ReadyPlace>;
  engine: Engine;
  env: NodeJS.ProcessEnv;
  keys: readonly Layer[];
  version: string;
  dockerfile: string;
  /** The label of what is made on the engine for grading, and who made it. */
  sessionId: string;
  owner: string;
  signal: AbortSignal;
  /** Takes what is still being cleared away when the trial has its result. */
  later: (clearing: Promise<void>) => void;
  /** Called for each event of the agent's log. */
  onEvent: (event: SessionEvent) => void;
};

/** What a trial's files are called, in its folder. */
export const TRIAL_FILES = {
  result: 'result.json',
  patch: 'patch.diff',
  tests: 'tests.log',
  output: 'agent.log',
  sessions: 'sessions',
} as const;

/** By what a trial is known: the same key, the same trial, whatever it is called. */
export function trialKey({ task, agent, attempt }: Trial, version: string): string {
  const patch = agent.kind === 'predictions' ? agent.patches.get(task.id) : undefined;
  return digestOf({ task: task.digest, agent: agent.digest, attempt, version, patch });
}

/**
 * Runs a trial and writes its folder; the result comes last, whole or not at all. What fails outside of the agent's reach makes the
 * outcome `infra`. Throws what would fail in every trial (`SettingsError`, `ModelConfigError`), and the signal's reason.
 */
export async function runTrial(trial: Trial, place: TrialPlace, tries: number): Promise<TrialResult> {
  const { task, agent, attempt } = trial;
  const startedAt = new Date();
  const started = performance.now();
  await rm(place.folder, { recursive: true, force: true });
  await mkdir(place.folder, { recursive: true });
  const { worked, graded, agentMs } = await workAndGrade(trial, place);
  const { patch, end, events } = worked;
  await writeFile(join(place.folder, TRIAL_FILES.tests), 'log' in graded ? graded.log : '');
  const limited = end?.outcome === 'limit' && graded.outcome === 'unresolved';
  const last = events.findLast((event) => event.type === 'run.finished');
  const responses = events.filter((event) => event.type === 'model.responded');
  const created = events.find((event) => event.type === 'session.created');
  const result: TrialResult = {
    version: 1,
    key: trialKey(trial, place.version),
    task: task.id,
    taskDigest: task.digest,
    agent: agent.name,
    agentDigest: agent.digest,
    attempt,
    drydockVersion: place.version,
    outcome: limited ? 'agent_limit' : graded.outcome,
    reason: graded.reason,
    detail: graded.detail,
    tests: 'tests' in graded ? [...graded.tests] : [],
    end: end && { outcome: end.outcome, message: end.message },
    model:
      created?.type === 'session.created'
        ? created.model
        : agent.kind === 'command'
          ? (agent.file.model ?? null)
          : null,
    usage: last?.type === 'run.finished' ? last.usage : null,
    turns: last?.type === 'run.finished' ? last.turns : 0,
    requests: responses.length,
    compactions: events.filter((event) => event.type === 'compaction.finished').length,
    edits: countEdits(events),
    errorModes: events.length === 0 ? null : countErrorModes(events),
    files: worked.files,
    patchBytes: patch.length,
    tries,
    startedAt: startedAt.toISOString(),
    ms: {
      total: Math.round(performance.now() - started),
      agent: agent.kind === 'configuration' || agent.kind === 'command' ? Math.round(agentMs) : 0,
      model: Math.round(responses.reduce((sum, event) => sum + event.durationMs, 0)),
      tests: 'testMs' in graded ? Math.round(graded.testMs) : 0,
    },
    session: worked.session,
  };
  const file = join(place.folder, TRIAL_FILES.result);
  await writeFile(`${file}.new`, `${JSON.stringify(result, null, 2)}\n`);
  await rename(`${file}.new`, file);
  return result;
}

type Failure = { outcome: Extract<Outcome, 'infra' | 'invalid_task' | 'unresolved'>; reason: string; detail: string };
type Worked = {
  patch: Buffer;
  files: string[];
  end: { outcome: string; message: string } | null;
  events: readonly SessionEvent[];
  session: string | null;
  failure: Failure | null;
};

const NOTHING = { files: [], end: null, events: [], session: null, patch: Buffer.alloc(0) };

async function workAndGrade(
  trial: Trial,
  place: TrialPlace,
): Promise<{ worked: Worked; graded: Grade | Failure; agentMs: number }> {
  const { task, agent } = trial;
  const started = performance.now();
  const ready = await place.ready().catch((error: unknown) => {
    place.signal.throwIfAborted();
    return failureOf(error);
  });
  if (!('base' in ready)) return { worked: { ...NOTHING, failure: ready }, graded: ready, agentMs: 0 };
  // An agent takes its time, in which the place to grade in, which it never sees, gets ready.
  const takesTime = agent.kind === 'configuration' || agent.kind === 'command';
  const opened = takesTime ? openPlace(place.engine, gradingOf(task, place, ready)) : undefined;
  try {
    const worked = await work(trial, place, ready);
    const agentMs = performance.now() - started;
    place.signal.throwIfAborted();
    await writeFile(join(place.folder, TRIAL_FILES.patch), worked.patch);
    const script =
      agent.name === 'gold' && agent.kind === 'oracle' && task.solution?.kind === 'script' ? task.solution : null;
    const graded = worked.failure ?? (await gradeWork(trial, place, ready, script ?? worked.patch, opened));
    return { worked, graded, agentMs };
  } finally {
    // Where there was nothing to grade.
    if (opened) place.later(opened.close());
  }
}

async function work(trial: Trial, place: TrialPlace, ready: ReadyPlace): Promise<Worked> {
  const { agent } = trial;
  if (agent.kind === 'oracle' || agent.kind === 'predictions') {
    const patch = givenPatch(trial);
    const detail = `the task has no ${agent.name === 'gold' ? 'solution' : agent.name}`;
    const failure = patch === null ? { outcome: 'invalid_task' as const, reason: 'no_patch', detail } : null;
    return { ...NOTHING, patch: patch ?? Buffer.alloc(0), files: pathsOf(patch ?? Buffer.alloc(0)), failure };
  }
  try {
    return agent.kind === 'command'
      ? await runCommand(trial, agent.file, place, ready)
      : await runAgent(trial, agent, place, ready);
  } catch (error) {
    place.signal.throwIfAborted();
    // These would fail every trial: the run itself is wrong.
    if (error instanceof SettingsError || error instanceof ModelConfigError) throw error;
    return { ...NOTHING, failure: failureOf(error) };
  }
}

async function runCommand({ task }: Trial, file: CommandFile, place: TrialPlace, ready: ReadyPlace): Promise<Worked> {
  const { patch, end, output } = await runCommandAgent(task, file, {
    ...place,
    ...ready,
    sessionId: `${place.sessionId}-work`,
  });
  await writeFile(join(place.folder, TRIAL_FILES.output), output);
  return { ...NOTHING, patch, files: pathsOf(patch), end, failure: null };
}

async function runAgent(
  { task }: Trial,
  agent: Extract<EvalAgent, { kind: 'configuration' }>,
  place: TrialPlace,
  { base, image }: ReadyPlace,
): Promise<Worked> {
  const sessionsDir = join(place.folder, TRIAL_FILES.sessions);
  await mkdir(sessionsDir);
  const result = await runTask({
    // Nothing of the user's but keys: neither skills nor hooks of theirs are there for the agent.
    env: { ...place.env, XDG_CONFIG_HOME: join(place.folder, 'no-configuration') },
    version: place.version,
    dockerfile: place.dockerfile,
    signal: place.signal,
    emit: (event) => {
      if (event.type === 'log') place.onEvent(event.event);
    },
    approve: null,
    task: task.problem,
    images: [],
    cwd: base.repository.gitDir,
    sessionsDir,
    layers: [
      ...place.keys,
      { kind: 'configuration', where: agent.name, values: agent.values },
      limitsLayer(task, agent, image),
    ],
    useProject: false,
  });
  place.signal.throwIfAborted();
  const { events } = await readSession(join(sessionsDir, result.sessionId));
  const { outcome, message } = result.end;
  const failure: Failure | null =
    outcome === 'sandbox' || outcome === 'provider'
      ? { outcome: 'infra', reason: outcome, detail: message }
      : outcome === 'failed'
        ? { outcome: 'infra', reason: 'internal', detail: message }
        : null;
  // Its objects are in the patch; what is left is read with `drydock show`.
  await rm(join(sessionsDir, result.sessionId, 'workspace.git'), { recursive: true, force: true });
  return {
    patch: result.harvest.patch ?? Buffer.alloc(0),
    files: result.harvest.files.map(({ path }) => path),
    end: { outcome, message },
    events,
    session: join(TRIAL_FILES.sessions, result.sessionId),
    failure,
  };
}

/** What the task and the eval decide: flags go before every configuration. */
function limitsLayer(
  { limits }: Task,
  agent: Extract<EvalAgent, { kind: 'configuration' }>,
  image: string | null,
): Layer {
  const { timeoutMs, memoryBytes, cpus } = limits;
  const own = (name: 'timeout' | 'memory' | 'cpus') => agent.values[name] !== undefined;
  return {
    kind: 'flags',
    where: '',
    values: {
      output: 'patch',
      apply: false,
      includeDirty: false,
      ...(image === null ? {} : { image }),
      // A configuration that sets one itself is compared as it is.
      ...(timeoutMs === null || own('timeout') ? {} : { timeout: `${timeoutMs}ms` }),
      ...(memoryBytes === null || own('memory') ? {} : { memory: `${Math.ceil(memoryBytes / 1024)}k` }),
      ...(cpus === null || own('cpus') ? {} : { cpus: String(cpus) }),
    },
  };
}

/** The patch of an agent that has it ready; null: it has none for this task. */
function givenPatch({ task, agent }: Trial): Buffer | null {
  if (agent.kind === 'predictions') return agent.patches.get(task.id) ?? null;
  if (agent.name === 'nop') return Buffer.alloc(0);
  if (agent.name === 'gold') return task.solution?.kind === 'script' ? Buffer.alloc(0) : (task.solution?.patch ?? null);
  return task.cheats.find(({ name }) => `cheat:${name}` === agent.name)?.patch ?? null;
}

async function gradeWork(
  { task, agent }: Trial,
  place: TrialPlace,
  ready: ReadyPlace,
  work: Buffer | SolutionScript,
  opened: GradingPlace | undefined,
): Promise<Grade | Failure> {
  if (Buffer.isBuffer(work) && work.length === 0 && agent.kind !== 'oracle') {
    return { outcome: 'unresolved', reason: 'empty_patch', detail: 'nothing was changed' };
  }
  try {
    return await grade(place.engine, { ...gradingOf(task, place, ready), work }, opened);
  } catch (error) {
    place.signal.throwIfAborted();
    return failureOf(error);
  }
}

function gradingOf(task: Task, place: TrialPlace, { base, image }: ReadyPlace): Omit<GradeRequest, 'work'> {
  const { dockerfile, sessionId, owner, signal, later } = place;
  return { task, base, image, dockerfile, sessionId, owner, signal, later };
}

function failureOf(error: unknown): Failure {
  const detail = (error instanceof Error ? error.message : String(error)).replace(/\s*\n\s*/g, ' ');
  if (error instanceof SandboxError && error.kind === 'image_unusable') {
    return { outcome: 'invalid_task', reason: error.kind, detail };
  }
  if (error instanceof SandboxError) return { outcome: 'infra', reason: error.kind, detail };
  if (error instanceof TaskError) return { outcome: 'invalid_task', reason: 'task', detail };
  if (error instanceof RepositoryError) return { outcome: 'invalid_task', reason: error.kind, detail };
  return { outcome: 'infra', reason: 'internal', detail };
}

/** The paths that a git patch changes. */
export function pathsOf(patch: Buffer): string[] {
  const found = patch.toString('utf8').matchAll(/^diff --git a\/(.*?) b\/(.*)$/gm);
  return [...new Set([...found].flatMap(([, before = '', after = '']) => [before, after]))];
}

/** The folders of sessions that a trial's folder holds, also of one that was killed. */
export async function sessionsOf(folder: string): Promise<string[]> {
  return readdir(join(folder, TRIAL_FILES.sessions)).catch(() => []);
}
