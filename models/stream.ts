/** The shell that all adapters share: one request from opening to its `done` event, with every failure encoded in it. */
import type { ResolvedModel } from './catalogue.ts';
import { type TokenCounts, withCost } from './cost.ts';
import { type Phase, toModelError } from './errors.ts';
import {
  type AssistantMessage,
  type ModelError,
  type ModelEvent,
  NO_USAGE,
  type StopReason,
  type Usage,
} from './model.ts';

export type Delta = Extract<ModelEvent, { type: 'text_delta' | 'reasoning_delta' | 'tool_call_delta' }>;

/** What a stream amounted to. `stopReason` is null until its terminal event, `tokens` until usage was reported. */
export type Outcome = {
  content: AssistantMessage['content'];
  tokens: TokenCounts | null;
  stopReason: StopReason | null;
  error?: ModelError;
};

/** Turns a provider's stream events into deltas, and at any moment into what has arrived so far. No I/O. */
export type Reducer<E> = { push(event: E): Delta[]; outcome(): Outcome };

export type StreamOptions<E> = {
  model: ResolvedModel;
  signal: AbortSignal;
  /** A stream on which no byte arrives for this long is given up as `timeout`. */
  idleTimeoutMs: number;
  reducer: Reducer<E>;
  /** Sends the request; calls `onActivity` whenever bytes arrive, those of keep-alive comments included. */
  open(signal: AbortSignal, onActivity: () => void): Promise<AsyncIterable<E>>;
};

/** Runs one request. Never throws; ends with exactly one `done` event. */
export async function* runStream<E>(options: StreamOptions<E>): AsyncGenerator<ModelEvent> {
  const { model, signal, idleTimeoutMs, reducer } = options;
  const controller = new AbortController();
  const abort = () => controller.abort();
  let idle = false;
  const watch = setTimeout(() => {
    idle = true;
    controller.abort();
  }, idleTimeoutMs);
  signal.addEventListener('abort', abort, { once: true });

  let phase: Phase = 'request';
  let finished = false;
  let failure: ModelError | undefined;
  try {
    signal.throwIfAborted();
    const events = await options.open(controller.signal, () => watch.refresh());
    phase = 'stream';
    for await (const event of events) {
      watch.refresh();
      yield* reducer.push(event);
    }
    finished = true;
  } catch (thrown) {
    failure = toModelError(thrown, phase);
  } finally {
    // Also reached when the consumer stops early: the request must not go on without it.
    clearTimeout(watch);
    signal.removeEventListener('abort', abort);
    if (!finished) controller.abort();
  }
  const aborted: ModelError = { kind: 'aborted', message: 'the request was aborted' };
  const silent: ModelError = { kind: 'timeout', message: `the provider sent nothing for ${idleTimeoutMs / 1000} s` };
  if (idle) failure = silent;
  if (signal.aborted) failure = aborted;
  yield finish(model, reducer.outcome(), failure);
}

function finish(model: ResolvedModel, outcome: Outcome, failure: ModelError | undefined): ModelEvent {
  const { content, stopReason } = outcome;
  // A failure after the terminal event (a socket reset while closing, say) takes nothing from a complete answer.
  const cut: ModelError = { kind: 'cut_stream', message: 'the stream ended before the answer was complete' };
  const error = outcome.error ?? (stopReason === null ? (failure ?? cut) : undefined);
  return {
    type: 'done',
    response: {
      message: { role: 'assistant', model: model.id, content },
      stopReason: error === undefined ? (stopReason ?? 'error') : 'error',
      usage: usageOf(outcome, error, model),
      ...(error !== undefined && { error }),
    },
  };
}

/**
 * What a request used. One that read nothing, or said something and wrote nothing, was not counted: its cost is unknown, and only
 * where it failed before it was counted taken for nothing.
 */
function usageOf({ tokens, content }: Outcome, error: ModelError | undefined, model: ResolvedModel): Usage {
  const counts = tokens === null ? NO_USAGE : plausible(tokens);
  if (counts.inputTokens === 0) return { ...counts, costUsd: error === undefined ? null : 0 };
  const isUncounted = counts.outputTokens === 0 && content.length > 0 && error === undefined;
  return isUncounted ? { ...counts, costUsd: null } : withCost(counts, model.prices);
}

/**
 * A count that is text, below zero or endless is none: it must not spoil a sum or the log. What the cache had is part of the
 * input, and no more than that.
 */
function plausible(tokens: TokenCounts): TokenCounts {
  const count = (value: number) => (Number.isSafeInteger(value) && value >= 0 ? value : 0);
  const inputTokens = count(tokens.inputTokens);
  const cacheReadTokens = Math.min(count(tokens.cacheReadTokens), inputTokens);
  return {
    inputTokens,
    outputTokens: count(tokens.outputTokens),
    cacheReadTokens,
    cacheWriteTokens: Math.min(count(tokens.cacheWriteTokens), inputTokens - cacheReadTokens),
    reasoningTokens: count(tokens.reasoningTokens),
  };
}
