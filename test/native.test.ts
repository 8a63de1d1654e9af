/**
 * `--compaction native`, over real HTTP: the provider is asked to shorten the history, what it makes of it goes back to the
 * same model and to no other, and models that cannot are refused.
 */
import { describe, expect, it, vi } from 'vitest';
import { EXIT_CODES } from '../agent/limits.ts';
import { eventsOf, HOST, run, runDrydock, shellTurn } from './harness.ts';
import type { ScriptedRequest, ScriptedTurn } from './model-server.ts';
import { playSession } from './played-session.ts';
import { problemsOf } from './request-rules.ts';

// Three at once on two shared cores.
vi.setConfig({ maxConcurrency: 3, testTimeout: 120_000 });

const CLAUDE = 'anthropic:claude-sonnet-5-5';
const GPT = 'openai:gpt-6.1-sol';
const PAIRS = [
  [CLAUDE, GPT],
  [GPT, CLAUDE],
  [CLAUDE, 'anthropic:claude-haiku-4-5'],
  [GPT, 'openai:gpt-6-luna'],
] as const;

/** The second turn is where the provider shortens what came before. */
function script(turn: number): ScriptedTurn {
  if (turn === 0) return { reasoning: 'First I look.', ...shellTurn('echo before') };
  if (turn === 1) return { compaction: 'The summary.', reasoning: 'So on.', ...shellTurn('echo after') };
  return { text: 'Done.' };
}

const bodyOf = (request: ScriptedRequest | undefined) => JSON.stringify(request?.raw);
/** The tokens from which on a request asks for compaction. */
const askedAt = (request: ScriptedRequest | undefined) =>
  /"(?:compact_threshold|value)":(\d+)/.exec(JSON.stringify(request?.raw.context_management ?? null))?.[1];
const hasCompaction = (request: ScriptedRequest | undefined) =>
  /\{"type":"compaction","(id|content)"/.test(bodyOf(request));

describe.concurrent('a session whose provider shortens the history', () => {
  it.each(PAIRS)('from %s to %s and back: the one goes on from there, the other has all', async (from, to) => {
    const session = await playSession({ model: from, compaction: 'native' }, script);
    expect(session.end.exitCode).toBe(EXIT_CODES.completed);
    expect((await session.resume({ model: to })).exitCode).toBe(EXIT_CODES.completed);
    expect((await session.resume({ model: from })).exitCode).toBe(EXIT_CODES.completed);
    const { requests } = session;
    expect(requests).toHaveLength(5);
    for (const [index, request] of requests.entries()) {
      expect(problemsOf(request.protocol, request.raw), `request ${index}`).toEqual([]);
      expect(Number(askedAt(request)), `request ${index}`).toBeGreaterThan(100_000);
    }
    const [, second, third, moved, back] = requests;
    expect(bodyOf(second)).toContain('Make the test pass');
    // From the compaction on, which stands for the task too.
    expect([third, moved, back].map(hasCompaction)).toEqual([true, false, true]);
    expect([third, moved, back].map((request) => bodyOf(request).includes('Make the test pass'))).toEqual([
      false,
      true,
      false,
    ]);
    expect(third?.toolResults.map(({ text }) => text).join()).toMatch(/^(?!.*before).*after/s);
    expect(moved?.toolResults.map(({ text }) => text).join()).toMatch(/before.*after/s);
    expect(askedAt(third)).toBe(askedAt(second));
    // Nothing was left out by our own hand.
    expect(eventsOf(session.events(), 'compaction.finished')).toEqual([]);
  });

  it('goes on with no model whose provider cannot', async () => {
    const session = await playSession({ model: GPT, compaction: 'native' }, script);
    const before = session.events();
    const local = { model: 'openai-chat:local', contextWindow: '32000' };
    await expect(session.resume(local)).rejects.toThrow(/openai-chat:local cannot .*--compaction layered/);
    const behind = { fallback: 'openai-chat:gpt-6-luna' };
    await expect(session.resume(behind)).rejects.toThrow(/openai-chat:gpt-6-luna cannot .*--compaction layered/);
    expect(session.events()).toEqual(before);
  });

  it('is asked for it where the configuration says, and only then', async () => {
    const at = await playSession({ model: GPT, compaction: 'native', compactAt: '60000' }, () => ({ text: 'Done.' }));
    expect(askedAt(at.requests[0])).toBe('60000');
    const layered = await playSession({ model: GPT, compactAt: '60000' }, () => ({ text: 'Done.' }));
    expect(layered.requests[0]?.raw).not.toHaveProperty('context_management');
  });

  it('says so in the run and when it is shown', async () => {
    const { stderr, home, code, session } = await run(script, {
      args: [...HOST, '--model', CLAUDE, '--compaction', 'native'],
    });
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('! the provider shortened the history');
    expect((await runDrydock(['show'], { home })).stdout).toContain('! the provider shortened the history');
    const compacted = await runDrydock(['compact', session.id], { home });
    expect(compacted).toMatchObject({ code: 2, stdout: '' });
    expect(compacted.stderr).toMatch(/was made with --compaction native — its provider makes its history shorter/);
  });
});
