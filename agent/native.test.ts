/** The strategy `native`: the provider shortens the history, and ours is the net below. */
import { describe, expect, it } from 'vitest';
import type { Strategy } from '../compaction/index.ts';
import { prompt, turn } from '../compaction/sample-items.ts';
import { factorOf, NO_USAGE } from '../models/index.ts';
import { type EventBody, fold, type NewEvent } from '../session/index.ts';
import { responded, sampleCreated } from '../session/sample-events.ts';
import type { ActiveModel } from './active-model.ts';
import { requestOf } from './request.ts';
import { createRoom } from './room.ts';

/** Usable: 80,000 tokens; the provider is asked at 64,000. */
const WINDOW = 100_000;

const activeOf = (id: string): ActiveModel => ({
  model: { id, stream: () => expect.fail('no model is asked') },
  contextWindow: WINDOW,
  maxOutputTokens: 30_000,
  prices: null,
  reasoningEffort: null,
  tools: [],
});

/** A session in memory, with its room. */
function sessionOf(transcribed: EventBody[], strategy: Strategy = 'native', at: number | null = null) {
  const created = { type: 'session.created' as const, ...sampleCreated() };
  let state = fold([created, ...transcribed]);
  const made: NewEvent[] = [];
  const session = { id: created.id, created: { ...created, v: 1, seq: 1, at: '' }, state: () => state };
  const room = createRoom({
    session,
    system: 's',
    strategy,
    at,
    hooks: { before: async () => ({ focus: '', refused: null }), after: async () => undefined },
    keep: async () => 'out-0123456789',
    signal: new AbortController().signal,
    log(event) {
      made.push(event);
      state = fold([event], state);
    },
    show: () => undefined,
  });
  return { room, made, state: () => state };
}

/** Turns that take about `tokens` each. */
const turns = (count: number, tokens: number, first = 1): EventBody[] =>
  Array.from({ length: count }, (_, index) =>
    turn(first + index, [{ name: 'shell', args: {}, result: 'word '.repeat((tokens * 4) / 5) }]),
  ).flat();

const compacted = (number: number): EventBody => {
  const said = responded(number, { text: 'On.' });
  said.message.content.unshift({ type: 'compaction', opaque: { id: 'cmp_1', encrypted_content: 'cipher' } });
  return said;
};

const rungs = (made: NewEvent[]) => made.flatMap((event) => (event.type === 'compaction.finished' ? event.rung : []));

describe('the provider', () => {
  const measured: EventBody[] = [
    { type: 'model.requested', turn: 1, estimatedTokens: 1000, countedTokens: 1000 },
    { ...responded(1, { text: 'On.' }), usage: { ...NO_USAGE, inputTokens: 1700 } },
  ];

  it('is asked at the budget’s trigger, in its own tokens, which does not move with what is measured', () => {
    expect(sessionOf([prompt('t')]).room.providerAt(activeOf('p:m'))).toBe(64_000);
    const later = sessionOf([prompt('t'), ...measured]);
    expect(factorOf(later.state().fit.calibration)).toBe(1.7);
    expect(later.room.providerAt(activeOf('p:m'))).toBe(64_000);
  });

  it('is asked where the configuration says', () => {
    expect(sessionOf([prompt('t')], 'native', 30_000).room.providerAt(activeOf('p:m'))).toBe(30_000);
  });

  it.each<Strategy>(['none', 'truncate', 'summary', 'layered'])('is not asked by %s', (strategy) => {
    expect(sessionOf([prompt('t')], strategy).room.providerAt(activeOf('p:m'))).toBeNull();
  });

  it('is told of it in the request, which has no such field else', () => {
    const active = activeOf('p:m');
    expect(requestOf(active, 's', [], [], 'key', 30_000)).toMatchObject({ compactAt: 30_000 });
    expect(requestOf(active, 's', [], [], 'key', null)).not.toHaveProperty('compactAt');
  });
});

describe('our own net', () => {
  it('leaves to the provider what it can still take', async () => {
    const { room, made } = sessionOf([prompt('task'), ...turns(14, 5000)]);
    await room.make('turn', activeOf('p:m'), []);
    expect(made).toEqual([]);
  });

  it('takes the oldest out of what it could not', async () => {
    const { room, made } = sessionOf([prompt('task'), ...turns(20, 5000)]);
    expect((await room.make('turn', activeOf('p:m'), [])).end).toBeNull();
    expect(rungs(made)).toEqual(['truncate']);
  });

  it('counts only from the provider’s compaction on, and all for another model', async () => {
    const all = [prompt('task'), ...turns(20, 5000), compacted(21), prompt('more'), ...turns(2, 5000, 22)];
    const own = sessionOf(all);
    await own.room.make('turn', activeOf('p:m'), []);
    expect(own.made).toEqual([]);
    const { messages } = requestOf(activeOf('p:m'), 's', own.state().messages, [], 'key');
    expect(messages[0]?.content[0]).toMatchObject({ type: 'compaction' });

    const other = sessionOf(all);
    await other.room.make('model', activeOf('q:n'), []);
    expect(rungs(other.made)).toEqual(['truncate']);
  });

  it('takes what the provider’s compaction stands for out too, once that itself has to go', async () => {
    const all = [prompt('task'), ...turns(20, 5000), compacted(21), prompt('more'), ...turns(20, 5000, 22)];
    const { room, made, state } = sessionOf(all);
    expect((await room.make('turn', activeOf('p:m'), [])).end).toBeNull();
    expect(rungs(made)).toEqual(['truncate']);
    const { messages } = requestOf(activeOf('p:m'), 's', state().messages, [], 'key');
    expect(messages).toEqual(state().messages);
    expect(JSON.stringify(messages)).not.toContain('cipher');
  });
});
