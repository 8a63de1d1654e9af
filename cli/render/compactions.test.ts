import { describe, expect, it } from 'vitest';
import { NO_USAGE } from '../../models/index.ts';
import type { SessionEvent } from '../../session/index.ts';
import { compaction, describeCompactions } from './compactions.ts';

const plain = (_style: unknown, text: string) => text;
const place = { v: 1, seq: 1, at: '2026-11-30T00:00:00.000Z' };
const responded = (turn: number, inputTokens: number): SessionEvent => ({
  ...place,
  type: 'model.responded',
  turn,
  message: { role: 'assistant', model: 'p:m', content: [] },
  stopReason: 'end',
  usage: { ...NO_USAGE, inputTokens },
  durationMs: 1,
  firstTokenMs: 1,
});
const failed = (reason: string, text: string) => ({
  ...place,
  type: 'compaction.failed' as const,
  trigger: 'turn' as const,
  strategy: 'layered' as const,
  rung: 'summarise' as const,
  reason,
  text,
  usage: NO_USAGE,
  durationMs: 3,
});
const started = {
  ...place,
  type: 'compaction.started' as const,
  trigger: 'turn' as const,
  strategy: 'layered' as const,
  estimatedTokens: 19_200,
  reportedTokens: 18_900,
  budget: { window: 32_000, trigger: 19_200, target: 11_520 },
  focus: 'the port',
};
const finished = {
  ...place,
  type: 'compaction.finished' as const,
  trigger: 'turn' as const,
  strategy: 'layered' as const,
  rung: 'fold_all' as const,
  tokensBefore: 19_200,
  tokensAfter: 6400,
  actions: [
    { type: 'drop' as const, from: 'm2', to: 'm9', items: 7, before: 9000, reason: 'to save room' },
    { type: 'keep' as const, handle: 'm5', before: 20, reason: 'said by the user' },
    ...Array.from({ length: 9 }, (_, index) => {
      return {
        type: 'fold' as const,
        handle: `m${index + 10}.1`,
        before: 900,
        after: 30,
        text: '[folded]',
        reason: 'to save room',
      };
    }),
  ],
  handoff: '[handoff] notes\n\u001b[31mred',
  struck: ['a file that was never named: a/b.ts'],
  usage: { ...NO_USAGE, inputTokens: 9000, outputTokens: 300, costUsd: 0.01 },
  durationMs: 1200,
};

describe('a compaction as it happens', () => {
  it('is one line of what it came to', () => {
    expect(compaction(finished, plain)).toBe('compacted (fold_all): 19.2k → 6.4k tokens, 1 struck from the summary');
  });

  it('says why a step did not work, but not the text of a summary that was refused', () => {
    expect(compaction(failed('empty', ''), plain)).toBe('! compaction, summarise: empty; taking the next step');
    expect(compaction(failed('unstructured', 'All is well'), plain)).not.toContain('All is well');
    expect(compaction(failed('server', 'The server had an error'), plain)).toContain(
      'server (The server had an error)',
    );
  });

  it('says nothing where the next step, or the end, says what matters', () => {
    const lines = ['too_little', 'nothing', 'aborted'].map((reason) => compaction(failed(reason, 'words'), plain));
    expect([...lines, compaction(started, plain)]).toEqual(['', '', '', '']);
  });
});

describe('the compactions of a session', () => {
  it('are told with sizes, what went, what stayed, what was struck and what did not work', () => {
    const refused = {
      ...failed('empty', ''),
      usage: { ...NO_USAGE, inputTokens: 800, outputTokens: 2, costUsd: 0.001 },
    };
    const text = describeCompactions([responded(12, 18_900), started, refused, finished, responded(13, 6350)], plain);
    expect(text.split('\n').slice(0, 16)).toEqual([
      'compaction 1, after turn 12: layered, fold_all (turn)',
      '  19.2k → 6.4k tokens estimated, 18.9k → 6.3k reported; 1.2s, 9.0k tokens in (0% cached), 300 out, $0.0100',
      '  focus: the port',
      '  summarise did not work: empty, 800 tokens in (0% cached), 2 out, $0.0010',
      '  dropped m2 to m9: 7 items, 9.0k tokens, to save room',
      '  kept m5: 20 tokens, said by the user',
      ...[10, 11, 12, 13, 14, 15, 16, 17].map((id) => `  folded m${id}.1: 900 → 30 tokens, to save room`),
      '  … and 1 more made shorter',
      '  struck: a file that was never named: a/b.ts',
    ]);
    expect(text).toContain('    [handoff] notes\n    red');
    expect(text).toMatch(/; the model reads it with recall$/);
  });

  it('are numbered, and one that changed nothing is told without a number, where it was', () => {
    const text = describeCompactions(
      [
        ...[responded(3, 0), started, finished, responded(4, 500)],
        ...[started, failed('server', 'down'), responded(5, 600), started, finished],
      ],
      plain,
    );
    expect(text.match(/^\S.*$/gm)?.slice(0, -1)).toEqual([
      'compaction 1, after turn 3: layered, fold_all (turn)',
      'nothing changed after turn 4: layered (turn)',
      'compaction 2, after turn 5: layered, fold_all (turn)',
    ]);
    expect(text).toContain('  summarise did not work: server (down)');
    expect(text.match(/, \S+ → \S+ reported/g)).toEqual([', nothing → 500 reported', ', 600 → nothing reported']);
  });

  it('of a strategy without recall do not speak of it', () => {
    const truncated = { strategy: 'truncate', rung: 'truncate' } as const;
    const text = describeCompactions(
      [
        { ...started, ...truncated },
        { ...finished, ...truncated },
      ],
      plain,
    );
    expect(text).not.toContain('recall');
  });

  it('are none, and that is said', () => {
    expect(describeCompactions([responded(1, 10)], plain)).toBe('no compactions: the whole history is still in view');
  });
});
