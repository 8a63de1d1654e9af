/**
 * The agent loop: asks the model, runs the tools it calls, and goes on until the model is done, a limit is met or
 * something fails. All state is in the session's log; the loop keeps none that a resume would miss.
 */
import { addUsage, type ModelError, type ModelResponse, NO_USAGE, type Usage } from '../models/index.ts';
import { SandboxError } from '../sandbox/index.ts';
import { interruptedResults, type Session } from '../session/index.ts';
import { type ToolContext, toolSpecs } from '../tools/index.ts';
import type { ActiveModel } from './active-model.ts';
import { bothFailed, type Fallback } from './fallback.ts';
import { exceeded, type Limits, type RunEnd } from './limits.ts';
import { saysNotDone } from './prompt.ts';
import { providerEnd, refusedEnd } from './provider-end.ts';
import { watchRepetition } from './repetition.ts';
import { requestOf } from './request.ts';
import type { Room, Trigger } from './room.ts';
import { type CallGuard, type Delta, type Log, respond, runCalls, toolCalls } from './turn.ts';
import { type Verify, verifyFailedNotice } from './verify.ts';

export type LoopOptions = ActiveModel & {
  session: Session;
  system: string;
  toolContext: ToolContext;
  limits: Limits;
  /** Aborted to stop the run; its reason is a `RunEnd`. */
  signal: AbortSignal;
  log: Log;
  show: (delta: Delta) => void;
  verify: Verify | null;
  fallback: Fallback;
  guard: CallGuard;
  /** Asked when the model says that it is done: `told`, where it is not and the model has been told; or the run's end. */
  mayStop: (text: string) => Promise<'fine' | 'told' | RunEnd>;
  /**
   * Logs what the model must hear before it is asked again, if anything; before the run's end only what could change its
   * mind. Says whether it did.
   */
  news: (before: 'request' | 'end') => Promise<boolean>;
  /** Whether the run can go on after the sandbox has failed, since another has taken its place. */
  recovered: () => Promise<boolean>;
  /** Makes requests fit the model's window. */
  room: Room;
  /** Why the first request may have to be made to fit. */
  begin: Trigger;
};

export type LoopEnd = RunEnd & { usage: Usage; turns: number };

/** A request that the provider refuses as too long is made shorter at most so often in a row. */
const MAX_OVERFLOWS = 3;
/** A message that was cut, or empty, is asked to be gone on with at most so often in a row. */
const MAX_NUDGES = 3;

/** Runs the loop on a session whose last event is a prompt (or whose run was cut off). Never throws for what a model or provider does. */
export async function runLoop(options: LoopOptions): Promise<LoopEnd> {
  const { session, limits, signal, log } = options;
  let active: ActiveModel = options;
  let specs = toolSpecs(active.tools);
  let failed: { model: string; error: ModelError } | null = null;
  const repetition = watchRepetition();
  let usage = NO_USAGE;
  let turns = 0;
  let nudges = 0;
  let overflows = 0;
  let refused: ModelError | null = null;
  let { compactions: compacted } = session.state().fit;
  let trigger = options.begin;
  let verifications = 0;
  const end = (how: RunEnd): LoopEnd => ({ ...how, usage, turns });

  for (;;) {
    await options.news('request');
    const limit = stopped(signal) ?? exceeded(limits, { turns, costUsd: usage.costUsd });
    if (limit) return end(limit);
    const fitted = await options.room.make(trigger, active, specs);
    usage = addUsage(usage, fitted.usage);
    const tooLarge = stopped(signal) ?? (refused && fitted.end ? refusedEnd(refused, fitted.end) : fitted.end);
    if (tooLarge) return end(tooLarge);
    const turn = session.state().turns + 1;
    const { messages, fit } = session.state();
    const compactAt = options.room.providerAt(active);
    const request = requestOf(active, options.system, messages, specs, session.id, compactAt);
    const response = await respond(
      active.model,
      request,
      turn,
      fit.calibration,
      fitted.countedTokens,
      signal,
      log,
      options.show,
    );
    usage = addUsage(usage, response.usage);
    trigger = 'turn';
    const next = response.error && !signal.aborted ? await options.fallback(response.error) : null;
    if (next && response.error) {
      failed = { model: active.model.id, error: response.error };
      active = next;
      specs = toolSpecs(active.tools);
      trigger = 'model';
      continue;
    }
    refused = response.error?.kind === 'overflow' ? response.error : null;
    const { compactions } = session.state().fit;
    // One that nothing could be left out of is sent once more as it is: a refusal can be a passing fault too.
    const isAgain = overflows > 0 && compactions === compacted;
    compacted = compactions;
    if (refused && overflows < MAX_OVERFLOWS && !isAgain && options.room.compacts && !signal.aborted) {
      overflows += 1;
      trigger = 'overflow';
      continue;
    }
    turns += 1;
    if (response.error) {
      const how = refused ? options.room.refused(refused, active, specs) : providerEnd(response.error);
      return end(stopped(signal) ?? (failed ? bothFailed(failed, active.model.id, how) : how));
    }

    overflows = 0;

    const calls = toolCalls(response);
    if (response.stopReason === 'pause') continue;
    if (response.stopReason === 'max_tokens' || (calls.length === 0 && finalText(response) === '')) {
      nudges += 1;
      if (nudges > MAX_NUDGES) return end(uselessModel(response.stopReason));
      if (calls.length === 0) log(nudge(response.stopReason));
      continue;
    }
    nudges = 0;

    if (calls.length > 0) {
      try {
        const guard = options.room.clipping(options.guard, active, calls.length);
        const results = await runCalls(active.tools, calls, turn, options.toolContext, log, guard);
        for (const [index, result] of results.entries()) {
          const call = calls[index];
          const verdict = call ? repetition(call, result.isError) : 'fine';
          if (verdict === 'stop') return end(looping(call?.name ?? ''));
          if (verdict === 'warn') log({ type: 'notice', reason: 'loop', text: LOOP_NOTICE });
        }
      } catch (error) {
        const why = stopped(signal);
        if (why) return end(why);
        if (!(error instanceof SandboxError)) throw error;
        if (!(await options.recovered())) return end(stopped(signal) ?? sandboxEnd(error));
        for (const result of interruptedResults(session.state())) log(result);
      }
      // The log reaches the disk while the next request is under way; what fails here fails again, loudly, on closing.
      session.flush().catch(() => undefined);
      continue;
    }

    // It may count on files that have gone meanwhile.
    if (await options.news('end')) continue;
    if (saysNotDone(finalText(response))) {
      return end({ outcome: 'gave_up', message: 'the model says that it could not complete the task', hint: '' });
    }
    const objection = await options.mayStop(finalText(response));
    const halt = stopped(signal);
    if (halt) return end(halt);
    if (objection === 'told') continue;
    if (objection !== 'fine') return end(objection);
    if (options.verify === null) return end({ outcome: 'completed', message: 'the model finished', hint: '' });
    verifications += 1;
    let verified: Awaited<ReturnType<Verify>>;
    try {
      verified = await options.verify(verifications, signal);
    } catch (error) {
      if (!(error instanceof SandboxError)) throw error;
      if (await options.recovered()) continue;
      return end(stopped(signal) ?? sandboxEnd(error));
    }
    const halted = stopped(signal);
    if (halted) return end(halted);
    log(verified);
    if (verified.exitCode === 0) {
      return end({ outcome: 'completed', message: `the model finished and \`${verified.command}\` passed`, hint: '' });
    }
    if (verifications > limits.verifyAttempts) {
      return end({
        outcome: 'verify_failed',
        message: `\`${verified.command}\` still fails after ${limits.verifyAttempts} attempts to mend it`,
        hint: 'the partial work is kept; see its output with `drydock show`, go on with `drydock resume`',
      });
    }
    log(verifyFailedNotice(verified));
  }
}

/** The reason with which the run was stopped from outside, if it was. */
export function stopped(signal: AbortSignal): RunEnd | null {
  if (!signal.aborted) return null;
  const reason: unknown = signal.reason;
  return isRunEnd(reason)
    ? reason
    : { outcome: 'interrupted', message: 'interrupted', hint: 'go on with `drydock resume`' };
}

function isRunEnd(value: unknown): value is RunEnd {
  return typeof value === 'object' && value !== null && 'outcome' in value && 'message' in value && 'hint' in value;
}

function sandboxEnd(error: SandboxError): RunEnd {
  return { outcome: 'sandbox', message: error.message, hint: error.hint };
}

function uselessModel(stopReason: ModelResponse['stopReason']): RunEnd {
  const what = stopReason === 'max_tokens' ? 'was cut at its output limit' : 'was empty';
  return {
    outcome: 'gave_up',
    message: `the model's answer ${what} ${MAX_NUDGES + 1} times in a row`,
    hint: 'use another model',
  };
}

function looping(tool: string): RunEnd {
  return {
    outcome: 'limit',
    message: `the model repeated the same failing call of ${tool} after it was told`,
    hint: 'word the task more closely, or use another model',
  };
}

const LOOP_NOTICE =
  'You have made the same call three times and it failed each time in the same way. Do something different.';

function nudge(stopReason: ModelResponse['stopReason']): Parameters<Log>[0] {
  const text =
    stopReason === 'max_tokens'
      ? 'Your last message was cut at the output limit. Go on where it ended, in smaller steps.'
      : 'Your last message was empty. Call a tool, or say what you did and finish.';
  return { type: 'notice', reason: 'cut_output', text };
}

function finalText(response: ModelResponse): string {
  return response.message.content
    .filter((part) => part.type === 'text')
    .map((part) => part.text)
    .join('')
    .trim();
}
