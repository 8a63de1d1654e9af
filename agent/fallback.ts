/** `--fallback`: another model goes on when the first one's provider stays overloaded or out of reach. */
import { type ModelError, nearestEffort, PASSING_ERRORS } from '../models/index.ts';
import type { Session } from '../session/index.ts';
import { withEditTool } from '../tools/index.ts';
import { type ActiveModel, activate, changeEvents, type Reserve } from './active-model.ts';
import type { RunEnd } from './limits.ts';
import type { Log } from './turn.ts';

/** Gives the model to go on with after `error`; null: there is none. */
export type Fallback = (error: ModelError) => Promise<ActiveModel | null>;

/** A fallback that is taken once, and logged, from `first` to `reserve`. */
export function createFallback(session: Session, first: ActiveModel, reserve: Reserve | null, log: Log): Fallback {
  let left = reserve;
  return async (error) => {
    const current = session.state().model;
    if (left === null || current === null || !PASSING_ERRORS.has(error.kind)) return null;
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
