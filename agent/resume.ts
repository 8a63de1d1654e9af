/** Going on with a session: a new sandbox from its last checkpoint, the same history, the same configuration. */
import type { ImagePart } from '../models/index.ts';
import { inspectRepository, type Repository, readBaseFiles } from '../sandbox/index.ts';
import {
  type CreatedEvent,
  interruptedResults,
  openSession,
  SessionError,
  type SessionState,
} from '../session/index.ts';
import { changeEvents, openChoice, toolsOf } from './active-model.ts';
import { type CallerOptions, carryOut, type RunResult } from './carry-out.ts';
import { checkCompaction, checkCost, checkSight, chooseModel, wishesOf } from './model-choice.ts';
import { readRecord } from './record.ts';
import { refuseUnheld, rulesOf } from './rules.ts';
import { changeNotice, tellOfLost } from './sandbox-news.ts';
import {
  deliveryOf,
  type Layer,
  modelFor,
  PROJECT_FILE,
  projectLayer,
  resolveSettings,
  resumedLimits,
  withProject,
} from './settings/index.ts';
import { loadAgain } from './skills/index.ts';
import { workplaceOf } from './task.ts';

export type ResumeOptions = CallerOptions & {
  /** What the user says, the lowest layer first. Of models and limits only flags are heeded: else they are the session's. */
  layers: readonly Layer[];
  /** The session's folder. */
  dir: string;
  /** What to do now; null: go on with what was interrupted. */
  task: string | null;
  /** What the user shows with it. */
  images: readonly ImagePart[];
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
    const { env, images } = options;
    const before = session.state();
    const resolution = resolveSettings(options.layers);
    const { keys } = resolution.settings;
    const limits = resumedLimits(resolution, created.limits);
    const choice = chooseModel(wishesOf(resolution, true), before.model, () => modelFor(env, keys));
    checkCost(choice, limits.maxCostUsd);
    checkSight(choice, images);
    const compaction = created.compaction ?? { strategy: 'layered', at: null };
    checkCompaction(choice, compaction.strategy);
    const { model, effort } = choice;
    const tools = toolsOf(model.editTool, compaction.strategy);
    const [opened, repository] = await Promise.all([
      openChoice(choice, tools, env, resolution.settings),
      created.repository === null ? null : inspectRepository(created.repository.root, options.env),
    ]);
    for (const text of choice.notes) options.emit({ type: 'progress', text });
    const project = created.useProject && repository ? await readProject(repository, created.repository) : null;
    const { settings } = resolveSettings(withProject(options.layers, project));
    const rules = rulesOf(settings);
    refuseUnheld(rules, created.sandbox.network);
    const delivery = deliveryOf(settings, env);
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
    const unfinished = before.lastOutcome === null;
    const inContainer = created.sandbox.backend === 'docker';
    // What has not begun yet (a fork) cannot have crashed.
    const crashed = unfinished && !(isFreshFork(before) && readRecord(options.dir) === null);
    const afterCrash = inContainer && crashed && before.turns > 0;
    for (const result of interruptedResults(before)) log(result);
    if (before.model !== null) {
      for (const event of changeEvents(created, before.model, { model, effort, tools, reason: 'resume' })) log(event);
    }
    if (!afterCrash) tellOfLost(before, !inContainer, log);
    if (inContainer && before.turns > 0 && !afterCrash) {
      log({ type: 'notice', reason: 'sandbox_replaced', text: replacedNotice(before) });
    }
    // An interrupted prompt that the model has not answered needs no second one.
    if (options.task !== null || images.length > 0 || !unfinished) {
      log({ type: 'prompt', content: [...images, { type: 'text', text: options.task ?? GO_ON }] });
    }
    const task = options.task ?? firstText(before.lastPrompt) ?? GO_ON;
    const common = { ...options, limits, rules, compaction, ...delivery };
    return await carryOut(session, {
      ...common,
      ...opened,
      subject: task,
      claim: inContainer && crashed,
      afterCrash,
      begin: session.state().model?.model === before.model?.model ? 'resume' : 'model',
      openWorkplace: workplaceOf(session, repository, {
        ...common,
        includeDirty: false,
        loadSkills: () => loadAgain(created, repository, options.env),
      }),
    });
  } catch (error) {
    await session.close().catch((late: unknown) => {
      if (!(late instanceof SessionError)) throw late;
    });
    throw error;
  }
}

/** The project's own settings, as they were in the commit that the session began with. */
async function readProject(repository: Repository, made: CreatedEvent['repository']): Promise<Layer | null> {
  const commit = made?.rules ?? made?.base ?? repository.head;
  return projectLayer((await readBaseFiles(repository, commit, [PROJECT_FILE])).get(PROJECT_FILE));
}

/** A copy of an earlier point of another session, on which nothing has been done yet. */
function isFreshFork({ created, turns }: SessionState): boolean {
  return created?.forkedFrom?.turn === turns;
}

/** What the model must know of its new container after a run that ended in order. */
function replacedNotice(before: SessionState): string {
  if (isFreshFork(before)) {
    const turn = before.created?.forkedFrom?.filesTurn;
    const older = turn === 0 ? 'at the start' : `after your turn ${turn}`;
    const files =
      turn === undefined
        ? 'as they were then'
        : `older than that, as they were ${older}: look at them before you rely on later edits`;
    return `You go on from an earlier point, in a new sandbox. The repository's files are ${files}; whatever came later has not happened here, and everything outside the repository and all background processes are gone.`;
  }
  // A run whose sandbox was lost has saved nothing of its last turn.
  return before.lastOutcome?.outcome === 'sandbox'
    ? changeNotice('replaced', {})
    : "This is a new sandbox. The repository's files are as you left them; installed packages, files that git ignores, everything outside the repository, and background processes are gone.";
}

function firstText(content: readonly { type: string; text?: string }[] | null): string | null {
  return content?.find((part) => part.type === 'text')?.text ?? null;
}
