import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Message } from '../models/index.ts';
import type { EventBody } from './events.ts';
import { fold, interruptedResults } from './fold.ts';
import { finished, prompt, responded, runFinished, sampleCreated, started } from './sample-events.ts';

const created = { type: 'session.created' as const, ...sampleCreated() };

/** Messages in short: the role, and the text or the ids of the calls. */
function shape(messages: readonly Message[]): string[] {
  return messages.map((message) => {
    if (message.role === 'tool') return `tool ${message.callId}${message.isError ? ' error' : ''}`;
    const parts = message.content.map((part) =>
      part.type === 'tool_call' ? `call ${part.id}` : part.type === 'text' ? part.text : part.type,
    );
    return [message.role, ...parts].join(' ');
  });
}

/** What follows an assistant message must be its calls' results, one each, in their order, and no others anywhere. */
function expectPaired(messages: readonly Message[]): void {
  const expected: string[] = [];
  for (const message of messages) {
    if (message.role === 'tool') {
      expect(message.callId).toBe(expected.shift());
      continue;
    }
    expect(expected).toEqual([]);
    if (message.role === 'assistant') {
      expected.push(...message.content.filter((part) => part.type === 'tool_call').map((call) => call.id));
    }
  }
  expect(expected).toEqual([]);
}

describe('the model', () => {
  const first = { model: 'p:m', contextWindow: 1000, reasoningEffort: null, editTool: 'edit' };
  const second = { model: 'q:n', contextWindow: 2000, reasoningEffort: 'high', editTool: 'apply_patch' } as const;
  const changed: EventBody = {
    type: 'model.changed',
    from: 'p:m',
    ...second,
    tools: [],
    configurationDigest: 'e',
    reason: 'resume',
  };

  it('is that of the session until it changes, and then the newest, whatever happens after', () => {
    expect(fold([]).model).toBeNull();
    expect(fold([created, prompt('t')]).model).toEqual(first);
    const moved = fold([created, prompt('t'), responded(1, { text: 'a' }), changed, prompt('u'), runFinished()]);
    expect(moved.model).toEqual(second);
    expect(shape(moved.messages)).toEqual(['user t', 'assistant a', 'user u']);
  });
});

describe('what fits', () => {
  const requested = (turn: number, countedTokens: number): EventBody => ({
    type: 'model.requested',
    turn,
    estimatedTokens: countedTokens,
    countedTokens,
  });

  it('is not measured by a request that the provider has shortened itself', () => {
    const said = responded(2, { text: 'so' });
    said.message.content.unshift({ type: 'compaction', opaque: { id: 'cmp_1' } });
    const before = [created, prompt('t'), requested(1, 8), responded(1, { text: 'a' })];
    const { calibration, reported } = fold(before).fit;
    expect(reported).toEqual({ counted: 8, tokens: 10 });
    expect(fold([...before, requested(2, 9), said]).fit).toMatchObject({ calibration, reported });
  });
});

describe('the history', () => {
  it('has prompts and notices as user messages', () => {
    const state = fold([created, prompt('task'), { type: 'notice', reason: 'loop', text: 'again' }]);
    expect(shape(state.messages)).toEqual(['user task', 'user again']);
    expect(state.created?.id).toBe(created.id);
    expect(state.lastPrompt).toEqual(prompt('task').content);
  });

  it('has results in the order of their calls, whatever order they came in', () => {
    const events = [prompt('t'), responded(1, { calls: ['a', 'b', 'c'] }), finished(1, 'c'), finished(1, 'a')];
    expect(shape(fold(events).messages)).toEqual(['user t', 'assistant call a call b call c', 'tool a', 'tool c']);
    expect(shape(fold([...events, finished(1, 'b')]).messages).slice(2)).toEqual(['tool a', 'tool b', 'tool c']);
  });

  it('puts a late result after its call, before what was said in between', () => {
    const state = fold([responded(1, { calls: ['a'] }), prompt('more'), finished(1, 'a')]);
    expect(shape(state.messages)).toEqual(['assistant call a', 'tool a', 'user more']);
  });

  it('leaves a failed response out, but counts what it cost', () => {
    const state = fold([prompt('t'), responded(1, { text: 'half', calls: ['a'], stopReason: 'error' })]);
    expect(shape(state.messages)).toEqual(['user t']);
    expect(state).toMatchObject({ turns: 0, usage: { inputTokens: 10, costUsd: 0.5 } });
    expect(state.pendingCalls).toEqual({ started: [], notStarted: [] });
  });

  it('leaves an empty response out', () => {
    expect(fold([responded(1, {})]).messages).toEqual([]);
  });

  it('answers the calls of a cut response, which are never run, with errors', () => {
    const state = fold([responded(1, { text: 'x', calls: ['a', 'b'], stopReason: 'max_tokens' }), finished(1, 'a')]);
    expect(shape(state.messages)).toEqual(['assistant x call a call b', 'tool a error', 'tool b error']);
    expect(state.pendingCalls).toEqual({ started: [], notStarted: [] });
  });

  it('tells calls with the same id in different turns apart', () => {
    const state = fold([
      responded(1, { calls: ['call_0'] }),
      finished(1, 'call_0', 'first'),
      responded(2, { calls: ['call_0'] }),
      started(2, 'call_0'),
      finished(2, 'call_0', 'second'),
    ]);
    const texts = state.messages.flatMap((message) => (message.role === 'tool' ? message.content : []));
    expect(texts).toEqual([
      { type: 'text', text: 'first' },
      { type: 'text', text: 'second' },
    ]);
  });

  it('ignores a result without a call, and a second result', () => {
    const once = fold([responded(1, { calls: ['a'] }), finished(1, 'a')]);
    expect(fold([finished(1, 'a', 'again'), finished(1, 'z')], once)).toEqual(once);
  });
});

describe('the state', () => {
  it('has the plan of the newest successful update_plan', () => {
    const plan = [{ step: 's', status: 'pending' as const }];
    const update = { ...finished(1, 'a'), name: 'update_plan', details: { plan } };
    expect(fold([update]).plan).toEqual(plan);
    expect(fold([update, { ...update, isError: true, details: { plan: [] } }]).plan).toEqual(plan);
  });

  it('forgets the outcome of the last run when a new prompt comes', () => {
    const ended = fold([prompt('t'), runFinished()]);
    expect(ended.lastOutcome).toEqual(runFinished());
    expect(fold([prompt('next')], ended).lastOutcome).toBeNull();
  });

  it('has all checkpoints and the newest export', () => {
    const checkpoint: EventBody = { type: 'checkpoint', commit: 'c', tree: 't', files: [], trigger: 'turn' };
    const exported = { branch: 'b', commit: 'c', base: 'b', files: [], flattened: [], patchHandle: null };
    const state = fold([checkpoint, { ...checkpoint, commit: 'd' }, { type: 'exported', ...exported }]);
    expect(state.checkpoints.map((each) => each.commit)).toEqual(['c', 'd']);
    expect(state.exported).toEqual({ type: 'exported', ...exported });
  });

  it('is not changed by an unknown event', () => {
    const state = fold([created, prompt('t')]);
    expect(fold([{ type: 'unknown', originalType: 'x' }], state)).toEqual(state);
  });
});

describe('interruptedResults', () => {
  it('reports calls that had started as interrupted and the others as not run', () => {
    const state = fold([responded(3, { calls: ['a', 'b', 'c'] }), started(3, 'c'), started(3, 'a'), finished(3, 'a')]);
    const results = interruptedResults(state);
    expect(results.map(({ turn, callId, details }) => [turn, callId, details.status])).toEqual([
      [3, 'c', 'interrupted'],
      [3, 'b', 'not_run'],
    ]);
    expect(results[0]?.content).toEqual([{ type: 'text', text: expect.stringContaining('may have had effects') }]);
    expect(shape(fold(results, state).messages).slice(1)).toEqual(['tool a', 'tool b error', 'tool c error']);
  });

  it('has nothing to add to a turn that is complete', () => {
    expect(interruptedResults(fold([responded(1, { calls: ['a'] }), finished(1, 'a')]))).toEqual([]);
  });
});

describe('any sequence of events', () => {
  // Few ids and turns, so that orphans, doubles and the same id in several turns are common.
  const id = fc.constantFrom('a', 'b', 'c');
  const turn = fc.integer({ min: 1, max: 3 });
  const stopReason = fc.constantFrom('end', 'tool_calls', 'max_tokens', 'pause', 'error');
  const event = fc.oneof(
    fc.string().map(prompt),
    fc
      .record({ turn, text: fc.string(), calls: fc.array(id, { maxLength: 4 }), stopReason })
      .map((response) => responded(response.turn, response)),
    fc.tuple(turn, id).map(([t, callId]) => started(t, callId)),
    fc.tuple(turn, id).map(([t, callId]) => finished(t, callId)),
    fc.constant(runFinished()),
  );
  const events = fc.array(event, { maxLength: 30, size: 'max' });

  it('gives a history whose calls all have one result, once the open ones are closed', () => {
    fc.assert(
      fc.property(events, (all) => {
        const state = fold(all);
        const closed = fold(interruptedResults(state), state);
        expectPaired(closed.messages);
        expect(closed.pendingCalls).toEqual({ started: [], notStarted: [] });
      }),
    );
  });

  it('folds the same in one piece and in two, and leaves the state in between as it was', () => {
    fc.assert(
      fc.property(events, fc.nat(30), (all, cut) => {
        const prefix = fold(all.slice(0, cut));
        const before = structuredClone(prefix);
        expect(fold(all.slice(cut), prefix)).toEqual(fold(all));
        expect(prefix).toEqual(before);
      }),
    );
  });
});
