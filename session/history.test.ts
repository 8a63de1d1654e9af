import { describe, expect, it } from 'vitest';
import type { EventBody } from './events.ts';
import { fold } from './fold.ts';
import { applyCompaction, handleOf, parseHandle } from './history.ts';
import { finished, prompt, responded, started } from './sample-events.ts';

type Actions = Extract<EventBody, { type: 'compaction.finished' }>['actions'];

const drop = (from: string, to: string): Actions => [{ type: 'drop', from, to, items: 1, before: 1, reason: 'r' }];
const keep = (handle: string): Actions => [{ type: 'keep', handle, before: 1, reason: 'r' }];
const fold1 = (handle: string, text: string): Actions => [
  { type: 'fold', handle, before: 2, after: 1, text, reason: 'r' },
];

/** m1 the task, m2 and m3 turns with a call each, m4 a later prompt, m5 a turn. */
const history = fold([
  prompt('task'),
  responded(1, { calls: ['a'] }),
  finished(1, 'a', 'first'),
  responded(2, { calls: ['b'] }),
  finished(2, 'b', 'second'),
  prompt('more'),
  responded(3, { calls: ['c'] }),
  finished(3, 'c', 'third'),
]).history;

/** What is seen: the kind and id of each item, with the results of its calls. */
const seen = (items: typeof history) =>
  items
    .filter(({ hidden }) => !hidden)
    .map(({ id, kind, calls }) =>
      [`${kind} ${id}`, ...calls.map(({ shown, result }) => textOf(shown ?? result))].join(' '),
    );
const textOf = (result: (typeof history)[number]['calls'][number]['result']) => {
  const part = result?.content[0];
  return part?.type === 'text' ? part.text : '';
};

describe('a handle', () => {
  it('names an item, or the result of one of its calls, and is read back', () => {
    expect(handleOf({ id: 12 })).toBe('m12');
    expect(parseHandle('m12')).toEqual({ id: 12, call: null });
    expect(parseHandle(handleOf({ id: 12 }, 0))).toEqual({ id: 12, call: 0 });
  });

  it.each(['', 'm', 'm0', 'm1.0', 'm1.', 'x1', 'm1.2.3', 'out-0123456789', `m${'9'.repeat(20)}`])(
    'is not %j',
    (text) => {
      expect(parseHandle(text)).toBeNull();
    },
  );
});

describe('a history after a compaction', () => {
  it('shows the handoff in the place of what was dropped, and the prompts that stay', () => {
    const after = applyCompaction(history, { actions: [...drop('m2', 'm5'), ...keep('m4')], handoff: 'notes' });
    expect(seen(after)).toEqual(['prompt 1', 'prompt 4', 'handoff 6']);
  });

  it('shows the newer handoff only', () => {
    const once = applyCompaction(history, { actions: drop('m2', 'm2'), handoff: 'notes' });
    const twice = applyCompaction(once, { actions: drop('m3', 'm3'), handoff: 'newer' });
    expect(seen(twice)).toEqual(['prompt 1', 'handoff 7', 'prompt 4', 'response 5 third']);
  });

  it('keeps the handoff where results only become shorter', () => {
    const once = applyCompaction(history, { actions: drop('m2', 'm2'), handoff: 'notes' });
    const twice = applyCompaction(once, { actions: fold1('m3.1', 'short'), handoff: null });
    expect(seen(twice)).toEqual(['prompt 1', 'handoff 6', 'response 3 short', 'prompt 4', 'response 5 third']);
  });

  it('loses nothing: what is hidden or shorter is still there', () => {
    const after = applyCompaction(history, {
      actions: [...drop('m2', 'm3'), ...fold1('m5.1', 'short')],
      handoff: 'notes',
    });
    expect(after.flatMap(({ calls }) => calls.map(({ result }) => textOf(result)))).toEqual([
      'first',
      'second',
      'third',
    ]);
  });

  it('is the same where actions name what is not there', () => {
    const actions = [...drop('m90', 'm99'), ...fold1('m1.4', 'x'), ...fold1('nonsense', 'x'), ...drop('out-1', '')];
    expect(seen(applyCompaction(history, { actions, handoff: null }))).toEqual(seen(history));
  });

  it('goes on: what comes later is numbered behind all that was', () => {
    const compacted: EventBody = {
      type: 'compaction.finished',
      trigger: 'turn',
      strategy: 'layered',
      rung: 'ledger',
      tokensBefore: 2,
      tokensAfter: 1,
      actions: drop('m2', 'm3'),
      handoff: 'notes',
      struck: [],
      usage: {
        inputTokens: 5,
        outputTokens: 0,
        cacheReadTokens: 0,
        cacheWriteTokens: 0,
        reasoningTokens: 0,
        costUsd: 1,
      },
      durationMs: 1,
    };
    const state = fold([
      prompt('task'),
      responded(1, { calls: ['a'] }),
      finished(1, 'a'),
      responded(2, { text: 'x' }),
      compacted,
      responded(3, { calls: ['d'] }),
      started(3, 'd'),
      finished(3, 'd', 'late'),
    ]);
    expect(seen(state.history)).toEqual(['prompt 1', 'handoff 4', 'response 5 late']);
    expect(state.usage.inputTokens).toBe(5 + 3 * 10);
    expect(state.fit.compactions).toMatchObject([{ rung: 'ledger', turns: 2 }]);
  });
});

describe('what is known of a model’s room', () => {
  const requested = (countedTokens: number): EventBody => ({
    type: 'model.requested',
    turn: 1,
    estimatedTokens: 0,
    countedTokens,
  });

  it('is what the provider reported for what was counted', () => {
    const { fit } = fold([requested(8), responded(1, { text: 'x' })]);
    expect(fit).toMatchObject({
      reported: { counted: 8, tokens: 10 },
      calibration: { raw: 8, reported: 10 },
      refusedAt: null,
    });
  });

  it('is the smallest request that was refused as too long', () => {
    const refused: EventBody = {
      ...responded(1, { stopReason: 'error' }),
      error: { kind: 'overflow', message: 'too long' },
    };
    expect(fold([requested(900), refused, requested(700), refused]).fit.refusedAt).toBe(700);
  });

  it('is forgotten with the model', () => {
    const changed: EventBody = {
      type: 'model.changed',
      from: 'p:m',
      model: 'q:n',
      contextWindow: 1,
      reasoningEffort: null,
      editTool: 'edit',
      tools: [],
      configurationDigest: '',
      reason: 'resume',
    };
    expect(fold([requested(8), responded(1, { text: 'x' }), changed]).fit).toMatchObject({
      reported: null,
      calibration: null,
    });
  });
});
