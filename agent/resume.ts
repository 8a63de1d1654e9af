/** Going on with a session: a new sandbox from its last checkpoint, the same history, the same configuration. */
import { createModel, ModelConfigError, resolveModel, withRetry } from '../models/index.ts';
import { inspectRepository } from '../sandbox/index.ts';
import { interruptedResults, openSession, SessionError, type SessionState } from '../session/index.ts';
import { defaultTools } from '../tools/index.ts';
import { carryOut, type RunOptions, type RunResult } from './carry-out.ts';
import type { Limits } from './limits.ts';
import { openWorkplace } from './task.ts';

export type ResumeOptions = Omit<RunOptions, 'limits'> & {
  /** The limits of this run, given those that the session was made with. */
  limits: (before: Limits) => Limits;
  /** The session's folder. */
  dir: string;
  /** What to do now; null: go on with what was interrupted. */
  task: string | null;
};

/** The prompt that stands in when the user has none. */
const GO_ON = 'Go on with the task where you left off.';

/**
 * Resumes a session. Throws `SessionError` (in use, corrupt, its repository gone), `RepositoryError` and
 * `ModelConfigError` before anything is changed.
 */
export async function resumeTask(options: ResumeOptions): Promise<RunResult> {
  const session = await openSession(options.dir);
  try {
    const { created } = session;
    const resolved = resolveModel(created.model, { contextWindow: created.contextWindow });
    const limits = options.limits(created.limits);
    if (limits.maxCostUsd !== null && resolved.prices === null) {
      throw new ModelConfigError(
        `--max-cost cannot be kept: the price of ${resolved.id} is unknown — leave it out and use --max-turns`,
      );
    }
    const [model, repository] = await Promise.all([
      createModel(resolved, options.env),
      created.repository === null ? null : inspectRepository(created.repository.root, options.env),
    ]);
    if (session.repair) {
      const { bytes, savedAs } = session.repair;
      options.emit({
        type: 'progress',
        text: `note: a torn last line of ${bytes} bytes was cut from the log (${savedAs})`,
      });
    }
    const log = (event: Parameters<typeof session.append>[0]) => {
      options.emit({ type: 'log', event: session.append(event) });
    };
    const before = session.state();
    const crashed = before.lastOutcome === null;
    for (const result of interruptedResults(before)) log(result);
    if (created.sandbox.backend === 'docker' && before.turns > 0) {
      log({ type: 'notice', reason: 'sandbox_replaced', text: replacedNotice(before) });
    }
    // An interrupted prompt that the model has not answered needs no second one.
    if (options.task !== null || !crashed) {
      log({ type: 'prompt', content: [{ type: 'text', text: options.task ?? GO_ON }] });
    }
    const task = options.task ?? firstText(before.lastPrompt) ?? GO_ON;
    const common = { ...options, limits };
    return await carryOut(session, {
      ...common,
      model: withRetry(model),
      maxOutputTokens: resolved.maxOutputTokens,
      reasoningEffort: created.reasoningEffort ?? null,
      subject: task,
      tools: defaultTools(resolved.editTool),
      openWorkplace: (requested) => openWorkplace(session, repository, { ...common, includeDirty: false }, requested),
    });
  } catch (error) {
    await session.close().catch((late: unknown) => {
      if (!(late instanceof SessionError)) throw late;
    });
    throw error;
  }
}

/** What the model must know of its new container, given how the run before it ended. */
function replacedNotice({ lastOutcome: end, created, turns }: SessionState): string {
  if (created?.forkedFrom && turns === created.forkedFrom.turn) {
    return "You go on from an earlier point, in a new sandbox. The repository's files are as they were then; whatever came later has not happened here, and everything outside the repository and all background processes are gone.";
  }
  // A run that did not end, or whose sandbox was lost, has saved nothing.
  return end === null || end.outcome === 'sandbox'
    ? 'The run ended unexpectedly and its sandbox is gone. This is a new one with the files of the last checkpoint, or of the base commit where there is none: look at the files before you rely on earlier edits. No process from before is running.'
    : "This is a new sandbox. The repository's files are as you left them; installed packages, files that git ignores, everything outside the repository, and background processes are gone.";
}

function firstText(content: readonly { type: string; text?: string }[] | null): string | null {
  return content?.find((part) => part.type === 'text')?.text ?? null;
}
