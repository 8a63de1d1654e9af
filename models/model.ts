/**
 * The `Model` contract: what a coding model is to the rest of Drydock, whatever provider serves it.
 *
 * A transcript is a list of `Message`s. A model streams `ModelEvent`s and always ends with exactly one `done` event,
 * which carries the whole assistant message, the stop reason, the usage and, where the request failed, a `ModelError`.
 */

/** A JSON value: what can be logged, hashed and sent. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** `phase` is OpenAI's label of what a model says: on the way, or at the end. It goes back to it unchanged. */
export type TextPart = { type: 'text'; text: string; phase?: 'commentary' | 'final_answer' };

/** An image as base64 (`data`), with its MIME type, e.g. `image/png`; `longestSide` is in pixels, where it is known. */
export type ImagePart = { type: 'image'; mediaType: string; data: string; longestSide?: number };

/**
 * A model's reasoning. `text` is what a person may read (often a summary, possibly empty). `opaque` is the provider's
 * own proof or ciphertext (an Anthropic thinking block with its signature, an OpenAI reasoning item with encrypted
 * content); it goes back unchanged, and only to the model that wrote it.
 */
export type ReasoningPart = { type: 'reasoning'; text: string; opaque?: Json };

/**
 * What the provider itself has put in the place of all that came before, asked for by `compactAt`: `opaque` is its own form
 * of it (OpenAI's encrypted item, Anthropic's block with its summary), which goes back as reasoning does.
 */
export type CompactionPart = { type: 'compaction'; opaque: Json };

/** A call of a tool. `arguments` is the JSON text exactly as the model wrote it; it may be broken. */
export type ToolCallPart = { type: 'tool_call'; id: string; name: string; arguments: string };

/** A part of what a model has answered. */
export type SaidPart = TextPart | ReasoningPart | CompactionPart | ToolCallPart;

export type UserMessage = { role: 'user'; content: (TextPart | ImagePart)[] };

/** `model` is the full name (`anthropic:claude-…`) of the model that wrote the message. */
export type AssistantMessage = {
  role: 'assistant';
  model: string;
  content: SaidPart[];
};

/** The result of one tool call. Every call in an assistant message is followed by exactly one of these. */
export type ToolResultMessage = {
  role: 'tool';
  callId: string;
  content: (TextPart | ImagePart)[];
  isError: boolean;
};

export type Message = UserMessage | AssistantMessage | ToolResultMessage;

/** A tool as the model sees it. `parameters` is a JSON schema of an object. */
export type ToolSpec = { name: string; description: string; parameters: { [key: string]: Json } };

/** From least to most, in one vocabulary for all providers; which of them a model has is in the catalogue. */
export const REASONING_EFFORTS = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const;
export type ReasoningEffort = (typeof REASONING_EFFORTS)[number];

export type ModelRequest = {
  system: string;
  messages: readonly Message[];
  tools: readonly ToolSpec[];
  maxOutputTokens: number;
  reasoningEffort?: ReasoningEffort;
  /** Stable for a session; routes its requests to the same prompt cache where the provider takes a key. */
  cacheKey?: string;
  /**
   * Input tokens from which on the provider is asked to shorten the history itself. Only for models of which
   * `compactsItself` is true.
   */
  compactAt?: number;
};

/**
 * Tokens of one request. `inputTokens` is everything the model read, cached or not; `cacheReadTokens` and
 * `cacheWriteTokens` are parts of it. `outputTokens` includes `reasoningTokens`. `costUsd` is null where the price is
 * unknown.
 */
export type Usage = {
  inputTokens: number;
  outputTokens: number;
  cacheReadTokens: number;
  cacheWriteTokens: number;
  reasoningTokens: number;
  costUsd: number | null;
};

export const MODEL_ERROR_KINDS = [
  'overflow',
  'rate_limit',
  'overloaded',
  'server',
  'auth',
  'permission',
  'quota',
  'not_found',
  'invalid_request',
  'network',
  'cut_stream',
  'refusal',
  'timeout',
  'aborted',
] as const;
export type ModelErrorKind = (typeof MODEL_ERROR_KINDS)[number];

/** Why a request failed. Plain data, so that it can be logged as it is. `message` is one line for a person. */
export type ModelError = {
  kind: ModelErrorKind;
  message: string;
  /** The HTTP status, where there was one. */
  status?: number;
  /** The provider's wish, in milliseconds. */
  retryAfterMs?: number;
  requestId?: string;
};

/**
 * `end`: the model has said what it wanted to say. `tool_calls`: it waits for results. `max_tokens`: its output was cut
 * (a cut tool call is never run). `pause`: the provider asks to be called again with the same history. `error`: see
 * `error`.
 */
export type StopReason = 'end' | 'tool_calls' | 'max_tokens' | 'pause' | 'error';

/** How a request ended. On an error `message` holds what had arrived, which may be nothing. */
export type ModelResponse = {
  message: AssistantMessage;
  stopReason: StopReason;
  usage: Usage;
  error?: ModelError;
};

/**
 * Deltas are increments, never the whole so far. `retry` comes from the retry layer: what was streamed since the last
 * `retry` (or the start) is void, and the request is made again after `delayMs`.
 */
export type ModelEvent =
  | { type: 'text_delta'; text: string }
  | { type: 'reasoning_delta'; text: string }
  | { type: 'tool_call_delta'; callId: string; name: string; arguments: string }
  | { type: 'retry'; attempt: number; delayMs: number; error: ModelError }
  | { type: 'done'; response: ModelResponse };

export interface Model {
  /** The full name, `provider:name`. */
  readonly id: string;
  /**
   * Makes one request. Never throws once called and never ends without a `done` event: failures (an abort through
   * `signal` included) are encoded in it.
   */
  stream(request: ModelRequest, signal: AbortSignal): AsyncIterable<ModelEvent>;
}

export const NO_USAGE: Usage = {
  inputTokens: 0,
  outputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  reasoningTokens: 0,
  costUsd: 0,
};

/** Adds two usages; a cost is unknown as soon as one part of it is. */
export function addUsage(a: Usage, b: Usage): Usage {
  return {
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    cacheReadTokens: a.cacheReadTokens + b.cacheReadTokens,
    cacheWriteTokens: a.cacheWriteTokens + b.cacheWriteTokens,
    reasoningTokens: a.reasoningTokens + b.reasoningTokens,
    costUsd: a.costUsd === null || b.costUsd === null ? null : a.costUsd + b.costUsd,
  };
}
