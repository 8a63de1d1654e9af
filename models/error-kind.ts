/** Which kind of error a provider reports: from the status, type, code and words of its answer. Pure tables. */
import type { ModelErrorKind } from './model.ts';

/** An error as a provider describes it, over HTTP or inside a stream. */
export type ProviderError = { status?: number; type?: string; code?: string; message: string };

/**
 * How servers say that a request has too many tokens: Anthropic, OpenAI (also vLLM, OpenRouter), llama.cpp, Ollama,
 * LM Studio, Text Generation Inference, and the size limit of HTTP gateways.
 */
const OVERFLOW = [
  /prompt is too long/i,
  /exceeds? (the )?context (limit|window)/i,
  /request_too_large|exceeds the maximum size/i,
  /context[_ ]length[_ ]exceeded|exceed_context_size/i,
  /(maximum|max) (context|model|prompt) length/i,
  /exceeds the context window/i,
  /exceeds the available context size|context size has been exceeded/i,
  /(greater|longer) than the (maximum model|context) length/i,
  /(input|prompt|request) (is )?too (long|large)|too many (input )?tokens/i,
  /reduce the length of the (messages|prompt|input)/i,
  /`inputs` tokens \+ `max_new_tokens` must be/i,
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
  /credit balance is too low|insufficient (credits|balance)/i,
  /billing_(error|hard_limit)|payment required/i,
  // Anthropic answers a spend limit, which ends with the month, with 429 or 400.
  /(contract|enforced)_spend_limit_reached|reached your specified api usage limits/i,
];
/** xAI and Google answer a wrong key with 400. */
const WRONG_KEY = [/(incorrect|invalid) api key|api key not valid/i];
const OVERLOADED = [/overloaded/i, /at capacity|temporarily unavailable/i, /\bslow_down\b/i];
const REFUSAL = [
  /content_policy|policy_violation|\b(bio|cyber)_policy\b/i,
  /content_filter|content filtering policy|content management policy/i,
  /invalid_prompt/i,
];

/** OpenRouter answers what its moderation has stopped with 403, as if it were about rights. */
const MODERATED = /requires moderation|input was flagged/i;

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

/**
 * `error.type` and `error.details.error_code` (Anthropic), `error.code` (OpenAI), an exception's name (vLLM): what says
 * more than a status, or stands where no status is, as inside a stream. What is not here is taken for the server's fault.
 */
const KIND_OF_WORD: Readonly<Record<string, ModelErrorKind>> = {
  invalid_request_error: 'invalid_request',
  authentication_error: 'auth',
  invalid_api_key: 'auth',
  billing_error: 'quota',
  permission_error: 'permission',
  organization_on_hold: 'permission',
  not_found_error: 'not_found',
  model_not_found: 'not_found',
  rate_limit_error: 'rate_limit',
  rate_limit_exceeded: 'rate_limit',
  timeout_error: 'timeout',
  vector_store_timeout: 'timeout',
  overloaded_error: 'overloaded',
  api_error: 'server',
  server_error: 'server',
  data_residency_mismatch: 'permission',
  BadRequestError: 'invalid_request',
  NotFoundError: 'not_found',
};

/** OpenAI's codes for a request that is at fault: `invalid_image`, `image_too_large`, `unsupported_image_media_type`, … */
const INVALID = /^(invalid_|unsupported_|image_|empty_image|failed_to_download_image)/;

/** The kind of an error that a provider reported. */
export function kindOf({ status, type = '', code = '', message }: ProviderError): ModelErrorKind {
  const text = `${type} ${code} ${message}`;
  const says = (patterns: RegExp[]) => patterns.some((pattern) => pattern.test(text));
  if (status === 403 && MODERATED.test(message)) return 'refusal';
  // These three say enough; the words of their messages are about keys, rights and names.
  if (status !== 401 && status !== 403 && status !== 404) {
    if (says(QUOTA)) return 'quota';
    if (status === 429 || says(RATE_LIMIT)) return status !== undefined && status >= 500 ? 'overloaded' : 'rate_limit';
    if (says(OVERFLOW)) return 'overflow';
    if (says(REFUSAL)) return 'refusal';
  }
  const byStatus =
    status === undefined ? undefined : (KIND_OF_STATUS[status] ?? (status >= 500 ? 'server' : undefined));
  const byWord = KIND_OF_WORD[code] ?? KIND_OF_WORD[type];
  // "Invalid request" is the least that a status can say, and a gateway's 500 may carry the model's own, more exact word.
  if (byStatus !== undefined && byStatus !== 'server' && byStatus !== 'invalid_request') return byStatus;
  const blamesRequest = byStatus === 'invalid_request';
  if (byWord !== undefined && byWord !== (blamesRequest ? 'server' : 'invalid_request')) return byWord;
  if (says(WRONG_KEY)) return 'auth';
  if (blamesRequest || byWord !== undefined || INVALID.test(code)) return 'invalid_request';
  if (says(OVERLOADED)) return 'overloaded';
  return byStatus ?? (status === undefined ? 'server' : 'invalid_request');
}
