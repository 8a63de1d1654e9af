/** The one retry layer: whatever retries a model request is here, and the SDKs' own retries are off. */
import { setTimeout as sleepFor } from 'node:timers/promises';
import {
  addUsage,
  type Model,
  type ModelError,
  type ModelErrorKind,
  type ModelEvent,
  type ModelRequest,
  NO_USAGE,
} from './model.ts';
import { outputRoom } from './output-limit.ts';

/** `sleep` must end early, by rejecting or not, when its signal is aborted. `random` gives numbers from 0 up to 1. */
export type RetryPolicy = {
  maxRetries: number;
  baseDelayMs: number;
  maxDelayMs: number;
  sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  random: () => number;
};

/** Five retries reach half a minute of waiting, enough for a passing overload and short enough for a person. */
export const DEFAULT_RETRY_POLICY: RetryPolicy = {
  maxRetries: 5,
  baseDelayMs: 1000,
  maxDelayMs: 60_000,
  sleep: (ms, signal) => sleepFor(ms, undefined, { signal }),
  random: Math.random,
};

/** What may be over later, or elsewhere: all else is the user's to mend, or as the model wants it. */
export const PASSING_ERRORS: ReadonlySet<ModelErrorKind> = new Set([
  'rate_limit',
  'overloaded',
  'server',
  'network',
  'cut_stream',
  'timeout',
]);

/**
 * How long to wait before retry number `attempt` (from 1): the provider's wish, at most `maxDelayMs`, or else a random
 * share of an exponentially growing bound ("full jitter", which spreads clients that failed together).
 */
export function retryDelayMs(attempt: number, error: ModelError, policy: RetryPolicy): number {
  if (error.retryAfterMs !== undefined) return Math.min(error.retryAfterMs, policy.maxDelayMs);
  return Math.floor(policy.random() * Math.min(policy.maxDelayMs, policy.baseDelayMs * 2 ** (attempt - 1)));
}

/** The same request with an output limit that fits, where only that was refused and the answer says how much does. */
function shortened(request: ModelRequest, error: ModelError): ModelRequest | null {
  if (error.kind !== 'overflow' && error.kind !== 'invalid_request') return null;
  const room = outputRoom(error.message);
  return room !== null && room < request.maxOutputTokens ? { ...request, maxOutputTokens: room } : null;
}

/**
 * A model that makes a failed request again, up to `maxRetries` times, where that can help; once, and at once, with a
 * smaller output limit where that was all that did not fit. Before each retry it yields a `retry` event; the last
 * response's usage includes that of the attempts before it.
 */
export function withRetry(model: Model, policy: Partial<RetryPolicy> = {}): Model {
  const full = { ...DEFAULT_RETRY_POLICY, ...policy };
  return { id: model.id, stream: (request, signal) => streamWithRetry(model, full, request, signal) };
}

async function* streamWithRetry(
  model: Model,
  policy: RetryPolicy,
  asked: ModelRequest,
  signal: AbortSignal,
): AsyncGenerator<ModelEvent> {
  let spent = NO_USAGE;
  let request = asked;
  for (let attempt = 1; ; attempt++) {
    for await (const event of model.stream(request, signal)) {
      if (event.type !== 'done') {
        yield event;
        continue;
      }
      const { error } = event.response;
      spent = addUsage(spent, event.response.usage);
      const shorter = error !== undefined && request === asked ? shortened(asked, error) : null;
      const helps = error !== undefined && (shorter !== null || PASSING_ERRORS.has(error.kind));
      if (error === undefined || !helps || attempt > policy.maxRetries || signal.aborted) {
        yield { type: 'done', response: { ...event.response, usage: spent } };
        return;
      }
      request = shorter ?? request;
      const delayMs = shorter === null ? retryDelayMs(attempt, error, policy) : 0;
      yield { type: 'retry', attempt, delayMs, error };
      await policy.sleep(delayMs, signal).catch((reason: unknown) => {
        if (!signal.aborted) throw reason;
      });
      if (signal.aborted) {
        const aborted: ModelError = { kind: 'aborted', message: 'aborted while waiting to retry' };
        const message = { ...event.response.message, content: [] };
        yield { type: 'done', response: { message, stopReason: 'error', usage: spent, error: aborted } };
        return;
      }
    }
  }
}
