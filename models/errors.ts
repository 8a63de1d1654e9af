/**
 * From whatever a provider, its SDK or the network throws to a `ModelError`. SDK classes are recognised by their shape,
 * so that no SDK is loaded for it. Nothing here throws.
 */
import type { ModelError, ModelErrorKind } from './model.ts';

/**
 * `request`: before the response's head arrived; `stream`: after. The same broken socket is `network` in the first and
 * `cut_stream` in the second.
 */
export type Phase = 'request' | 'stream';

/** What is needed of response headers. */
export type HeadersLike = { get(name: string): string | null };

/** An error as a provider describes it, over HTTP or inside a stream. */
export type ProviderError = { status?: number; type?: string; code?: string; message: string };

/**
 * How servers say that a request has too many tokens: Anthropic, OpenAI (also vLLM, OpenRouter), llama.cpp, Ollama,
 * LM Studio, and the size limit of HTTP gateways.
 */
const OVERFLOW = [
  /prompt is too long/i,
  /exceeds? (the )?context (limit|window)/i,
  /request_too_large|exceeds the maximum size/i,
  /context[_ ]length[_ ]exceeded|exceed_context_size/i,
  /(maximum|max) (context|model|prompt) length/i,
  /exceeds the context window/i,
  /exceeds the available context size/i,
  /(greater|longer) than the (maximum model|context) length/i,
  /(input|prompt|request) (is )?too (long|large)|too many (input )?tokens/i,
  /reduce the length of the (messages|prompt|input)/i,
];

/** A limit per time also speaks of too many tokens: these patterns veto the ones above. */
const RATE_LIMIT = [
  /rate.?limit/i,
  /too many requests/i,
  /(tokens|requests) per (min|minute|day|hour|second)/i,
  /\b[TR]P[MD]\b/,
  /try again in/i,
  /throttl/i,
];

const QUOTA = [
  /insufficient_quota|exceeded your current quota/i,
  /credit balance is too low/i,
  /billing_(error|hard_limit)|payment required/i,
];
const OVERLOADED = [/overloaded/i, /at capacity|temporarily unavailable/i];
const REFUSAL = [/content_policy_violation|content_filter|invalid_prompt/i];

const KIND_OF_STATUS: Readonly<Record<number, ModelErrorKind>> = {
  400: 'invalid_request',
  401: 'auth',
  402: 'quota',
  403: 'permission',
  404: 'not_found',
  408: 'timeout',
  // A conflict is a passing state of the server's, not a fault of the request.
  409: 'server',
  413: 'overflow',
  422: 'invalid_request',
  429: 'rate_limit',
  503: 'overloaded',
  504: 'timeout',
  529: 'overloaded',
};

/** `error.type` (Anthropic) and `error.code` (OpenAI) where no status comes with them, as inside a stream. */
const KIND_OF_TYPE: Readonly<Record<string, ModelErrorKind>> = {
  invalid_request_error: 'invalid_request',
  authentication_error: 'auth',
  invalid_api_key: 'auth',
  billing_error: 'quota',
  permission_error: 'permission',
  not_found_error: 'not_found',
  model_not_found: 'not_found',
  rate_limit_error: 'rate_limit',
  rate_limit_exceeded: 'rate_limit',
  timeout_error: 'timeout',
  overloaded_error: 'overloaded',
  api_error: 'server',
  server_error: 'server',
};

/** The kind of an error that a provider reported. */
export function kindOf({ status, type = '', code = '', message }: ProviderError): ModelErrorKind {
  const text = `${type} ${code} ${message}`;
  const says = (patterns: RegExp[]) => patterns.some((pattern) => pattern.test(text));
  // These three say enough; the words of their messages are about keys, rights and names.
  if (status !== 401 && status !== 403 && status !== 404) {
    if (says(QUOTA)) return 'quota';
    if (status === 429 || says(RATE_LIMIT)) return status !== undefined && status >= 500 ? 'overloaded' : 'rate_limit';
    if (says(OVERFLOW)) return 'overflow';
    if (says(REFUSAL)) return 'refusal';
  }
  const byStatus =
    status === undefined ? undefined : (KIND_OF_STATUS[status] ?? (status >= 500 ? 'server' : undefined));
  const byType = KIND_OF_TYPE[code] ?? KIND_OF_TYPE[type];
  // A gateway's 500 may carry the model's own, more exact word.
  if (byStatus !== undefined && byStatus !== 'server') return byStatus;
  if (byType !== undefined) return byType;
  if (says(OVERLOADED)) return 'overloaded';
  return byStatus ?? (status === undefined ? 'server' : 'invalid_request');
}

/** Makes a `ModelError` of an error event inside a stream. */
export function streamError(error: ProviderError): ModelError {
  return withDelay({ kind: kindOf(error), message: oneLine(error.message) }, waitFromText(error.message));
}

/** Makes a `ModelError` of anything that was thrown while a request was made or its stream was read. */
export function toModelError(thrown: unknown, phase: Phase): ModelError {
  const error = isRecord(thrown) ? thrown : {};
  const body = bodyOf(error.error);
  const status = typeof error.status === 'number' ? error.status : body?.status;
  if (status === undefined && body === undefined) return transportError(thrown, phase);

  const headers = isHeaders(error.headers) ? error.headers : undefined;
  const message = body?.message ?? textOf(thrown);
  const requestId = headers?.get('request-id') ?? headers?.get('x-request-id');
  const known = { ...(status !== undefined && { status }) };
  return withDelay(
    {
      kind: kindOf({ ...body, ...known, message }),
      message: oneLine(message),
      ...known,
      ...(requestId && { requestId }),
    },
    waitFromHeaders(headers) ?? waitFromText(message),
  );
}

/** The provider's wish to wait, from `retry-after-ms` or `retry-after` (seconds or a date), in milliseconds. */
export function waitFromHeaders(headers: HeadersLike | undefined, now = Date.now()): number | undefined {
  const ms = Number(headers?.get('retry-after-ms') || Number.NaN);
  if (Number.isFinite(ms) && ms >= 0) return ms;
  const after = headers?.get('retry-after');
  if (!after) return undefined;
  const seconds = Number(after);
  const delay = Number.isNaN(seconds) ? Date.parse(after) - now : seconds * 1000;
  return Number.isFinite(delay) ? Math.max(0, Math.round(delay)) : undefined;
}

/** The wish to wait in a message such as "try again in 1.5s", "in 20ms" or "in 1m2.5s", in milliseconds. */
export function waitFromText(message: string): number | undefined {
  const units: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };
  const wish = /(?:try again|retry) (?:in|after) ((?:\d+(?:\.\d+)?\s*(?:ms|h|m|s)[a-z]*\s*)+)/i.exec(message)?.[1];
  if (wish === undefined) return undefined;
  const parts = [...wish.matchAll(/(\d+(?:\.\d+)?)\s*(ms|h|m|s)/gi)];
  return Math.round(parts.reduce((sum, [, n, unit]) => sum + Number(n) * (units[unit?.toLowerCase() ?? ''] ?? 0), 0));
}

/** Puts text on one line and cuts it to what a person reads. */
export function oneLine(text: string, maxCharacters = 500): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > maxCharacters ? `${line.slice(0, maxCharacters - 1)}…` : line;
}

/** A plain object, whose properties can be looked at. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isHeaders(value: unknown): value is HeadersLike {
  return isRecord(value) && typeof value.get === 'function';
}

function withDelay(error: ModelError, retryAfterMs: number | undefined): ModelError {
  return retryAfterMs === undefined ? error : { ...error, retryAfterMs };
}

/** The SDKs put the parsed body in `.error`: Anthropic's whole envelope, OpenAI's inner object. */
function bodyOf(body: unknown): ProviderError | undefined {
  const inner = isRecord(body) && isRecord(body.error) ? body.error : body;
  if (typeof inner === 'string' && inner !== '') return { message: inner };
  if (!isRecord(inner)) return undefined;
  const type = typeof inner.type === 'string' ? { type: inner.type } : {};
  const code = typeof inner.code === 'string' ? { code: inner.code } : {};
  // OpenRouter and some others put the status where OpenAI has a word.
  const status = typeof inner.code === 'number' && inner.code >= 400 ? { status: inner.code } : {};
  return { ...type, ...code, ...status, message: typeof inner.message === 'string' ? inner.message : safeJson(inner) };
}

function transportError(thrown: unknown, phase: Phase): ModelError {
  const chain = causes(thrown);
  const codes = chain.map((error) => (isRecord(error) ? String(error.code ?? '') : ''));
  const names = chain.map((error) => (isRecord(error) ? `${error.constructor?.name ?? ''} ${error.name ?? ''}` : ''));
  const message = oneLine([...new Set(chain.map(textOf))].join(': ')) || 'the request failed for an unknown reason';
  const timedOut = codes.some((code) => /TIMEOUT|ETIMEDOUT/.test(code)) || names.some((name) => /Timeout/.test(name));
  if (timedOut) return { kind: 'timeout', message };
  if (phase === 'stream') return { kind: 'cut_stream', message };
  const fromNetwork =
    codes.some((code) => /^(E[A-Z]+|UND_ERR_\w+|CERT_\w+|\w*_CERT\w*)$/.test(code)) ||
    names.some((name) => /Connection/.test(name)) ||
    /fetch failed|socket|terminated/i.test(message);
  // Anything else is a fault of the request or of ours, which trying again does not mend.
  return { kind: fromNetwork ? 'network' : 'invalid_request', message };
}

function causes(thrown: unknown): unknown[] {
  const chain: unknown[] = [];
  for (let error = thrown; error !== undefined && error !== null && chain.length < 5; ) {
    chain.push(error);
    error = isRecord(error) ? error.cause : undefined;
  }
  return chain;
}

function textOf(thrown: unknown): string {
  if (isRecord(thrown) && typeof thrown.message === 'string') return thrown.message;
  return typeof thrown === 'string' ? thrown : safeJson(thrown);
}

function safeJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    // A cyclic value: its JSON is only for show, so its kind is enough.
    return Object.prototype.toString.call(value);
  }
}
