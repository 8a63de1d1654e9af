/**
 * From whatever a provider, its SDK or the network throws to a `ModelError`. SDK classes are recognised by their shape,
 * so that no SDK is loaded for it. Nothing here throws.
 */
import { kindOf, type ProviderError } from './error-kind.ts';
import type { ModelError } from './model.ts';

/**
 * `request`: before the response's head arrived; `stream`: after. The same broken socket is `network` in the first and
 * `cut_stream` in the second.
 */
export type Phase = 'request' | 'stream';

/** What is needed of response headers. */
export type HeadersLike = { get(name: string): string | null };

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

/** Puts text on one line and cuts it to what a person reads. Of a gateway's HTML page only its words are kept. */
export function oneLine(text: string, maxCharacters = 500): string {
  const words = /<(html|!doctype)/i.test(text) ? text.replace(/<(style|script)[\s\S]*?<\/\1>|<[^>]*>/gi, ' ') : text;
  const line = words.replace(/\s+/g, ' ').trim();
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

/**
 * The text of an error's answer as the SDKs can read it: they look for the reason under `error`, where vLLM and FastAPI
 * do not put it, and Google's compatible server wraps a list around it. Text that is no JSON stays as it is.
 */
export function withErrorEnvelope(text: string): string {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return text;
  }
  const first: unknown = Array.isArray(body) ? body[0] : body;
  return isRecord(first) && first.error ? JSON.stringify(first) : JSON.stringify({ error: first });
}

/** The SDKs put the parsed body in `.error`: Anthropic's whole envelope, OpenAI's inner object. */
function bodyOf(body: unknown): ProviderError | undefined {
  const inner = isRecord(body) && body.error ? body.error : body;
  if (typeof inner === 'string' && inner !== '') return { message: inner };
  if (!isRecord(inner)) return undefined;
  const type = typeof inner.type === 'string' ? { type: inner.type } : {};
  // Anthropic's stable name of the cause is finer than its type.
  const words = [isRecord(inner.details) ? inner.details.error_code : undefined, inner.code];
  const word = words.find((value) => typeof value === 'string');
  const code = typeof word === 'string' ? { code: word } : {};
  // OpenRouter, vLLM and some others put the status where OpenAI has a word.
  const status = typeof inner.code === 'number' && inner.code >= 400 ? { status: inner.code } : {};
  return { ...type, ...code, ...status, message: messageOf(inner) };
}

/** OpenRouter keeps the words of the provider behind it apart; FastAPI's are in `detail`. */
function messageOf(error: Record<string, unknown>): string {
  const said = error.message ?? error.detail;
  if (typeof said !== 'string') return safeJson(error);
  const raw = isRecord(error.metadata) ? error.metadata.raw : undefined;
  return typeof raw === 'string' && raw !== '' ? `${said}: ${raw}` : said;
}

function transportError(thrown: unknown, phase: Phase): ModelError {
  const chain = causes(thrown);
  const codes = chain.map((error) => (isRecord(error) ? String(error.code ?? '') : ''));
  const names = chain.map((error) => (isRecord(error) ? `${error.constructor?.name ?? ''} ${error.name ?? ''}` : ''));
  const texts = [...new Set(chain.map(textOf))];
  // What the SDKs say of every failed connection says nothing where its cause does.
  const telling = texts.length > 1 ? texts.filter((text) => text !== 'Connection error.') : texts;
  const message = oneLine(telling.join(': ')) || 'the request failed for an unknown reason';
  const timedOut = codes.some((code) => /TIMEOUT|ETIMEDOUT/.test(code)) || names.some((name) => /Timeout/.test(name));
  if (timedOut) return { kind: 'timeout', message };
  if (phase === 'stream') {
    return { kind: 'cut_stream', message: `the connection broke in the middle of the answer (${message})` };
  }
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
