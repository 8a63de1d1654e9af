import { APIError as AnthropicError, APIConnectionError, APIConnectionTimeoutError } from '@anthropic-ai/sdk';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { oneLine, streamError, toModelError, waitFromHeaders, waitFromText } from './errors.ts';
import { MODEL_ERROR_KINDS } from './index.ts';

function anthropic(status: number, type: string, message: string, headers: Record<string, string> = {}) {
  return AnthropicError.generate(status, { type: 'error', error: { type, message } }, undefined, new Headers(headers));
}

describe('an error inside a stream', () => {
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
      message: 'fetch failed: connect ECONNREFUSED 127.0.0.1:9',
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

it('keeps the words of a gateway that answers with a page', () => {
  const page =
    '<!DOCTYPE html><html><head><style>p { color: red }</style></head>\n<body><h1>502 Bad Gateway</h1></body></html>';
  expect(oneLine(page)).toBe('502 Bad Gateway');
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
