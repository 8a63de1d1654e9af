import { APIError as AnthropicError, APIConnectionError, APIConnectionTimeoutError } from '@anthropic-ai/sdk';
import * as fc from 'fast-check';
import { APIError as OpenAIError } from 'openai';
import { describe, expect, it } from 'vitest';
import { streamError, toModelError, waitFromHeaders, waitFromText } from './errors.ts';
import { MODEL_ERROR_KINDS, type ModelErrorKind } from './index.ts';

function anthropic(status: number, type: string, message: string, headers: Record<string, string> = {}) {
  return AnthropicError.generate(status, { type: 'error', error: { type, message } }, undefined, new Headers(headers));
}
function openai(status: number, error: Record<string, unknown>, headers: Record<string, string> = {}) {
  return OpenAIError.generate(status, { error }, undefined, new Headers(headers));
}

describe('an error that a provider answers with has the kind that decides what to do', () => {
  const cases: [ModelErrorKind, string, unknown][] = [
    [
      'overflow',
      'Anthropic, prompt',
      anthropic(400, 'invalid_request_error', 'prompt is too long: 214002 tokens > 200000 maximum'),
    ],
    [
      'overflow',
      'Anthropic, with output',
      anthropic(
        400,
        'invalid_request_error',
        'input length and `max_tokens` exceed context limit: 190000 + 32000 > 200000',
      ),
    ],
    ['overflow', 'Anthropic, bytes', anthropic(413, 'request_too_large', 'Request exceeds the maximum size')],
    [
      'rate_limit',
      'Anthropic',
      anthropic(429, 'rate_limit_error', 'This request would exceed your rate limit of 30,000 input tokens per minute'),
    ],
    ['overloaded', 'Anthropic', anthropic(529, 'overloaded_error', 'Overloaded')],
    ['server', 'Anthropic', anthropic(500, 'api_error', 'Internal server error')],
    ['auth', 'Anthropic', anthropic(401, 'authentication_error', 'invalid x-api-key')],
    ['permission', 'Anthropic', anthropic(403, 'permission_error', 'Your key may not use this model')],
    ['not_found', 'Anthropic', anthropic(404, 'not_found_error', 'model: claude-nine')],
    [
      'quota',
      'Anthropic',
      anthropic(400, 'invalid_request_error', 'Your credit balance is too low to access the Anthropic API.'),
    ],
    ['invalid_request', 'Anthropic', anthropic(400, 'invalid_request_error', 'messages: field required')],
    ['overflow', 'OpenAI, code', openai(400, { code: 'context_length_exceeded', message: 'Too much.' })],
    [
      'overflow',
      'OpenAI, text',
      openai(400, { message: "This model's maximum context length is 128000 tokens. However, you requested 130000." }),
    ],
    [
      'overflow',
      'Responses',
      openai(400, {
        message: 'Your input exceeds the context window of this model. Please adjust your input and try again.',
      }),
    ],
    [
      'overflow',
      'llama.cpp',
      openai(400, {
        code: 400,
        type: 'exceed_context_size_error',
        message: 'the request exceeds the available context size',
      }),
    ],
    [
      'overflow',
      'vLLM',
      openai(400, { message: 'The decoder prompt (length 9000) is longer than the maximum model length of 8192.' }),
    ],
    [
      'rate_limit',
      'OpenAI, a limit that speaks of tokens',
      openai(429, {
        code: 'rate_limit_exceeded',
        message: 'Request too large for gpt on tokens per min (TPM): Limit 30000, Requested 40000.',
      }),
    ],
    [
      'rate_limit',
      'a gateway that answers a limit with 413',
      openai(413, { code: 'rate_limit_exceeded', message: 'Request too large: tokens per minute (TPM) limit 6000' }),
    ],
    [
      'quota',
      'OpenAI',
      openai(429, {
        code: 'insufficient_quota',
        message: 'You exceeded your current quota, please check your plan and billing details.',
      }),
    ],
    ['auth', 'OpenAI', openai(401, { code: 'invalid_api_key', message: 'Incorrect API key provided' })],
    ['not_found', 'OpenAI', openai(404, { code: 'model_not_found', message: 'The model does not exist' })],
    ['overloaded', 'OpenAI', openai(503, { message: 'The engine is currently overloaded' })],
    ['refusal', 'OpenAI', openai(400, { code: 'invalid_prompt', message: 'Invalid prompt: your prompt was flagged' })],
    ['quota', 'OpenRouter', openai(402, { code: 402, message: 'Insufficient credits' })],
    ['timeout', 'a gateway', openai(504, { message: 'upstream timed out' })],
  ];
  it.each(cases)('%s: %s', (kind, _server, thrown) => {
    expect(toModelError(thrown, 'request').kind).toBe(kind);
  });
});

describe('an error inside a stream, which has no status', () => {
  it.each<[ModelErrorKind, unknown]>([
    [
      'overloaded',
      new AnthropicError(
        undefined,
        { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } },
        undefined,
        new Headers(),
      ),
    ],
    [
      'overflow',
      new OpenAIError(undefined, { code: 'context_length_exceeded', message: 'Too long' }, undefined, new Headers()),
    ],
    [
      'rate_limit',
      new OpenAIError(undefined, { code: 429, message: 'Provider returned error' }, undefined, new Headers()),
    ],
  ])('%s', (kind, thrown) => {
    expect(toModelError(thrown, 'stream').kind).toBe(kind);
  });

  it('takes a failed response by its code', () => {
    const error = streamError({ code: 'rate_limit_exceeded', message: 'Rate limit reached. Please try again in 2s.' });
    expect(error).toEqual({ kind: 'rate_limit', message: expect.any(String), retryAfterMs: 2000 });
  });
});

describe('a failure of the way to the provider', () => {
  const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:9'), { code: 'ECONNREFUSED' });
  const socket = Object.assign(new Error('other side closed'), { code: 'UND_ERR_SOCKET' });

  it('names the cause of a refused connection', () => {
    const thrown = new APIConnectionError({
      message: undefined,
      cause: new TypeError('fetch failed', { cause: refused }),
    });
    const error = toModelError(thrown, 'request');
    expect(error).toEqual({
      kind: 'network',
      message: 'Connection error.: fetch failed: connect ECONNREFUSED 127.0.0.1:9',
    });
  });

  it('is a cut stream once the answer has begun', () => {
    const thrown = new TypeError('terminated', { cause: socket });
    expect(toModelError(thrown, 'stream').kind).toBe('cut_stream');
    expect(toModelError(thrown, 'request').kind).toBe('network');
  });

  it('is a timeout when something waited too long', () => {
    expect(toModelError(new APIConnectionTimeoutError(), 'request').kind).toBe('timeout');
  });

  it('does not take a fault of our own for the network, which would be retried', () => {
    expect(toModelError(new RangeError('Invalid array length'), 'request').kind).toBe('invalid_request');
  });
});

describe('the wish to wait', () => {
  it.each([
    ['Please try again in 1.5s.', 1500],
    ['try again in 20ms', 20],
    ['Please try again in 1m2.5s. Visit', 62_500],
    ['Please retry after 7 seconds', 7000],
    ['Try again in 2 minutes', 120_000],
    ['try again in a while', undefined],
  ])('%s', (text, expected) => {
    expect(waitFromText(text)).toBe(expected);
  });

  it.each([
    [{ 'retry-after': '3' }, 3000],
    [{ 'retry-after': '30', 'retry-after-ms': '250' }, 250],
    [{ 'retry-after': 'Thu, 01 Jan 1970 00:00:10 GMT' }, 9000],
    [{ 'retry-after': 'soon' }, undefined],
    [{}, undefined],
  ])('%j', (headers: Record<string, string>, expected) => {
    expect(waitFromHeaders(new Headers(headers), 1000)).toBe(expected);
  });

  it('comes with the error, and so does the request id', () => {
    const thrown = anthropic(429, 'rate_limit_error', 'slow down', { 'retry-after': '4', 'request-id': 'req_7' });
    expect(toModelError(thrown, 'request')).toEqual({
      kind: 'rate_limit',
      message: 'slow down',
      status: 429,
      retryAfterMs: 4000,
      requestId: 'req_7',
    });
  });
});

it('never throws and always has one line, whatever was thrown', () => {
  fc.assert(
    fc.property(
      fc.anything({ withNullPrototype: true }),
      fc.constantFrom('request' as const, 'stream' as const),
      (thrown, phase) => {
        const error = toModelError(thrown, phase);
        expect(MODEL_ERROR_KINDS).toContain(error.kind);
        expect(error.message).not.toMatch(/\n/);
      },
    ),
  );
});
