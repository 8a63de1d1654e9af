import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { TaskEvent } from '../../agent/index.ts';
import type { NewEvent } from '../../session/index.ts';
import { createLive, describeCall } from './live.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

let seq = 0;
const logged = (event: NewEvent): TaskEvent => {
  seq += 1;
  return { type: 'log', event: { v: 1, seq, at: '2026-01-01T00:00:00.000Z', ...event } };
};
const text = (words: string): TaskEvent => ({ type: 'delta', delta: { type: 'text_delta', text: words } });

const usage = {
  inputTokens: 2000,
  outputTokens: 30,
  cacheReadTokens: 1000,
  cacheWriteTokens: 0,
  reasoningTokens: 0,
  costUsd: 0.0123,
};

/** One turn that says something and runs a command, and one that ends. */
function* turns(): Generator<TaskEvent> {
  yield {
    type: 'log',
    event: {
      v: 1,
      seq: 1,
      at: '2026-01-01T00:00:00.000Z',
      type: 'session.created',
      id: 's1',
      drydockVersion: '0',
      repository: null,
      sandbox: { backend: 'docker', image: null, network: 'none', workspace: '/workspace' },
      model: 'p:m',
      contextWindow: 1000,
      editTool: 'edit',
      limits: { maxTurns: 9, maxCostUsd: null, timeoutMs: null, verify: null, verifyAttempts: 1 },
      configurationDigest: 'd',
      instructions: [],
      system: '',
      tools: [],
    },
  };
  yield logged({ type: 'model.requested', turn: 1, estimatedTokens: 1 });
  yield text('Looking');
  yield text(' around.');
  yield logged({
    type: 'model.responded',
    turn: 1,
    message: {
      role: 'assistant',
      model: 'p:m',
      content: [
        { type: 'text', text: 'Looking around.' },
        { type: 'tool_call', id: 'c1', name: 'shell', arguments: '{"command":"node test.js"}' },
      ],
    },
    stopReason: 'tool_calls',
    usage,
    durationMs: 1,
    firstTokenMs: 1,
  });
  yield logged({ type: 'tool.started', turn: 1, callId: 'c1', name: 'shell' });
  yield logged({
    type: 'tool.finished',
    turn: 1,
    callId: 'c1',
    name: 'shell',
    content: [{ type: 'text', text: 'assertion \x1b[31mfailed' }],
    isError: true,
    details: { exitCode: 1 },
    durationMs: 250,
  });
  yield logged({ type: 'notice', reason: 'loop', text: 'Do something different.' });
  yield logged({
    type: 'verify.finished',
    attempt: 1,
    command: 'npm test',
    exitCode: 0,
    output: '',
    durationMs: 3000,
  });
}

/** Goes to the beginning of the line and clears it. */
const CLEAR = '\r\x1b[K';

/** What is left to see of what was written: a line that was cleared is gone. */
const visible = (written: string) =>
  written
    .split('\n')
    .map((line) => line.split(CLEAR).at(-1))
    .join('\n');

/** The status lines among what was written, each as it stood. */
const statusLines = (pieces: readonly string[]) =>
  pieces.filter((piece) => piece.startsWith(CLEAR) && piece !== CLEAR).map((piece) => piece.slice(CLEAR.length));

function render(screen: { isTTY?: boolean; columns?: number }, env: NodeJS.ProcessEnv, events: Iterable<TaskEvent>) {
  const pieces: string[] = [];
  const live = createLive({ ...screen, write: (piece) => pieces.push(piece) }, env);
  for (const event of events) {
    live.show(event);
    vi.advanceTimersByTime(100);
  }
  live.note('stopping');
  live.stop();
  return { pieces, written: pieces.join('') };
}

const STORY = `session s1 · p:m · docker, no network
Looking around.
✗ shell node test.js 0.3s · exit 1
    assertion failed
! Do something different.
✓ verify: npm test 3.0s
stopping
`;

describe('a run as it happens', () => {
  it('is finished lines only where nobody watches: no colour, no status line', () => {
    expect(render({}, {}, turns()).written).toBe(STORY);
  });

  it('leaves the same lines on a terminal, in colour where allowed', () => {
    expect(visible(render({ isTTY: true, columns: 80 }, { NO_COLOR: '1' }, turns()).written)).toBe(STORY);
    const { written } = render({ isTTY: true, columns: 80 }, {}, turns());
    expect(written).toContain('\x1b[31m✗\x1b[39m');
    expect(written).toContain('\x1b[32m✓\x1b[39m');
  });

  it('is finished lines only on a dumb terminal', () => {
    expect(render({ isTTY: true, columns: 80 }, { TERM: 'dumb' }, turns()).written).toBe(STORY);
  });

  it('streams text piece by piece on a terminal', () => {
    const { pieces } = render({ isTTY: true, columns: 80 }, { NO_COLOR: '1' }, turns());
    expect(pieces).toContain('Looking');
    expect(pieces).toContain(' around.');
  });

  it('shows a status line that spins, with what is being done, tokens, share of the cache, cost and time', () => {
    const { pieces } = render({ isTTY: true, columns: 200 }, { NO_COLOR: '1' }, turns());
    const running = statusLines(pieces).filter((line) => line.includes('shell node test.js'));
    expect(running[0]).toMatch(
      /^[⠋-⠿] shell node test\.js 0\.\ds · 2\.0k in \(50% cached\), 30 out · \$0\.0123 · 0\.\ds in all$/,
    );
    expect(new Set(statusLines(pieces).map((line) => line[0])).size).toBeGreaterThan(2);
  });

  it('keeps the status line within the width, also where the terminal does not know its own', () => {
    for (const [columns, width] of [
      [20, 19],
      [0, 79],
    ] as const) {
      const { pieces } = render({ isTTY: true, columns }, { NO_COLOR: '1' }, turns());
      const longest = Math.max(...statusLines(pieces).map((line) => line.length));
      expect(longest).toBeLessThanOrEqual(width);
    }
  });

  it('passes no escape sequence of a model or a command on to the terminal', () => {
    const { written } = render({ isTTY: true, columns: 80 }, { NO_COLOR: '1' }, [
      text('\x1b]52;c;'),
      text('AAAA\x07 hidden \x1b[8m'),
      text('\u202e\n'),
    ]);
    expect(visible(written)).toBe('␛]52;c;AAAA hidden \nstopping\n');
  });

  it('says why a request is made again', () => {
    const error = { kind: 'overloaded', message: 'busy' } as const;
    const retried = logged({ type: 'model.retried', turn: 1, attempt: 2, delayMs: 1500, error });
    expect(render({}, {}, [retried]).written).toBe('! busy; trying again in 1.5s (2)\nstopping\n');
  });

  it('says that it compacts, then what it came to, and counts what that took', () => {
    const about = { trigger: 'turn', strategy: 'layered' } as const;
    const budget = { window: 32_000, trigger: 19_200, target: 11_520 };
    const sizes = { tokensBefore: 19_200, tokensAfter: 6400 };
    const events = [
      logged({ type: 'compaction.started', ...about, estimatedTokens: 19_200, reportedTokens: null, budget }),
      logged({
        ...{ type: 'compaction.finished', ...about, rung: 'summarise', ...sizes, actions: [], handoff: '[handoff]' },
        ...{ struck: [], usage, durationMs: 900 },
      }),
      logged({ type: 'tool.started', turn: 1, callId: 'c1', name: 'shell' }),
    ];
    const { written, pieces } = render({ isTTY: true, columns: 200 }, { NO_COLOR: '1' }, [...turns(), ...events]);
    expect(visible(written)).toContain('\ncompacted (summarise): 19.2k → 6.4k tokens\n');
    const lines = statusLines(pieces);
    expect(lines.some((line) => line.includes(' compacting 0.'))).toBe(true);
    expect(lines.at(-1)).toContain(' · 4.0k in (50% cached), 60 out · $0.0246 · ');
  });

  it('leaves no timer behind', () => {
    render({ isTTY: true, columns: 80 }, {}, turns());
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('a call in a few words', () => {
  it.each([
    ['shell', '{"command":"ls -la","timeout_ms":5}', 'shell ls -la'],
    ['read_file', '{"limit":5,"path":"a.ts"}', 'read_file a.ts'],
    [
      'apply_patch',
      JSON.stringify({ input: '*** Begin Patch\n*** Update File: a\n*** Add File: b\n' }),
      'apply_patch a, b',
    ],
    ['update_plan', '{"plan":[]}', 'update_plan'],
    ['shell', '{"command":', 'shell {"command":'],
    ['shell', '[1]', 'shell'],
    ['shell', 'null', 'shell'],
  ])('%s %s', (name, argumentsText, words) => {
    expect(describeCall(name, argumentsText)).toBe(words);
  });
});
