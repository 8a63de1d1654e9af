/** `--fallback`: another model goes on when the first one's provider stays overloaded, and only then. */
import { describe, expect, it, vi } from 'vitest';
import { eventsOf, HOST, run, runDrydock, shellTurn } from './harness.ts';
import type { ScriptedRequest, ScriptedTurn } from './model-server.ts';
import { playSession } from './played-session.ts';
import { problemsOf } from './request-rules.ts';

// Three at once on two shared cores.
vi.setConfig({ maxConcurrency: 3, testTimeout: 120_000 });

const FIRST = 'anthropic:claude-sonnet-5-5';
const OTHER = 'openai:gpt-6.1-sol';

/** An error that is tried again at once. */
const failing = (status: number, error: unknown): ScriptedTurn => ({
  error: { status, body: { type: 'error', error }, headers: { 'retry-after-ms': '1' } },
});
const OVERLOADED = failing(529, { type: 'overloaded_error', message: 'Overloaded' });
const RATE_LIMITED = failing(429, { type: 'rate_limit_error', message: 'Too many requests' });
const BROKEN = failing(500, { type: 'api_error', message: 'oops' });

/** The first model makes one call and fails from then on; the other one finishes. */
const failsAfterOneCall =
  (failure: ScriptedTurn) =>
  (turn: number, { protocol }: ScriptedRequest): ScriptedTurn => {
    if (protocol !== 'messages') return { text: 'Done.' };
    return turn === 0 ? { reasoning: 'First I look.', ...shellTurn('cat sum.js') } : failure;
  };

const modelsOf = (requests: readonly ScriptedRequest[]) => requests.map(({ model }) => model.split('-')[0]).join(' ');

describe.concurrent('a run with a fallback', () => {
  it.each([
    ['overloaded', OVERLOADED],
    ['rate_limit', RATE_LIMITED],
    ['server', BROKEN],
  ])('goes on with it after the retries of %s, once, and the session stays with it', async (kind, failure) => {
    const session = await playSession({ model: FIRST, fallback: OTHER }, failsAfterOneCall(failure));
    expect(session.end).toMatchObject({ exitCode: 0, end: { turns: 2 } });
    expect(modelsOf(session.requests)).toBe('claude claude claude claude claude claude claude gpt');
    const last = session.requests.at(-1);
    expect(last && problemsOf(last.protocol, last.raw)).toEqual([]);
    expect(JSON.stringify(last?.raw)).toContain('First I look.');
    expect(last?.toolResults[0]?.text).toContain('a - b');
    const changed = { from: FIRST, model: OTHER, editTool: 'apply_patch', reason: 'fallback', error: { kind } };
    expect(eventsOf(session.events(), 'model.changed')).toMatchObject([changed]);

    await session.resume({ fallback: OTHER });
    expect(session.requests.at(-1)?.protocol).toBe('responses');
    expect(eventsOf(session.events(), 'model.changed')).toHaveLength(1);
  });

  it('that fails too ends with 3 and one line that names both', async () => {
    const play = (_: number, { protocol }: ScriptedRequest) => (protocol === 'messages' ? OVERLOADED : BROKEN);
    const session = await playSession({ model: FIRST, fallback: OTHER }, play);
    expect(session.end.exitCode).toBe(3);
    expect(session.end.end.message).toBe(
      `${OTHER}: the model provider failed (server): oops; ${FIRST} had failed before (overloaded: Overloaded)`,
    );
    expect(session.requests).toHaveLength(12);
  });

  it.each([
    ['a wrong key', failing(401, { type: 'authentication_error', message: 'invalid x-api-key' }), 3],
    ['an empty account', failing(400, { type: 'invalid_request_error', message: 'Your credit balance is too low' }), 3],
    ['an unknown model', failing(404, { type: 'not_found_error', message: 'model: claude' }), 3],
    [
      'a request that is too long',
      failing(400, { type: 'invalid_request_error', message: 'prompt is too long' }),
      5,
      2,
    ],
    ['a refusal', { text: 'I will not.', stop: 'refusal' } satisfies ScriptedTurn, 1],
  ])('does not take it for %s', async (_, failure, exitCode, requests = 1) => {
    const session = await playSession({ model: FIRST, fallback: OTHER }, () => failure);
    expect(session.end.exitCode).toBe(exitCode);
    expect(session.requests).toHaveLength(requests);
    expect(eventsOf(session.events(), 'model.changed')).toEqual([]);
  });

  it('is refused before anything begins where its key is missing, or its price', async () => {
    const play = () => ({ text: 'Done.' });
    const keyless = { OPENAI_API_KEY: undefined, OPENAI_BASE_URL: undefined };
    await expect(playSession({ model: FIRST, fallback: OTHER }, play, keyless)).rejects.toThrow(
      /^no key for openai: set OPENAI_API_KEY/,
    );
    const local = { model: FIRST, fallback: 'openai-chat:local', contextWindow: '9000' };
    await expect(playSession({ ...local, maxCost: '1' }, play)).rejects.toThrow(
      /--max-cost cannot be kept: the price of openai-chat:local is unknown/,
    );
  });

  it('that is the model itself is none', async () => {
    const session = await playSession({ model: FIRST, fallback: FIRST.replace(':', '/') }, () => BROKEN);
    expect(session.end.exitCode).toBe(3);
    expect(session.requests).toHaveLength(6);
  });

  it('tells the user in one line, and what both have cost together', async () => {
    const usage = { inputTokens: 10_000, cacheReadTokens: 5000, outputTokens: 100, cacheWriteTokens: 0 };
    const finished = await run((turn, request) => ({ ...failsAfterOneCall(OVERLOADED)(turn, request), usage }), {
      args: ['--model', FIRST, '--fallback', OTHER, ...HOST],
    });
    expect(finished.code, finished.stderr).toBe(0);
    const told = finished.stderr.split('\n').filter((line) => line.includes(OTHER));
    expect(told).toEqual([`! ${FIRST} failed (overloaded: Overloaded); going on with ${OTHER}`]);
    // Both: input 2, cache read 0.1, output 10 dollars per million.
    const both = '2 turns, 20.0k tokens in (50% cached), 200 out, $0.0230';
    expect(finished.stderr).toContain(`${both}\n`);

    const { stdout } = await runDrydock(['show'], { home: finished.home });
    expect(stdout).toContain(told[0]);
    expect(stdout).toMatch(/^── turn 1 · 10\.0k tokens in \(50% cached\), 100 out, \$0\.01\d*, /m);
    expect(stdout.trimEnd().split('\n').slice(-3)).toEqual([
      `${FIRST}: 1 turn, 10.0k tokens in (50% cached), 100 out, $0.0115`,
      `${OTHER}: 1 turn, 10.0k tokens in (50% cached), 100 out, $0.0115`,
      `in all: ${both}`,
    ]);
  });
});
