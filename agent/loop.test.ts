/** The loop over a real model server, a real session and the host sandbox in a temporary folder. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createModel, resolveModel, withRetry } from '../models/index.ts';
import { createHostSandbox, type ProcessSandbox, SandboxError } from '../sandbox/index.ts';
import { createSession, type NewEvent, newSessionId } from '../session/index.ts';
import { type ScriptedTurn, startModelServer } from '../test/model-server.ts';
import { NO_GUARD } from '../test/no-rules.ts';
import { createToolState, defaultTools } from '../tools/index.ts';
import type { Limits, RunEnd } from './limits.ts';
import { type LoopEnd, runLoop } from './loop.ts';
import { NOT_DONE } from './prompt.ts';
import { createRoom } from './room.ts';
import type { Delta } from './turn.ts';
import { createVerify } from './verify.ts';

type Settings = {
  limits?: Partial<Limits>;
  signal?: AbortSignal;
  sandbox?: (sandbox: ProcessSandbox) => ProcessSandbox;
  onEvent?: (event: NewEvent) => void;
};
type Ran = {
  end: LoopEnd;
  events: NewEvent[];
  deltas: Delta[];
  /** The texts of the last request's user messages and tool results. */
  lastRequest: { user: string; results: string[] };
  requests: number;
  workspace: string;
};

const shell = (command: string) => ({ name: 'shell', arguments: { command } });
const overload = { error: { type: 'overloaded_error', message: 'busy' } };

async function run(script: (turn: number) => ScriptedTurn, settings: Settings = {}): Promise<Ran> {
  const folder = mkdtempSync(join(tmpdir(), 'drydock-loop-'));
  const workspace = join(folder, 'workspace');
  mkdirSync(workspace);
  const lastRequest = { user: '', results: [''] };
  const server = await startModelServer((turn, request) => {
    lastRequest.user = request.lastUserText;
    lastRequest.results = request.toolResults.map(({ text }) => text);
    return script(turn);
  });
  const sandbox = createHostSandbox({ root: workspace });
  onTestFinished(async () => {
    await Promise.all([server.close(), sandbox.dispose()]);
    rmSync(folder, { recursive: true, force: true });
  });

  const limits: Limits = {
    maxTurns: 20,
    maxCostUsd: null,
    timeoutMs: null,
    verify: null,
    verifyAttempts: 2,
    ...settings.limits,
  };
  const model = resolveModel('anthropic:claude-haiku-4-5');
  const session = await createSession(join(folder, 'sessions'), {
    id: newSessionId(),
    drydockVersion: '0',
    repository: null,
    sandbox: { backend: 'host', image: null, network: 'full', workspace },
    model: model.id,
    contextWindow: model.contextWindow,
    editTool: model.editTool,
    limits,
    configurationDigest: '0',
    instructions: [],
    system: 'Work.',
    tools: [],
  });
  session.append({ type: 'prompt', content: [{ type: 'text', text: 'the task' }] });
  const events: NewEvent[] = [];
  const deltas: Delta[] = [];
  const signal = settings.signal ?? new AbortController().signal;
  const inUse = settings.sandbox?.(sandbox) ?? sandbox;
  const log = (event: NewEvent) => {
    session.append(event);
    events.push(event);
    settings.onEvent?.(event);
  };
  const end = await runLoop({
    session,
    model: withRetry(await createModel(model, server.env), {
      maxRetries: 1,
      baseDelayMs: 1,
    }),
    system: 'Work.',
    tools: defaultTools('edit'),
    toolContext: {
      sandbox: inUse,
      cwd: workspace,
      signal,
      keep: (data) => session.blobs.keep(data),
      redact: (text) => text,
      mayRead: () => true,
      recall: async () => ({ text: 'Nothing was said.', isError: false, details: {} }),
      state: createToolState(),
    },
    limits,
    contextWindow: model.contextWindow,
    maxOutputTokens: 1000,
    prices: model.prices,
    reasoningEffort: null,
    begin: 'prompt',
    room: createRoom({
      session,
      system: 'Work.',
      strategy: 'layered',
      at: null,
      hooks: { before: async () => ({ focus: '', refused: null }), after: async () => undefined },
      keep: (data) => session.blobs.keep(data),
      signal,
      log,
      show: (delta) => void deltas.push(delta),
    }),
    fallback: async () => null,
    news: async () => false,
    recovered: async () => false,
    signal,
    log,
    show: (delta) => void deltas.push(delta),
    verify: limits.verify === null ? null : createVerify(inUse, limits.verify, workspace, (text) => text),
    guard: NO_GUARD,
    mayStop: async () => 'fine',
  });
  await session.close();
  return { end, events, deltas, lastRequest, requests: server.journal.length, workspace };
}

const typesOf = (events: NewEvent[]) => events.map(({ type }) => type);
const notices = (events: NewEvent[]) => events.flatMap((event) => (event.type === 'notice' ? [event.reason] : []));

describe('the loop', () => {
  it('runs the calls of a turn, gives their results to the model, and ends when the model has no more', async () => {
    const ran = await run((turn) =>
      turn === 0 ? { text: 'Writing.', toolCalls: [shell('echo one > a; cat a')] } : { text: 'Done.' },
    );
    expect(ran.end).toMatchObject({ outcome: 'completed', turns: 2 });
    expect(typesOf(ran.events)).toEqual([
      'model.requested',
      'model.responded',
      'tool.started',
      'tool.finished',
      'model.requested',
      'model.responded',
    ]);
    expect(ran.lastRequest.results).toHaveLength(1);
    expect(ran.lastRequest.results[0]).toContain('one');
    expect(readFileSync(join(ran.workspace, 'a'), 'utf8')).toBe('one\n');
  });

  it('adds up the usage of all turns', async () => {
    const ran = await run((turn) => ({
      ...(turn < 2 ? { toolCalls: [shell('true')] } : { text: 'Done.' }),
      usage: { inputTokens: 100, outputTokens: 10, cacheReadTokens: 0, cacheWriteTokens: 0 },
    }));
    expect(ran.end.usage).toMatchObject({ inputTokens: 300, outputTokens: 30 });
    expect(ran.end.usage.costUsd).toBeGreaterThan(0);
  });

  it('streams deltas that add up to the logged message', async () => {
    const ran = await run(() => ({ reasoning: 'Thinking it over.', text: 'All was well from the start.' }));
    const streamed = ran.deltas.flatMap((delta) => (delta.type === 'text_delta' ? [delta.text] : []));
    expect(streamed.length).toBeGreaterThan(1);
    expect(streamed.join('')).toBe('All was well from the start.');
  });

  it('stops at the turn limit without another request', async () => {
    const ran = await run((turn) => ({ toolCalls: [shell(`echo ${turn}`)] }), { limits: { maxTurns: 3 } });
    expect(ran.end).toMatchObject({ outcome: 'limit', turns: 3 });
    expect(ran.requests).toBe(3);
  });

  it('stops at the cost limit', async () => {
    const usage = { inputTokens: 100_000, outputTokens: 1 };
    const ran = await run((turn) => ({ toolCalls: [shell(`echo ${turn}`)], usage }), { limits: { maxCostUsd: 0.15 } });
    expect(ran.end.outcome).toBe('limit');
    expect(ran.end.message).toContain('cost limit');
    expect(ran.requests).toBe(2);
  });

  it('reports broken arguments to the model and runs nothing', async () => {
    const ran = await run((turn) =>
      turn === 0 ? { toolCalls: [{ name: 'shell', arguments: '{"command":"touch ran' }] } : { text: 'Done.' },
    );
    expect(ran.end.outcome).toBe('completed');
    expect(ran.lastRequest.results[0]).toContain('not valid JSON');
    expect(() => readFileSync(join(ran.workspace, 'ran'))).toThrow('ENOENT');
  });

  it('never runs a call of a message that was cut at its token limit, and goes on', async () => {
    const ran = await run((turn) =>
      turn === 0 ? { toolCalls: [shell('touch ran')], stop: 'max_tokens' } : { text: 'Done.' },
    );
    expect(ran.end).toMatchObject({ outcome: 'completed', turns: 2 });
    expect(ran.lastRequest.results[0]).toContain('not run');
    expect(() => readFileSync(join(ran.workspace, 'ran'))).toThrow('ENOENT');
  });

  it('asks a model that says nothing to go on, and gives it up after four empty answers in a row', async () => {
    const ran = await run(() => ({ text: ' ' }));
    expect(ran.end).toMatchObject({ outcome: 'gave_up', message: "the model's answer was empty 4 times in a row" });
    expect(notices(ran.events)).toEqual(['cut_output', 'cut_output', 'cut_output']);
  });

  it('tells a model that repeats a failing call, and stops it when it goes on', async () => {
    const ran = await run(() => ({ toolCalls: [{ name: 'read_file', arguments: { path: 'missing' } }] }));
    expect(ran.end).toMatchObject({ outcome: 'limit', turns: 6 });
    expect(ran.end.message).toContain('read_file');
    expect(notices(ran.events)).toEqual(['loop']);
    expect(ran.lastRequest.user).toContain('Do something different');
  });

  it('ends with the outcome of a model that says that it could not', async () => {
    const ran = await run(() => ({ text: `There is no such function.\n${NOT_DONE}` }), { limits: { verify: 'true' } });
    expect(ran.end.outcome).toBe('gave_up');
    expect(typesOf(ran.events)).not.toContain('verify.finished');
  });
});

describe('verification', () => {
  it('sends a failure with its output back to the model, and completes once it passes', async () => {
    const ran = await run((turn) => (turn === 1 ? { toolCalls: [shell('touch fixed')] } : { text: `Try ${turn}.` }), {
      limits: { verify: 'ls fixed || { echo no luck; exit 7; }' },
    });
    expect(ran.end.outcome).toBe('completed');
    const verified = ran.events.flatMap((event) => (event.type === 'verify.finished' ? [event] : []));
    expect(verified.map(({ attempt, exitCode }) => [attempt, exitCode])).toEqual([
      [1, 7],
      [2, 0],
    ]);
    expect(notices(ran.events)).toEqual(['verify_failed']);
    expect(ran.lastRequest.user).toMatch(/ended with exit code 7[\s\S]*no luck/);
  });

  it('goes back as often as was said, and then ends the run as not verified', async () => {
    const ran = await run((turn) => ({ text: `Try ${turn}.` }), { limits: { verify: 'false', verifyAttempts: 2 } });
    expect(ran.end.outcome).toBe('verify_failed');
    expect(ran.requests).toBe(3);
  });
});

describe('a failing provider', () => {
  it('is retried, with every retry in the log', async () => {
    const ran = await run((turn) => (turn === 0 ? { error: { status: 529, body: overload } } : { text: 'Done.' }));
    expect(ran.end).toMatchObject({ outcome: 'completed', turns: 1 });
    expect(typesOf(ran.events)).toEqual(['model.requested', 'model.retried', 'model.responded']);
  });

  it.each([
    [401, { error: { type: 'authentication_error', message: 'invalid x-api-key' } }, 'refused the key'],
    [404, { error: { type: 'not_found_error', message: 'model: nope' } }, 'does not know this model'],
    [400, { error: { type: 'billing_error', message: 'Your credit balance is too low' } }, 'out of quota'],
    [529, overload, 'failed (overloaded)'],
  ])('ends the run with what it said: status %d', async (status, body, words) => {
    const ran = await run(() => ({ error: { status, body } }));
    expect(ran.end.outcome).toBe('provider');
    expect(ran.end.message).toContain(words);
    expect(ran.end.hint).not.toBe('');
  });

  it('ends the run as a limit where the history does not fit', async () => {
    const ran = await run(() => ({
      error: { status: 400, body: { error: { type: 'invalid_request_error', message: 'prompt is too long' } } },
    }));
    expect(ran.end.outcome).toBe('limit');
    expect(ran.end.message).toContain('context too small');
  });
});

describe('a stopped run', () => {
  const interrupted: RunEnd = { outcome: 'interrupted', message: 'interrupted by SIGINT', hint: 'go on' };

  it('ends with the reason it was stopped for, in the middle of a command', async () => {
    const stop = new AbortController();
    const ran = await run(() => ({ toolCalls: [shell('sleep 60')] }), {
      signal: stop.signal,
      onEvent: (event) => {
        if (event.type === 'tool.started') setTimeout(() => stop.abort(interrupted), 50);
      },
    });
    expect(ran.end).toMatchObject(interrupted);
    expect(ran.requests).toBe(1);
  });

  it('ends with the reason it was stopped for, in the middle of a request', async () => {
    const stop = new AbortController();
    const ran = await run(() => ({ text: 'late', delayMs: 60_000 }), {
      signal: stop.signal,
      onEvent: (event) => {
        if (event.type === 'model.requested') setTimeout(() => stop.abort(interrupted), 50);
      },
    });
    expect(ran.end).toMatchObject(interrupted);
  });

  it('ends as a failure of the sandbox where a tool finds it gone', async () => {
    const ran = await run(() => ({ toolCalls: [shell('true')] }), {
      sandbox: (sandbox) => ({
        ...sandbox,
        spawn: () => Promise.reject(new SandboxError('lost', 'the container has ended', 'see drydock doctor')),
      }),
    });
    expect(ran.end).toMatchObject({
      outcome: 'sandbox',
      message: 'the container has ended',
      hint: 'see drydock doctor',
    });
  });
});
