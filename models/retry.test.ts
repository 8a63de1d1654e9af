import { describe, expect, it } from 'vitest';
import {
  MODEL_ERROR_KINDS,
  type Model,
  type ModelError,
  type ModelEvent,
  type ModelRequest,
  type ModelResponse,
  NO_USAGE,
  withRetry,
} from './index.ts';

const REQUEST = { system: '', messages: [], tools: [], maxOutputTokens: 1 };
const FINE: ModelResponse = {
  message: { role: 'assistant', model: 'a:b', content: [{ type: 'text', text: 'ok' }] },
  stopReason: 'end',
  usage: { ...NO_USAGE, inputTokens: 10, costUsd: 0.5 },
};

/** A model that fails with the given errors, one a request, and then answers. */
function failing(...errors: ModelError[]): Model & { requests: number; limits: number[] } {
  const limits: number[] = [];
  const model = {
    id: 'a:b',
    requests: 0,
    limits,
    async *stream({ maxOutputTokens }: ModelRequest): AsyncGenerator<ModelEvent> {
      limits.push(maxOutputTokens);
      const error = errors[model.requests++];
      yield { type: 'text_delta', text: error === undefined ? 'ok' : 'half' };
      yield { type: 'done', response: error === undefined ? FINE : { ...FINE, stopReason: 'error', error } };
    },
  };
  return model;
}

async function run(
  model: Model,
  signal = new AbortController().signal,
  request: ModelRequest = REQUEST,
): Promise<ModelEvent[]> {
  const events: ModelEvent[] = [];
  for await (const event of model.stream(request, signal)) events.push(event);
  return events;
}

function errorOf(events: ModelEvent[]): ModelError | undefined {
  const last = events.at(-1);
  return last?.type === 'done' ? last.response.error : undefined;
}

/** Notes the delays and does not wait. `random` at its upper end shows the bound of the jitter. */
function policy() {
  const delays: number[] = [];
  const sleep = async (ms: number) => {
    delays.push(ms);
  };
  return { delays, sleep, random: () => 1 - Number.EPSILON };
}

const error = (kind: ModelError['kind'], more: Partial<ModelError> = {}): ModelError => ({
  kind,
  message: kind,
  ...more,
});
const RETRIED = ['rate_limit', 'overloaded', 'server', 'network', 'cut_stream', 'timeout'];

describe('the retry layer', () => {
  it.each(MODEL_ERROR_KINDS)('%s: is retried only where that can help', async (kind) => {
    const model = failing(error(kind));
    const events = await run(withRetry(model, policy()));
    const retried = RETRIED.includes(kind);
    expect(model.requests).toBe(retried ? 2 : 1);
    expect(errorOf(events)?.kind).toBe(retried ? undefined : kind);
  });

  it('stops after five retries and passes the last error on', async () => {
    const model = failing(...Array.from({ length: 9 }, () => error('server')));
    const wait = policy();
    const events = await run(withRetry(model, wait));
    expect(model.requests).toBe(6);
    expect(wait.delays).toEqual([999, 1999, 3999, 7999, 15_999]);
    expect(errorOf(events)?.kind).toBe('server');
    expect(events.filter((event) => event.type === 'retry').map((event) => event.attempt)).toEqual([1, 2, 3, 4, 5]);
  });

  it('waits as long as the provider wishes, but a minute at most', async () => {
    const wait = policy();
    await run(
      withRetry(
        failing(error('rate_limit', { retryAfterMs: 1234 }), error('rate_limit', { retryAfterMs: 3_600_000 })),
        wait,
      ),
    );
    expect(wait.delays).toEqual([1234, 60_000]);
  });

  it('asks once more, at once, with the output limit that fits where only that was refused', async () => {
    const tooMuch = error('overflow', {
      message: 'input length and `max_tokens` exceed context limit: 178959 + 64000 > 200000',
    });
    const model = failing(tooMuch);
    const wait = policy();
    const request = { ...REQUEST, maxOutputTokens: 64_000 };
    expect(errorOf(await run(withRetry(model, wait), undefined, request))).toBeUndefined();
    expect(model.limits).toEqual([64_000, 21_041]);
    expect(wait.delays).toEqual([0]);
    const again = failing(tooMuch, { ...tooMuch, message: tooMuch.message.replace('178959', '188959') });
    expect(errorOf(await run(withRetry(again, wait), undefined, request))?.kind).toBe('overflow');
    expect(again.requests).toBe(2);
  });

  it('announces a retry between what is void and what counts', async () => {
    const events = await run(withRetry(failing(error('cut_stream')), policy()));
    expect(events.map((event) => (event.type === 'text_delta' ? event.text : event.type))).toEqual([
      'half',
      'retry',
      'ok',
      'done',
    ]);
  });

  it('counts what the failed attempts used', async () => {
    const last = (await run(withRetry(failing(error('cut_stream')), policy()))).at(-1);
    expect(last).toMatchObject({ response: { usage: { inputTokens: 20, costUsd: 1 } } });
  });

  it('stops waiting when it is aborted', async () => {
    const controller = new AbortController();
    const model = failing(error('server'), error('server'));
    const running = run(
      withRetry(model, { baseDelayMs: 3_600_000, maxDelayMs: 3_600_000, random: () => 0.9 }),
      controller.signal,
    );
    setTimeout(() => controller.abort(), 20);
    expect(errorOf(await running)?.kind).toBe('aborted');
    expect(model.requests).toBe(1);
  });
});
