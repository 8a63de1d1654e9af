/** Makes the next request fit the model's window: when, by which rung, with what on record. The rungs are in `compaction/`. */
import {
  type Budget,
  budgetOf,
  foldPays,
  type Planned,
  planFold,
  planFoldAll,
  planLedger,
  planMinimal,
  planTruncate,
  RUNGS,
  type Rung,
  type Situation,
  type Strategy,
  seenItems,
} from '../compaction/index.ts';
import {
  addUsage,
  estimateMessages,
  estimateRequest,
  factorOf,
  type ModelError,
  type ModelErrorKind,
  NO_USAGE,
  predictTokens,
  sinceCompaction,
  type ToolSpec,
  type Usage,
} from '../models/index.ts';
import type { EventBody, Session } from '../session/index.ts';
import { recallTool } from '../tools/index.ts';
import type { ActiveModel } from './active-model.ts';
import { clipResult } from './clip-result.ts';
import type { RunEnd } from './limits.ts';
import { ourTrigger, providerAt } from './native.ts';
import { refusedEnd } from './provider-end.ts';
import { askSummary, type Summarised } from './summarise.ts';
import { isEnough, startRung, tooSmall, whatFills } from './thrash.ts';
import type { CallGuard, Delta, Log } from './turn.ts';

type Started = Extract<EventBody, { type: 'compaction.started' }>;
export type Trigger = Started['trigger'];

/** A word of the user's hooks around a compaction. */
export type CompactionHooks = {
  /** What is to be kept above all, by the hooks; `refused`: one does not want it. */
  before(
    about: Pick<Started, 'trigger' | 'strategy' | 'estimatedTokens'>,
  ): Promise<{ focus: string; refused: string | null }>;
  after(about: { rung: Rung; tokensBefore: number; tokensAfter: number }): Promise<void>;
};

/** What of a session is looked at. */
export type RoomSession = Pick<Session, 'id' | 'created' | 'state'>;

export type RoomOptions = {
  session: RoomSession;
  system: string;
  strategy: Strategy;
  /** Where a compaction begins, in tokens; null: as the model's window has it. */
  at: number | null;
  hooks: CompactionHooks;
  /** Keeps a whole output under a handle. */
  keep: (data: Buffer) => Promise<string>;
  signal: AbortSignal;
  log: Log;
  show: (delta: Delta) => void;
};

/** What making it fit came to: what it cost, the request's counted tokens where they are known, the end of a run that cannot go on. */
export type Fitted = { usage: Usage; countedTokens: number | null; end: RunEnd | null };

export type Room = {
  /** Whether the history is ever made shorter. */
  compacts: boolean;
  /** Before a request: compacts where it is too large, as often as it takes. `focus` is the user's. */
  make(trigger: Trigger, active: ActiveModel, specs: readonly ToolSpec[], focus?: string | null): Promise<Fitted>;
  /** The end of a run whose provider goes on to refuse its requests as too long. */
  refused(error: ModelError, active: ActiveModel, specs: readonly ToolSpec[]): RunEnd;
  /** From how many tokens on the model's provider is to shorten the history itself; null: it is not asked to. */
  providerAt(active: ActiveModel): number | null;
  /** A guard that also shortens results that are too large for the window; `calls` of them come at once. */
  clipping(guard: CallGuard, active: ActiveModel, calls: number): CallGuard;
};

/** So many summaries one after the other make a history fit that is far too large; then code does the rest. */
const MAX_ROUNDS = 8;
/** What must be free for a fold by itself, as a share of the trigger. */
const FOLD_SHARE = 0.05;
/** How far ahead what folding saves is counted. */
const MAX_AHEAD = 20;
/** These speak of the request; any other error is the provider's, and the next request will meet it too. */
const OF_THE_REQUEST: ReadonlySet<ModelErrorKind> = new Set(['overflow', 'refusal', 'invalid_request']);

/** The rungs that ask no model. */
const PLANS: Record<Exclude<Rung, 'summarise'>, (situation: Situation) => Planned | null> = {
  fold: planFold,
  fold_all: planFoldAll,
  ledger: planLedger,
  minimal: planMinimal,
  truncate: planTruncate,
};

/** The budget of a model at this point of a session. */
export function budgetFor(session: RoomSession, active: ActiveModel, at: number | null): Budget {
  const { calibration, refusedAt } = session.state().fit;
  const { contextWindow, maxOutputTokens } = active;
  return budgetOf({ contextWindow, maxOutputTokens, at, factor: factorOf(calibration), refusedAt });
}

/** Makes what makes requests fit. All that it knows of the past is in the session's log. */
export function createRoom(options: RoomOptions): Room {
  const { session, system, strategy, at, signal, log } = options;
  let lookedAt = 0;
  let passedOver = false;
  /** So large a request was when nothing more could be left out of it. */
  let stuckAt: number | null = null;

  const situationOf = (active: ActiveModel, specs: readonly ToolSpec[]): Situation => {
    const { plan, processes, lastVerify, history } = session.state();
    const { instructions, sandbox } = session.created;
    return {
      history,
      base: estimateRequest({ system, tools: specs, messages: [] }),
      budget: budgetFor(session, active, at),
      strategy,
      standing: {
        plan,
        processes,
        lastVerify,
        instructions: instructions.map(({ path }) => path),
        root: sandbox.workspace,
      },
    };
  };
  /** Counted tokens as the provider's. */
  const tokens = (count: number) => Math.round(count * factorOf(session.state().fit.calibration));
  const counted = ({ base }: Situation, { model }: ActiveModel) =>
    base + estimateMessages(sinceCompaction(session.state().messages, model.id));

  /** One rung: the change, or why there is none; null: there is nothing that it could change. */
  const attempt = async (
    rung: Rung,
    situation: Situation,
    active: ActiveModel,
    specs: readonly ToolSpec[],
    focus: string | null,
  ): Promise<Summarised | null> => {
    if (rung === 'summarise') return askSummary({ ...options, situation, active, specs, focus });
    const planned = PLANS[rung](situation);
    return planned && { planned, struck: [], usage: NO_USAGE };
  };

  const logFinished = (
    rung: Rung,
    trigger: Trigger,
    before: number,
    change: Planned,
    more: { struck: string[]; usage: Usage; durationMs: number },
  ) => {
    const { actions, handoff, after } = change;
    const sizes = { tokensBefore: tokens(before), tokensAfter: tokens(after) };
    log({ type: 'compaction.finished', trigger, strategy, rung, ...sizes, actions, handoff, ...more });
    return sizes;
  };

  const logStarted = (
    trigger: Trigger,
    size: number,
    { budget }: Situation,
    active: ActiveModel,
    focus: string | null,
  ) => {
    const { reported } = session.state().fit;
    log({
      type: 'compaction.started',
      trigger,
      strategy,
      estimatedTokens: tokens(size),
      reportedTokens: reported?.tokens ?? null,
      budget: { window: active.contextWindow, trigger: tokens(budget.trigger), target: tokens(budget.target) },
      ...(focus === null ? {} : { focus }),
    });
  };

  /** Gives the request's counted tokens, with which it then goes out. */
  const foldEarly = (situation: Situation, size: number, active: ActiveModel): number => {
    const { budget, history, base } = situation;
    // Looking through the whole history at each turn would cost more and more.
    if (strategy !== 'layered' || size < lookedAt + budget.trigger * FOLD_SHARE) return size;
    lookedAt = size;
    const change = planFold(situation);
    if (change === null || size - change.after < budget.trigger * FOLD_SHARE) return size;
    const { compactions } = session.state().fit;
    const turns = Math.max(1, session.state().turns - (compactions.at(-1)?.turns ?? 0));
    const ahead = Math.min(MAX_AHEAD, (budget.trigger - size) / Math.max(1, (size - base) / turns));
    if (!foldPays(seenItems(history), change.actions, ahead, active.prices)) return size;
    logStarted('turn', size, situation, active, null);
    logFinished('fold', 'turn', size, change, { struck: [], usage: NO_USAGE, durationMs: 0 });
    lookedAt = change.after;
    return change.after;
  };

  const make: Room['make'] = async (trigger, active, specs, focus = null) => {
    let usage = NO_USAGE;
    const nothing = (): Fitted => ({ usage, countedTokens: null, end: null });
    const forced = trigger === 'command';
    let wanted: string | null | undefined;
    for (let rounds = 0; ; rounds += 1) {
      const situation = situationOf(active, specs);
      const { budget } = situation;
      const size = counted(situation, active);
      const most = tokens(ourTrigger(strategy, budget));
      const isTooLarge = predictTokens(session.state().fit.calibration, size) > most;
      if (!isTooLarge && (!forced || rounds > 0)) {
        return { usage, countedTokens: foldEarly(situation, size, active), end: null };
      }
      const rungs = RUNGS[strategy];
      if (rungs.length === 0 || signal.aborted) return nothing();
      // It is above where a compaction begins, but there is room for it, and trying again at each turn would change nothing.
      const isStuck = stuckAt !== null && size < stuckAt + budget.trigger * FOLD_SHARE;
      if (isStuck && !forced && size <= budget.usable) return nothing();
      const { fit, turns } = session.state();
      const start = startRung(rungs, fit.compactions, turns);
      if (start === null)
        return {
          usage,
          countedTokens: null,
          end: tooSmall(situation, size, 'compactions come too close together', tokens),
        };

      if (wanted === undefined) {
        const word = await options.hooks.before({ trigger, strategy, estimatedTokens: tokens(size) });
        if (word.refused !== null && size <= budget.usable) return nothing();
        wanted = [focus, word.focus].filter((text) => text !== null && text !== '').join('; ') || null;
      }
      logStarted(trigger, size, situation, active, wanted);
      let changed = false;
      // Where there is room, a user who asks for a compaction does not ask for the newest turns to go.
      const steps = rungs
        .slice(forced ? Math.max(start, rungs.indexOf('summarise')) : start)
        .filter((rung) => rung !== 'minimal' || isTooLarge);
      for (const rung of steps) {
        if (rung === 'summarise' && rounds >= MAX_ROUNDS) continue;
        const startedAt = performance.now();
        const result = await attempt(rung, situation, active, specs, wanted);
        if (result === null) continue;
        usage = addUsage(usage, result.usage);
        const durationMs = Math.round(performance.now() - startedAt);
        const failed = (reason: string, text: string) =>
          log({ type: 'compaction.failed', trigger, strategy, rung, reason, text, usage: result.usage, durationMs });
        if ('reason' in result) {
          failed(result.reason, result.text);
          if (signal.aborted) return nothing();
          const ofProvider = result.kind !== undefined && !OF_THE_REQUEST.has(result.kind);
          if (ofProvider && !passedOver && (size <= budget.usable || forced)) {
            passedOver = true;
            return nothing();
          }
          continue;
        }
        const { planned, struck } = result;
        if (!isEnough(planned.after, size, budget, rung, rung === rungs.at(-1) || forced)) {
          // Of a rung that only code takes, the one that follows says all.
          if (rung === 'summarise') failed('too_little', `${tokens(planned.after)} tokens would be left`);
          continue;
        }
        const sizes = logFinished(rung, trigger, size, planned, { struck, usage: result.usage, durationMs });
        lookedAt = planned.after;
        passedOver = false;
        stuckAt = null;
        changed = true;
        await options.hooks.after({ rung, ...sizes });
        break;
      }
      if (changed) continue;
      const [rung] = steps.slice(-1);
      const text = `nothing more can be left out; ${whatFills(situation, tokens)}`;
      const reason = isTooLarge ? 'too_large' : 'nothing';
      if (rung)
        log({ type: 'compaction.failed', trigger, strategy, rung, reason, text, usage: NO_USAGE, durationMs: 0 });
      stuckAt = size;
      if (forced || size <= budget.usable) return nothing();
      return { usage, countedTokens: null, end: tooSmall(situation, size, 'nothing more can be left out', tokens) };
    }
  };

  const clipping: Room['clipping'] = (guard, active, calls) => {
    if (strategy === 'none') return guard;
    const { result } = budgetFor(session, active, at);
    const most = Math.floor(Math.min(result, (result * 2) / calls));
    return {
      before: guard.before,
      // What is recalled comes in pages that fit.
      after: async (call, turn, whole) => {
        const said = await guard.after(call, turn, whole);
        return call.name === recallTool.name ? said : clipResult(said, most, options.keep);
      },
    };
  };

  const refused: Room['refused'] = (error, active, specs) => {
    const situation = situationOf(active, specs);
    return refusedEnd(error, tooSmall(situation, counted(situation, active), '', tokens));
  };

  return {
    compacts: strategy !== 'none',
    make,
    refused,
    providerAt: (active) => providerAt(session, active, strategy, at),
    clipping,
  };
}
