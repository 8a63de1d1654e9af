import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HANDOFF_MARK, RUNGS, type Strategy, seenItems, sizeOf, textOf, viewMessages } from '../compaction/index.ts';
import { transcript } from '../compaction/sample-history.ts';
import { prompt, ran, turn } from '../compaction/sample-items.ts';
import {
  estimateMessages,
  type Message,
  type Model,
  type ModelRequest,
  type ModelResponse,
  NO_USAGE,
} from '../models/index.ts';
import { type EventBody, fold, type NewEvent, parseHandle, type SessionState } from '../session/index.ts';
import { sampleCreated } from '../session/sample-events.ts';
import type { ActiveModel } from './active-model.ts';
import { budgetFor, createRoom, type Fitted, type Room, type Trigger } from './room.ts';

const SYSTEM = 'Work. <instructions file="AGENTS.md">be kind to the tests</instructions>';
const GOOD = ['Done', 'Findings', 'Decisions', 'Open', 'Next']
  .map((title) => `## ${title}\nsomething ${title}`)
  .join('\n');

/** What a model may answer when it is asked for a summary. */
const ANSWERS = {
  good: { text: GOOD },
  empty: { text: '' },
  endless: { text: `${GOOD}\n${'more and more words '.repeat(9000)}` },
  shapeless: { text: 'All went well.' },
  nested: { text: `[handoff] again\n<ledger>\nx\n</ledger>\n<summary>\n${GOOD}\n</summary>` },
  calling: { text: GOOD, call: true },
  overflow: { text: '', error: 'overflow' as const },
  down: { text: '', error: 'server' as const },
};
type Answer = keyof typeof ANSWERS;

type Played = {
  fitted: Fitted;
  before: SessionState;
  state: () => SessionState;
  events: EventBody[];
  made: NewEvent[];
  requests: ModelRequest[];
  active: ActiveModel;
  room: Room;
  again: (trigger: Trigger, more?: EventBody[]) => Promise<Fitted>;
  budget: () => ReturnType<typeof budgetFor>;
};

/** Makes the transcript fit a window, with a model that answers as told. The session is a log in memory. */
async function play(
  transcribed: EventBody[],
  contextWindow: number,
  strategy: Strategy,
  answers: readonly Answer[],
  trigger: Trigger = 'turn',
): Promise<Played> {
  const created = { type: 'session.created' as const, ...sampleCreated(), system: SYSTEM };
  const events: EventBody[] = [created, ...transcribed];
  const before = fold(events);
  let state = before;
  const made: NewEvent[] = [];
  const log = (event: NewEvent) => {
    // As it would be read back.
    const read: NewEvent = JSON.parse(JSON.stringify(event));
    made.push(read);
    events.push(read);
    state = fold([read], state);
  };
  const session = { id: created.id, created: { ...created, v: 1, seq: 1, at: '' }, state: () => state };
  const requests: ModelRequest[] = [];
  const model: Model = {
    id: 'p:m',
    async *stream(request) {
      const { text, ...how } = ANSWERS[answers[requests.length % answers.length] ?? 'good'];
      requests.push(request);
      yield { type: 'done', response: responseOf(text, how) };
    },
  };
  const active: ActiveModel = {
    model,
    contextWindow,
    maxOutputTokens: 4000,
    prices: null,
    reasoningEffort: null,
    tools: [],
  };
  const room = createRoom({
    session,
    system: SYSTEM,
    strategy,
    at: null,
    hooks: { before: async () => ({ focus: '', refused: null }), after: async () => undefined },
    keep: async () => 'out-0123456789',
    signal: new AbortController().signal,
    log,
    show: () => undefined,
  });
  const again = (why: Trigger, more: EventBody[] = []) => {
    events.push(...more);
    state = fold(more, state);
    return room.make(why, active, []);
  };
  const fitted = await again(trigger);
  const budget = () => budgetFor(session, active, null);
  return { fitted, before, state: () => state, events, made, requests, active, room, again, budget };
}

function responseOf(text: string, { call, error }: { call?: boolean; error?: 'overflow' | 'server' }): ModelResponse {
  return {
    message: {
      role: 'assistant',
      model: 'p:m',
      content: [
        ...(text === '' ? [] : [{ type: 'text' as const, text }]),
        ...(call ? [{ type: 'tool_call' as const, id: 'c', name: 'shell', arguments: '{}' }] : []),
      ],
    },
    stopReason: error ? 'error' : 'end',
    usage: NO_USAGE,
    ...(error ? { error: { kind: error, message: error } } : {}),
  };
}

const windows = fc.constantFrom(1000, 2000, 4000, 8000, 16_000, 32_000, 128_000);
const strategies = fc.constantFrom<Strategy>('truncate', 'summary', 'layered', 'native');
const answers = fc.array(fc.constantFrom(...(Object.keys(ANSWERS) as Answer[])), { minLength: 1, maxLength: 4 });
const cases = fc.tuple(transcript, windows, strategies, answers);

const views = (state: SessionState) => JSON.stringify(state.messages);
const prompts = (state: SessionState) => state.history.filter(({ kind }) => kind === 'prompt');
const handoffs = (state: SessionState) => seenItems(state.history).filter(({ kind }) => kind === 'handoff');

/** Each call is answered, once, behind its message and in order; nothing else is an answer. */
function expectPairs(messages: readonly Message[]): void {
  const open: string[] = [];
  for (const message of messages) {
    if (message.role === 'tool') expect(message.callId).toBe(open.shift());
    else expect(open).toEqual([]);
    if (message.role === 'assistant') {
      open.push(...message.content.flatMap((part) => (part.type === 'tool_call' ? [part.id] : [])));
    }
  }
  expect(open).toEqual([]);
}

describe('a history that is made to fit', () => {
  it('fits, or the run ends and says what fills the window', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ([events, window, strategy, given]) => {
        const { fitted, state, budget } = await play(events, window, strategy, given);
        const size = estimateMessages(state().messages) + Math.ceil(SYSTEM.length / 4);
        if (fitted.end === null && !given.includes('down')) expect(size).toBeLessThanOrEqual(budget().usable + 8);
        if (fitted.end !== null) {
          expect(fitted.end.outcome).toBe('limit');
          expect(fitted.end.message).toMatch(
            /^context too small: .*(messages of the user|the newest turn|system prompt) /s,
          );
        }
      }),
    );
  });

  it('asks the model a bounded number of times', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ([events, window, strategy, given]) => {
        const { requests } = await play(events, window, strategy, given);
        expect(requests.length).toBeLessThanOrEqual(2 * 8);
      }),
    );
  });

  it('keeps every call with its result, and the order of what stays', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ([events, window, strategy, given]) => {
        const { state, requests } = await play(events, window, strategy, given);
        expectPairs(state().messages);
        for (const request of requests)
          expectPairs(request.messages.filter((_, index) => index < request.messages.length - 1));
        const ids = seenItems(state().history).flatMap(({ id, kind }) => (kind === 'handoff' ? [] : [id]));
        expect(ids).toEqual(ids.toSorted((a, b) => a - b));
      }),
    );
  });

  it('keeps the task and the newest message of the user word for word, and the instructions where they are', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ([events, window, strategy, given]) => {
        const { state } = await play(events, window, strategy, given);
        const said = prompts(state());
        for (const item of [said[0], said.at(-1)]) expect(state().messages).toContainEqual(item?.message);
        for (const item of handoffs(state())) expect(textOf(item.message)).not.toContain('be kind to the tests');
      }),
    );
  });

  it('has at most one handoff, which holds no other, before everything that came after what it stands for', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ([events, window, strategy, given]) => {
        const { state, made } = await play(events, window, strategy, given);
        const [handoff, ...others] = handoffs(state());
        expect(others).toEqual([]);
        if (handoff === undefined) return;
        const text = textOf(handoff.message);
        expect(text.split(HANDOFF_MARK)).toHaveLength(2);
        expect(text.split('<summary>').length).toBeLessThanOrEqual(2);
        const dropped = made.flatMap((event) =>
          event.type === 'compaction.finished'
            ? event.actions.flatMap((action) => (action.type === 'drop' ? [action.to] : []))
            : [],
        );
        const end = Math.max(...dropped.map((to) => parseHandle(to)?.id ?? 0));
        const at = seenItems(state().history).indexOf(handoff);
        const behind = seenItems(state().history).slice(at + 1);
        expect(behind.every(({ id }) => id > end)).toBe(true);
      }),
    );
  });

  it('accounts for all that left the view, or is shown shorter, by an action', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ([events, window, strategy, given]) => {
        const { before, state, made } = await play(events, window, strategy, given);
        const actions = made.flatMap((event) => (event.type === 'compaction.finished' ? event.actions : []));
        const ranges = actions.flatMap((action) =>
          action.type === 'drop' ? [[parseHandle(action.from)?.id ?? 0, parseHandle(action.to)?.id ?? 0] as const] : [],
        );
        const shorter = new Set(actions.flatMap((action) => ('text' in action ? [action.handle] : [])));
        const after = new Map(state().history.map((item) => [item.id, item]));
        for (const item of seenItems(before.history)) {
          const now = after.get(item.id);
          if (now?.hidden) expect(ranges.some(([from, to]) => item.id >= from && item.id <= to)).toBe(true);
          for (const [index, call] of now?.calls.entries() ?? []) {
            if (call.shown !== item.calls[index]?.shown) expect(shorter).toContain(`m${item.id}.${index + 1}`);
            expect(call.result).toEqual(item.calls[index]?.result);
          }
        }
      }),
    );
  });

  it('is the same view when the log is read again, after every event of it', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ([events, window, strategy, given]) => {
        const { before, state, events: all } = await play(events, window, strategy, given);
        expect(views(fold(all))).toBe(views(state()));
        const seen = new Set([views(before)]);
        let live = before;
        for (const event of all.slice(events.length + 1)) {
          live = fold([event], live);
          if (event.type === 'compaction.finished') seen.add(views(live));
          expect(seen).toContain(views(live));
        }
      }),
    );
  });

  it('comes out the same from the same log', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ([events, window, strategy, given]) => {
        const timeless = (made: NewEvent[]) => made.map((event) => ({ ...event, durationMs: 0 }));
        const [one, two] = [await play(events, window, strategy, given), await play(events, window, strategy, given)];
        expect(timeless(one.made)).toEqual(timeless(two.made));
      }),
    );
  });

  it('keeps at a second time what the first has kept, unless an action says otherwise', async () => {
    await fc.assert(
      fc.asyncProperty(cases, transcript, async ([events, window, strategy, given], more) => {
        const played = await play(events, window, strategy, given);
        const first = played.state();
        const earlier = played.made.length;
        await played.again('turn', more);
        const actions = played.made
          .slice(earlier)
          .flatMap((event) => (event.type === 'compaction.finished' ? event.actions : []));
        const after = new Map(played.state().history.map((item) => [item.id, item]));
        const replaced = played.made
          .slice(earlier)
          .some((event) => event.type === 'compaction.finished' && event.handoff !== null);
        for (const item of seenItems(first.history)) {
          const now = after.get(item.id);
          if (item.kind === 'handoff') expect(now?.hidden).toBe(replaced);
          else if (now?.hidden) expect(actions.some((action) => action.type === 'drop')).toBe(true);
          else expect(now?.message).toEqual(item.message);
        }
        // A later summary is made in sight of the earlier one.
        const asked = played.requests.at(-1);
        const [handoff] = handoffs(first);
        if (
          replaced &&
          handoff &&
          asked &&
          played.made.slice(earlier).some((event) => event.type === 'compaction.finished' && event.rung === 'summarise')
        ) {
          const text = asked.messages.map(textOf).join('\n');
          expect(text).toContain('The handoff above came from an earlier shortening');
        }
      }),
    );
  });

  it('is not changed where no rung of the strategy is to be taken', async () => {
    await fc.assert(
      fc.asyncProperty(transcript, windows, async (events, window) => {
        const { made, requests, fitted } = await play(events, window, 'none', ['good']);
        expect([made, requests, fitted.end]).toEqual([[], [], null]);
      }),
    );
    expect(RUNGS.none).toEqual([]);
  });
});

describe('a compaction by command of a history for which there is room', () => {
  it('leaves the newest turns as they are, whatever the model answers', async () => {
    await fc.assert(
      fc.asyncProperty(transcript, strategies, answers, async (events, strategy, replies) => {
        const { before, state, made, budget } = await play(events, 128_000, strategy, replies, 'command');
        let room = budget().tail;
        const newest: string[] = [];
        for (const item of seenItems(before.history).toReversed()) {
          room -= sizeOf(item);
          if (room < 0) break;
          newest.unshift(...viewMessages([item]).map((message) => JSON.stringify(message)));
        }
        const now = state().messages.map((message) => JSON.stringify(message));
        expect(now.slice(now.length - newest.length)).toEqual(newest);
        if (newest.length === before.messages.length) {
          expect(made.filter(({ type }) => type === 'compaction.finished')).toEqual([]);
        }
      }),
    );
  });
});

describe('before a request has to be made shorter', () => {
  const file = (path: string, lines: number) => [
    {
      name: 'read_file',
      args: { path },
      result: `${path} line\n`.repeat(lines),
      details: { first: 1, last: lines, lines },
    },
  ];
  const anew = { name: 'write_file', args: { path: 'a.ts', content: 'x' } };
  const small = Array.from({ length: 10 }, (_, index) => turn(index + 3, [ran(`ls ${index}`, 0, 'short')]));

  it('folds what tells nothing any more, where that pays, and asks no model', async () => {
    const events = [prompt('task'), turn(1, file('a.ts', 4000)), turn(2, [anew]), ...small].flat();
    const { made, requests, state } = await play(events, 64_000, 'layered', ['good']);
    expect(made).toMatchObject([
      { type: 'compaction.started' },
      { type: 'compaction.finished', rung: 'fold', handoff: null },
    ]);
    expect(requests).toEqual([]);
    expect(textOf(state().messages[2] ?? { role: 'user', content: [] })).toMatch(
      /^\[folded: read_file a\.ts, .* recall m2\.1\]$/,
    );
  });

  it('leaves it where more would be written to the cache again than is saved', async () => {
    const events = [
      prompt('task'),
      turn(1, file('a.ts', 500)),
      turn(2, [anew]),
      turn(3, file('b.ts', 8000)),
      ...small,
    ].flat();
    const { made } = await play(events, 64_000, 'layered', ['good']);
    expect(made).toEqual([]);
  });
});

describe('a result that is too large for the window', () => {
  const guarded = async (strategy: Strategy, calls: number) => {
    const { room, active } = await play([prompt('task')].flat(), 16_000, strategy, ['good']);
    const whole = {
      content: [{ type: 'text' as const, text: 'a line of it\n'.repeat(5000) }],
      isError: false,
      details: { exitCode: 0 },
    };
    const guard = room.clipping(
      { before: async () => null, after: async (_call, _turn, result) => result },
      active,
      calls,
    );
    return guard.after({ type: 'tool_call', id: 'c', name: 'shell', arguments: '{}' }, 1, whole);
  };

  it('keeps head and tail, and names where the whole is', async () => {
    const { content, details } = await guarded('layered', 1);
    expect(details).toEqual({ exitCode: 0, output: 'out-0123456789' });
    expect(content).toMatchObject([
      {
        text: expect.stringMatching(
          /^a line of it\n.*65000 bytes in all, shortened here: out-0123456789 has the whole/s,
        ),
      },
    ]);
  });

  it('takes less where several come at once', async () => {
    const size = async (calls: number) => JSON.stringify(await guarded('layered', calls)).length;
    expect(await size(8)).toBeLessThan((await size(1)) / 3);
  });

  it('is left whole where the history is never made shorter', async () => {
    expect((await guarded('none', 1)).details).toEqual({ exitCode: 0 });
  });
});
