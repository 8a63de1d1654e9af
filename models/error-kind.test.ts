/** What each documented answer of a provider is taken for: over HTTP as its SDK reads it, and inside a stream. */
import { APIError as AnthropicError } from '@anthropic-ai/sdk';
import { APIError as OpenAIError } from 'openai';
import { describe, expect, it } from 'vitest';
import { toModelError, withErrorEnvelope } from './errors.ts';
import type { ModelErrorKind } from './index.ts';

type Body = Record<string, unknown> | unknown[] | string;

/** What the SDK throws for an answer with this body. */
function answered(sdk: typeof AnthropicError | typeof OpenAIError, status: number, body: Body): unknown {
  const text = withErrorEnvelope(typeof body === 'string' ? body : JSON.stringify(body));
  let parsed: Record<string, unknown> | undefined;
  try {
    parsed = JSON.parse(text);
  } catch {
    // The SDKs pass on as it is what is no JSON.
  }
  return sdk.generate(status, parsed, parsed === undefined ? text : undefined, new Headers());
}

type Case = [kind: ModelErrorKind, what: string, status: number, body: Body];
const claude = (type: string, message: string, error_code?: string) => ({
  type: 'error',
  error: { type, message, ...(error_code && { details: { error_code } }) },
});
const gpt = (message: string, code?: string, type?: string) => ({ error: { message, code, type } });

const ANTHROPIC: Case[] = [
  ['invalid_request', 'a field', 400, claude('invalid_request_error', 'messages: field required')],
  [
    'overflow',
    'the prompt',
    400,
    claude('invalid_request_error', 'prompt is too long: 214002 tokens > 200000 maximum'),
  ],
  [
    'overflow',
    'prompt and output',
    400,
    claude('invalid_request_error', 'input length and `max_tokens` exceed context limit: 190000 + 32000 > 200000'),
  ],
  ['quota', 'no credit', 400, claude('invalid_request_error', 'Your credit balance is too low to access the API.')],
  [
    'quota',
    'a spend limit',
    400,
    claude('invalid_request_error', 'You have reached your specified API usage limits. You will regain access later.'),
  ],
  ['refusal', 'a filter', 400, claude('invalid_request_error', 'Output blocked by content filtering policy')],
  ['permission', 'on hold', 400, claude('invalid_request_error', 'disabled', 'organization_on_hold')],
  ['auth', 'the key', 401, claude('authentication_error', 'invalid x-api-key')],
  ['quota', 'billing', 402, claude('billing_error', 'There is a problem with your payment information.')],
  ['permission', 'rights', 403, claude('permission_error', 'Your key may not use this model')],
  ['not_found', 'the model', 404, claude('not_found_error', 'model: claude-nine')],
  ['server', 'a conflict', 409, claude('conflict_error', 'try once more')],
  ['overflow', 'bytes', 413, claude('request_too_large', 'Request exceeds the maximum size')],
  [
    'rate_limit',
    'a limit that speaks of tokens',
    429,
    claude('rate_limit_error', 'This request would exceed your rate limit of 30,000 input tokens per minute'),
  ],
  ['rate_limit', 'a ramp', 429, claude('rate_limit_error', 'Usage grows too fast.', 'ramp_limit_exceeded')],
  ['quota', 'a contract', 429, claude('rate_limit_error', 'Limit reached.', 'contract_spend_limit_reached')],
  ['quota', 'a tier', 429, claude('rate_limit_error', 'Limit reached.', 'enforced_spend_limit_reached')],
  ['server', 'a fault', 500, claude('api_error', 'Internal server error')],
  ['overloaded', 'a key service', 503, claude('api_error', 'Retry.', 'cmek_key_unreachable')],
  ['timeout', 'time', 504, claude('timeout_error', 'Request timed out')],
  ['overloaded', 'load', 529, claude('overloaded_error', 'Overloaded')],
  ['server', 'a page of a gateway', 502, '<html><body>Bad Gateway</body></html>'],
];

const OPENAI: Case[] = [
  ['invalid_request', 'a parameter', 400, gpt("Unsupported parameter: 'x'", 'unsupported_parameter')],
  ['overflow', 'by its code', 400, gpt('Too much.', 'context_length_exceeded')],
  ['overflow', 'by its words', 400, gpt("This model's maximum context length is 128000 tokens. However, …")],
  ['overflow', 'Responses', 400, gpt('Your input exceeds the context window of this model. Adjust your input.')],
  ['refusal', 'a flagged prompt', 400, gpt('Invalid prompt: your prompt was flagged', 'invalid_prompt')],
  ['refusal', 'Azure', 400, gpt("triggering Azure OpenAI's content management policy", 'content_filter')],
  ['quota', 'a hard limit', 400, gpt('Billing hard limit has been reached', 'billing_hard_limit_reached')],
  ['auth', 'the key', 401, gpt('Incorrect API key provided', 'invalid_api_key')],
  ['permission', 'a region', 403, gpt('Country not supported', 'unsupported_country_region_territory')],
  ['not_found', 'the model', 404, gpt('The model does not exist', 'model_not_found')],
  [
    'rate_limit',
    'a limit that speaks of tokens',
    429,
    gpt('Request too large for gpt on tokens per min (TPM): Limit 30000, Requested 40000.', 'rate_limit_exceeded'),
  ],
  ['quota', 'quota', 429, gpt('You exceeded your current quota, please check your plan.', 'insufficient_quota')],
  ['server', 'a fault', 500, gpt('The server had an error', undefined, 'server_error')],
  ['overloaded', 'load', 503, gpt('The engine is currently overloaded')],
  ['overloaded', 'slow down', 503, gpt('Slow down', 'slow_down')],
];

const COMPATIBLE: Case[] = [
  [
    'overflow',
    'llama.cpp',
    400,
    gpt('the request exceeds the available context size', undefined, 'exceed_context_size_error'),
  ],
  ['overflow', 'llama.cpp, while it writes', 500, { error: { code: 500, message: 'Context size has been exceeded.' } }],
  ['overloaded', 'llama.cpp, while it loads', 503, { error: { code: 503, message: 'Loading model' } }],
  ['overflow', 'vLLM', 400, gpt('The decoder prompt (length 9000) is longer than the maximum model length of 8192.')],
  [
    'overflow',
    'vLLM, older, without an envelope',
    400,
    {
      object: 'error',
      message: "This model's maximum context length is 8192 tokens.",
      type: 'BadRequestError',
      code: 400,
    },
  ],
  ['not_found', 'vLLM, the model', 404, { object: 'error', message: 'The model `x` does not exist.', code: 404 }],
  ['auth', 'vLLM, the key', 401, { error: 'Unauthorized' }],
  ['not_found', 'FastAPI, a wrong path', 404, { detail: 'Not Found' }],
  ['not_found', 'Ollama', 404, gpt('model "x" not found, try pulling it first', undefined, 'api_error')],
  ['invalid_request', 'Ollama, no tools', 400, gpt('x does not support tools', undefined, 'api_error')],
  ['server', 'Ollama, no memory', 500, { error: 'model requires more system memory than is available' }],
  [
    'overflow',
    'Text Generation Inference',
    422,
    {
      error: '`inputs` tokens + `max_new_tokens` must be <= 4096. Given: 4000 `inputs` tokens',
      error_type: 'validation',
    },
  ],
  ['quota', 'OpenRouter, credits', 402, { error: { code: 402, message: 'Insufficient credits' } }],
  [
    'refusal',
    'OpenRouter, moderation',
    403,
    { error: { code: 403, message: 'gpt requires moderation. Your input was flagged' } },
  ],
  [
    'overflow',
    'OpenRouter, the words of who is behind it',
    400,
    { error: { code: 400, message: 'Provider returned error', metadata: { raw: '{"message":"prompt is too long"}' } } },
  ],
  ['quota', 'DeepSeek', 402, gpt('Insufficient Balance')],
  ['auth', 'Google', 400, [{ error: { code: 400, message: 'API key not valid. Please pass a valid API key.' } }]],
  ['auth', 'xAI', 400, { code: 'Client specified an invalid argument', error: 'Incorrect API key provided: x' }],
  ['rate_limit', 'Groq, which answers a limit with 413', 413, gpt('on tokens per minute (TPM)', 'rate_limit_exceeded')],
  ['timeout', 'a gateway', 504, gpt('upstream timed out')],
  ['overflow', "nginx's page", 413, '<html><head><title>413 Request Entity Too Large</title></head></html>'],
];

describe('an error that a provider answers with has the kind that decides what to do', () => {
  it.each(ANTHROPIC)('%s: Anthropic, %s', (kind, _what, status, body) => {
    expect(toModelError(answered(AnthropicError, status, body), 'request')).toMatchObject({ kind, status });
  });
  it.each(OPENAI)('%s: OpenAI, %s', (kind, _what, status, body) => {
    expect(toModelError(answered(OpenAIError, status, body), 'request')).toMatchObject({ kind, status });
  });
  it.each(COMPATIBLE)('%s: %s', (kind, _what, status, body) => {
    const error = toModelError(answered(OpenAIError, status, body), 'request');
    expect(error).toMatchObject({ kind, status });
    expect(error.message, 'the reason is kept').not.toMatch(/no body|^\d+ status|<h|^\{/);
  });
});

describe('an error inside a stream, which has no status', () => {
  it.each<[ModelErrorKind, string]>([
    ['invalid_request', 'invalid_request_error'],
    ['auth', 'authentication_error'],
    ['quota', 'billing_error'],
    ['permission', 'permission_error'],
    ['not_found', 'not_found_error'],
    ['overflow', 'request_too_large'],
    ['rate_limit', 'rate_limit_error'],
    ['timeout', 'timeout_error'],
    ['server', 'api_error'],
    ['server', 'conflict_error'],
    ['overloaded', 'overloaded_error'],
    ['server', 'an_error_of_tomorrow'],
  ])('%s: Anthropic, %s', (kind, type) => {
    const thrown = new AnthropicError(undefined, claude(type, 'So it is.'), undefined, new Headers());
    expect(toModelError(thrown, 'stream').kind).toBe(kind);
  });

  it.each<[ModelErrorKind, string]>([
    ['server', 'server_error'],
    ['rate_limit', 'rate_limit_exceeded'],
    ['quota', 'insufficient_quota'],
    ['overflow', 'context_length_exceeded'],
    ['overloaded', 'server_is_overloaded'],
    ['overloaded', 'slow_down'],
    ['refusal', 'invalid_prompt'],
    ['refusal', 'bio_policy'],
    ['refusal', 'misalignment_policy_violation'],
    ['refusal', 'image_content_policy_violation'],
    ['permission', 'data_residency_mismatch'],
    ['timeout', 'vector_store_timeout'],
    ['invalid_request', 'invalid_image'],
    ['invalid_request', 'invalid_image_format'],
    ['invalid_request', 'invalid_base64_image'],
    ['invalid_request', 'invalid_image_url'],
    ['invalid_request', 'image_too_large'],
    ['invalid_request', 'image_too_small'],
    ['invalid_request', 'image_parse_error'],
    ['invalid_request', 'invalid_image_mode'],
    ['invalid_request', 'image_file_too_large'],
    ['invalid_request', 'unsupported_image_media_type'],
    ['invalid_request', 'empty_image_file'],
    ['invalid_request', 'failed_to_download_image'],
    ['invalid_request', 'image_file_not_found'],
  ])('%s: OpenAI, %s', (kind, code) => {
    const thrown = new OpenAIError(undefined, { code, message: 'So it is.' }, undefined, new Headers());
    expect(toModelError(thrown, 'stream').kind).toBe(kind);
  });

  it.each<[ModelErrorKind, string, Record<string, unknown>]>([
    ['rate_limit', 'OpenRouter', { code: 429, message: 'Provider returned error' }],
    ['server', 'OpenRouter, by a word', { code: 'server_error', message: 'Provider disconnected' }],
    ['overflow', 'llama.cpp', { code: 500, type: 'server_error', message: 'Context size has been exceeded.' }],
    ['invalid_request', 'vLLM', { code: 400, type: 'BadRequestError', message: 'Unknown tool parser' }],
  ])('%s: %s', (kind, _server, error) => {
    expect(toModelError(new OpenAIError(undefined, error, undefined, new Headers()), 'stream').kind).toBe(kind);
  });
});
