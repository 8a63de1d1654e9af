/** `--fallback`: another model goes on when the first one's provider stays overloaded or out of reach. */
import { type ModelError, type ModelErrorKind, nearestEffort } from '../models/index.ts';
import type { Session } from '../session/index.ts';
import { withEditTool } from '../tools/index.ts';
import { type ActiveModel, activate, changeEvents, type Reserve } from './active-model.ts';
import type { RunEnd } from './limits.ts';
import type { Log } from './turn.ts';

/**
 * What may be over elsewhere: all that the retry layer has tried again in vain. A key, a name or an account that is wrong is
 * the user's to mend, and what a model refuses or cannot hold is no fault of its provider.
 */
const PASSING: ReadonlySet<ModelErrorKind> = new Set([
  'rate_limit',
  'overloaded',
  'server',
  'network',
  'cut_stream',
  'timeout',
]);

/** Gives the model to go on with after `error`; null: there is none. */
export type Fallback = (error: ModelError) => Promise<ActiveModel | null>;

/** A fallback that is taken once, and logged, from `first` to `reserve`. */
export function createFallback(session: Session, first: ActiveModel, reserve: Reserve | null, log: Log): Fallback {
  let left = reserve;
  return async (error) => {
    const current = session.state().model;
    if (left === null || current === null || !PASSING.has(error.kind)) return null;
    const { model, env, idleTimeoutMs } = left;
    left = null;
    const effort = nearestEffort(first.reasoningEffort ?? undefined, model) ?? null;
    const tools = withEditTool(first.tools, model.editTool);
    const active = await activate(model, effort, tools, env, idleTimeoutMs);
    for (const event of changeEvents(session.created, current, { model, effort, tools, reason: 'fallback', error })) {
      log(event);
    }
    return active;
  };
}

/** The end of a run in which `first` had failed by `error` before `second` failed as `end` says. */
export function bothFailed(first: { model: string; error: ModelError }, second: string, end: RunEnd): RunEnd {
  if (end.outcome !== 'provider') return end;
  const before = `${first.model} had failed before (${first.error.kind}: ${first.error.message})`;
  return { ...end, message: `${second}: ${end.message}; ${before}` };
}
