/** What a new run and a resumed one share: the loop in a workplace, then the harvest, then the last event. */
import type { Model, ReasoningEffort } from '../models/index.ts';
import { RepositoryError, SandboxError } from '../sandbox/index.ts';
import type { Session } from '../session/index.ts';
import { createToolState, type Tool, type ToolState } from '../tools/index.ts';
import type { Emit } from './events.ts';
import { EXIT_CODES, type Limits, type RunEnd } from './limits.ts';
import { type LoopEnd, runLoop } from './loop.ts';
import { createStopper } from './stop.ts';
import type { Log } from './turn.ts';
import { createVerify } from './verify.ts';
import { type Delivery, type Harvest, NOTHING, sandboxGone, type Workplace } from './workplace.ts';

/** What the caller decides about a run, new or resumed. */
export type RunOptions = {
  env: NodeJS.ProcessEnv;
  /** Drydock's version. */
  version: string;
  /** Path of the Dockerfile that Drydock's own image is built from. */
  dockerfile: string;
  limits: Limits;
  /** Variables of `env` that the sandbox gets, by name. */
  passEnv: readonly string[];
  /** Whether a local branch is made, and whether the working tree gets the change too. */
  branch: boolean;
  apply: boolean;
  /** Aborted to interrupt the run; the reason may be a `RunEnd`. */
  signal: AbortSignal;
  emit: Emit;
};

export type RunResult = {
  sessionId: string;
  end: LoopEnd;
  exitCode: number;
  harvest: Harvest;
};

export type CarryOutOptions = RunOptions & {
  model: Model;
  maxOutputTokens: number;
  reasoningEffort: ReasoningEffort | null;
  tools: readonly Tool[];
  /** The words that the commit's subject is made of. */
  subject: string;
  /** `requested` resolves once the first model request is on its way. */
  openWorkplace: (requested: Promise<void>) => Workplace;
};

/** How long after the first request heavy work may start even if nothing has been answered. */
const REQUEST_HEAD_START_MS = 10;

/** Runs the loop on a session whose newest event is a prompt, hands the result over, closes the session. */
export async function carryOut(session: Session, options: CarryOutOptions): Promise<RunResult> {
  const startedAt = performance.now();
  const log: Log = (event) => options.emit({ type: 'log', event: session.append(event) });
  const stopper = createStopper(options.signal, options.limits.timeoutMs);
  const first = firstRequest();
  const workplace = options.openWorkplace(first.sent);
  const state = createToolState();
  let filled = false;
  let ending = false;
  workplace.filled.then(
    () => {
      filled = true;
    },
    (error: unknown) => stopper.stop(failureOf(error)),
  );
  workplace.gone.then(() => {
    if (!ending) stopper.stop(failureOf(sandboxGone()));
  });

  const { workspace } = session.created.sandbox;
  const prefix = session.created.repository?.prefix ?? '';
  const cwd = prefix === '' ? workspace : `${workspace}/${prefix}`;
  const { verify } = options.limits;
  let end: LoopEnd;
  let harvest = NOTHING;
  try {
    end = await runLoop({
      session,
      model: options.model,
      system: session.created.system,
      tools: options.tools,
      toolContext: {
        sandbox: workplace.sandbox,
        cwd,
        signal: stopper.signal,
        keep: (data) => session.blobs.keep(data),
        state,
      },
      limits: options.limits,
      maxOutputTokens: options.maxOutputTokens,
      reasoningEffort: options.reasoningEffort,
      signal: stopper.signal,
      log: (event) => {
        log(event);
        if (event.type === 'model.requested') first.onRequest();
      },
      show: (delta) => {
        first.onAnswer();
        options.emit({ type: 'delta', delta });
      },
      verify: verify === null ? null : createVerify(workplace.sandbox, verify, cwd),
    });
    ending = true;
    first.onAnswer();
    if (filled && end.outcome !== 'sandbox') {
      await endProcesses(state, log);
      ({ end, harvest } = await handOver(session, workplace, end, options, log));
    }
  } finally {
    ending = true;
    // Where no request was ever made, the workplace still waits for it.
    first.onAnswer();
    stopper.release();
    await workplace.dispose();
  }
  const exitCode = EXIT_CODES[end.outcome];
  const { outcome, message, hint, usage, turns } = end;
  const durationMs = Math.round(performance.now() - startedAt);
  log({ type: 'run.finished', outcome, exitCode, message, hint, usage, turns, durationMs });
  await session.close();
  return { sessionId: session.id, end, exitCode, harvest };
}

/** Takes the result out, also when the run ended badly, and logs it. */
async function handOver(
  session: Session,
  workplace: Workplace,
  end: LoopEnd,
  options: CarryOutOptions,
  log: Log,
): Promise<{ end: LoopEnd; harvest: Harvest }> {
  const delivery: Delivery = {
    branch: options.branch ? `drydock/${session.id}` : null,
    apply: options.apply,
    message: commitMessage(options.subject, session.id),
  };
  let harvest: Harvest;
  try {
    harvest = await workplace.harvest(delivery);
  } catch (error) {
    if (!(error instanceof SandboxError || error instanceof RepositoryError)) throw error;
    return { end: { ...end, ...failureOf(error) }, harvest: NOTHING };
  }
  const { commit, tree, files, flattened } = harvest;
  if (commit !== null && tree !== null) log({ type: 'checkpoint', commit, tree, files, trigger: 'run_end' });
  const patchHandle = harvest.patch === null ? null : await session.blobs.keep(harvest.patch);
  log({
    type: 'exported',
    branch: harvest.branch,
    commit,
    base: session.created.repository?.base ?? null,
    files,
    flattened,
    patchHandle,
  });
  if (harvest.notApplied === null) return { end, harvest };
  const notApplied: RunEnd = {
    outcome: 'usage',
    message: `the change was not put into the working tree: ${harvest.notApplied}`,
    hint: harvest.branch === null ? 'it is in `drydock show --diff`' : `it is on the branch ${harvest.branch}`,
  };
  return { end: end.outcome === 'completed' ? { ...end, ...notApplied } : end, harvest };
}

/** Kills what the model left running, so that the files stand still, and logs how each ended. */
async function endProcesses(state: ToolState, log: Log): Promise<void> {
  for (const [handle, process] of state.processes) {
    await process.kill();
    const { exitCode, reason } = await process.ended;
    log({ type: 'process.ended', handle, exitCode, reason });
  }
}

function failureOf(error: unknown): RunEnd {
  if (error instanceof SandboxError) return { outcome: 'sandbox', message: error.message, hint: error.hint };
  if (error instanceof RepositoryError) return { outcome: 'usage', message: error.message, hint: error.hint };
  return { outcome: 'failed', message: error instanceof Error ? error.message : String(error), hint: '' };
}

/** The subject is the task's first line, at most 72 characters as git's own tools expect. */
function commitMessage(task: string, sessionId: string): string {
  const line = (task.trim().split('\n')[0] ?? '').trim();
  const subject = line.length <= 72 ? line : `${line.slice(0, 71)}…`;
  return `${subject}\n\nDrydock-Session: ${sessionId}\n`;
}

function firstRequest(): { sent: Promise<void>; onRequest(): void; onAnswer(): void } {
  let resolve: () => void = () => undefined;
  const sent = new Promise<void>((done) => {
    resolve = done;
  });
  return { sent, onRequest: () => void setTimeout(resolve, REQUEST_HEAD_START_MS), onAnswer: () => resolve() };
}
