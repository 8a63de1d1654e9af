import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NO_USAGE } from '../../models/index.ts';
import type { EventBody, SessionEvent } from '../events.ts';
import { fold } from '../fold.ts';
import { finished, prompt, responded, runFinished, sampleCreated } from '../sample-events.ts';
import { toAtif } from './atif.ts';
import { type AtifTrajectory, atifSchema } from './atif-schema.ts';

const CREATED: EventBody = { type: 'session.created', ...sampleCreated('s1') };
const HANDOFF = { type: 'compaction.finished', trigger: 'turn', strategy: 'layered', rung: 'summarise' } as const;

/** The events in a log, a second apart. */
const logged = (bodies: readonly EventBody[]): SessionEvent[] =>
  bodies.map((body, index) => ({
    v: 1,
    seq: index + 1,
    at: new Date(Date.UTC(2026, 0, 1) + index * 1000).toISOString(),
    ...body,
  }));

/** The trajectory as it is read back from its file. */
function exported(...bodies: EventBody[]): AtifTrajectory {
  return atifSchema.parse(JSON.parse(JSON.stringify(toAtif(logged([CREATED, ...bodies])))));
}

function compacted(
  actions: Extract<EventBody, { type: 'compaction.finished' }>['actions'],
  handoff: string | null,
): Extract<EventBody, { type: 'compaction.finished' }> {
  const usage = { ...NO_USAGE, inputTokens: 7, outputTokens: 3, costUsd: 0.25 };
  return { ...HANDOFF, tokensBefore: 900, tokensAfter: 90, actions, handoff, struck: [], usage, durationMs: 5 };
}

describe('an ATIF trajectory', () => {
  it('has the system prompt, the user’s words and each response with the results of its calls, as steps', () => {
    const { steps, ...root } = exported(
      prompt('Mend it'),
      responded(1, { text: 'I look.', calls: ['a', 'b'] }),
      finished(1, 'b', 'second'),
      finished(1, 'a', 'first'),
      { type: 'notice', reason: 'verify_failed', text: 'not yet' },
      responded(2, { text: 'Done.' }),
      runFinished(),
    );
    expect(root).toMatchObject({
      schema_version: 'ATIF-v1.7',
      session_id: 's1',
      agent: { name: 'drydock', version: '0.1.0', model_name: 'p:m' },
      final_metrics: { total_prompt_tokens: 20, total_completion_tokens: 0, total_cost_usd: 1, total_steps: 5 },
      extra: { runs: [{ outcome: 'completed', exit_code: 0 }] },
    });
    expect(steps.map(({ source, message }) => [source, message])).toEqual([
      ['system', 's'],
      ['user', 'Mend it'],
      ['agent', 'I look.'],
      ['user', 'not yet'],
      ['agent', 'Done.'],
    ]);
    expect(steps[2]).toMatchObject({
      step_id: 3,
      timestamp: '2026-01-01T00:00:02.000Z',
      model_name: 'p:m',
      tool_calls: [
        { tool_call_id: 'a', function_name: 'shell', arguments: {} },
        { tool_call_id: 'b', function_name: 'shell', arguments: {} },
      ],
      observation: {
        results: [
          { source_call_id: 'b', content: 'second' },
          { source_call_id: 'a', content: 'first' },
        ],
      },
      metrics: { prompt_tokens: 10, cost_usd: 0.5 },
    });
    expect(steps[3]?.extra).toEqual({ notice: 'verify_failed' });
  });

  it('counts what was read from the cache among the prompt’s tokens', () => {
    const usage = { ...NO_USAGE, inputTokens: 100, cacheReadTokens: 80, cacheWriteTokens: 15, outputTokens: 9 };
    const { steps, final_metrics } = exported(prompt('x'), { ...responded(1, { text: 'y' }), usage });
    expect(steps[2]).toMatchObject({
      metrics: { prompt_tokens: 100, cached_tokens: 80, completion_tokens: 9, extra: { cache_write_tokens: 15 } },
    });
    expect(final_metrics).toMatchObject({ total_prompt_tokens: 100, total_cached_tokens: 80 });
  });

  it('has no cost where the price of a request is not known', () => {
    const unpriced = { ...responded(1, { text: 'y' }), usage: { ...NO_USAGE, inputTokens: 1, costUsd: null } };
    const { steps, final_metrics } = exported(prompt('x'), unpriced, responded(2, { text: 'z' }));
    expect(final_metrics).not.toHaveProperty('total_cost_usd');
    expect(steps[2]).not.toHaveProperty('metrics.cost_usd');
    expect(steps[3]).toHaveProperty('metrics.cost_usd', 0.5);
  });

  it('has reasoning, effort and the model of each response', () => {
    const other = { ...responded(2, { text: 'b' }) };
    const { steps } = exported(
      prompt('x'),
      {
        ...responded(1, {}),
        message: {
          role: 'assistant',
          model: 'p:m',
          content: [
            { type: 'reasoning', text: 'hm', opaque: { signature: 'z' } },
            { type: 'text', text: 'a' },
          ],
        },
      },
      {
        type: 'model.changed',
        from: 'p:m',
        model: 'q:n',
        contextWindow: 1,
        reasoningEffort: 'high',
        editTool: 'edit',
        tools: [],
        configurationDigest: '',
        reason: 'resume',
      },
      { ...other, message: { ...other.message, model: 'q:n' } },
    );
    expect(steps[2]).toMatchObject({ model_name: 'p:m', message: 'a', reasoning_content: 'hm' });
    expect(steps[2]).not.toHaveProperty('reasoning_effort');
    expect(steps[3]).toMatchObject({ model_name: 'q:n', reasoning_effort: 'high' });
  });

  it('keeps arguments that are no object as they came', () => {
    const call = { type: 'tool_call', id: 'a', name: 'shell' } as const;
    const response = responded(1, {});
    const content = [
      { ...call, arguments: '{"command": "l' },
      { ...call, id: 'b', arguments: '[1]' },
      { ...call, id: 'c', arguments: '{"command":"ls"}' },
      { ...call, id: 'd', arguments: '' },
    ];
    const { steps } = exported(prompt('x'), { ...response, message: { ...response.message, content } });
    expect(steps[2]).toMatchObject({
      tool_calls: [
        { arguments: {}, extra: { raw_arguments: '{"command": "l' } },
        { arguments: {}, extra: { raw_arguments: '[1]' } },
        { arguments: { command: 'ls' } },
        { arguments: {} },
      ],
    });
    expect(steps[2]).not.toHaveProperty('tool_calls.2.extra');
  });

  it('shows a failed request with its error, and the retries before a response', () => {
    const error = { kind: 'overloaded', message: 'busy' } as const;
    const failed = { ...responded(1, { text: 'half', calls: ['a'], stopReason: 'error' }), error } as const;
    const retried = { type: 'model.retried', turn: 1, attempt: 1, delayMs: 5, error } as const;
    const { steps } = exported(prompt('x'), failed, retried, retried, responded(1, { text: 'whole' }));
    expect(steps[2]).toMatchObject({ message: 'half', extra: { stop_reason: 'error', error } });
    // Its call was never run.
    expect(steps[2]).not.toHaveProperty('tool_calls');
    expect(steps[3]).toMatchObject({ message: 'whole', extra: { retries: 2 } });
  });

  it('gives a result to the call of its own turn, where a server uses an id again', () => {
    const { steps } = exported(
      prompt('x'),
      responded(1, { calls: ['a'] }),
      responded(2, { calls: ['a'] }),
      finished(1, 'a', 'first'),
      finished(2, 'a', 'second'),
    );
    expect(steps.slice(2).map(({ observation }) => observation?.results[0]?.content)).toEqual(['first', 'second']);
  });

  it('says of a call that was cut off that it was not run', () => {
    const { steps } = exported(prompt('x'), responded(1, { calls: ['a'], stopReason: 'max_tokens' }));
    expect(steps[2]?.observation?.results).toMatchObject([
      { source_call_id: 'a', content: expect.stringMatching(/^not run/), extra: { is_error: true } },
    ]);
  });

  it('defines the tools that are known, and those that MCP servers offer', () => {
    const spec = { name: 'shell', description: 'runs', parameters: { type: 'object' } };
    const listed: EventBody = {
      type: 'mcp.listed',
      configurationDigest: 'd',
      tools: [{ name: 'm__x', server: 'm', tool: 'x', description: 'does', parameters: {} }],
      problems: [],
    };
    const { agent } = atifSchema.parse(toAtif(logged([CREATED, listed]), [spec]));
    expect(agent.tool_definitions).toEqual([
      { type: 'function', function: spec },
      { type: 'function', function: { name: 'm__x', description: 'does', parameters: {} } },
    ]);
  });

  it('marks what a fork has copied, and leaves it out of the totals', () => {
    const forked: EventBody = { ...CREATED, forkedFrom: { session: 's0', turn: 1 } };
    const events = [forked, prompt('x'), responded(1, { text: 'a' }), prompt('again'), responded(2, { text: 'b' })];
    const { steps, final_metrics } = atifSchema.parse(toAtif(logged(events)));
    expect(steps.map((step) => step.is_copied_context === true)).toEqual([true, true, true, false, false]);
    expect(final_metrics).toMatchObject({ total_prompt_tokens: 10, total_cost_usd: 0.5 });
  });

  it('is forbidden to have keys of its own', () => {
    const trajectory = toAtif(logged([CREATED]));
    expect(atifSchema.safeParse(trajectory).success).toBe(true);
    expect(atifSchema.safeParse({ ...trajectory, outcome: 'completed' }).success).toBe(false);
    const steps = trajectory.steps.map((step) => ({ ...step, turn: 1 }));
    expect(atifSchema.safeParse({ ...trajectory, steps }).success).toBe(false);
  });
});

describe('a compaction', () => {
  it('is a step of the system with what the model reads in the place of the steps before, and its own tokens', () => {
    const { steps, final_metrics } = exported(
      prompt('task'),
      responded(1, { calls: ['a'] }),
      finished(1, 'a', 'long'),
      responded(2, { text: 'on' }),
      compacted([{ type: 'drop', from: 'm2', to: 'm2', items: 1, before: 800, reason: 'r' }], 'notes'),
      responded(3, { text: 'Done.' }),
    );
    expect(steps[4]).toMatchObject({
      source: 'system',
      observation: { results: [{ content: 'notes' }] },
      extra: {
        context_management: {
          type: 'compaction',
          boundary: 'replace',
          tokens_before: 900,
          tokens_after: 90,
          view_step_ids: [2, 5, 4],
        },
        metrics: { prompt_tokens: 7, completion_tokens: 3, cost_usd: 0.25 },
      },
    });
    expect(final_metrics).toMatchObject({
      total_prompt_tokens: 37,
      total_cost_usd: 1.75,
      extra: { of_compactions: { prompt_tokens: 7 } },
    });
  });

  it('that only makes results shorter says which, and how they are seen', () => {
    const short = { type: 'fold', handle: 'm2.1', before: 2, after: 1, text: 'stub', reason: 'r' } as const;
    const { steps } = exported(
      prompt('x'),
      responded(1, { calls: ['a'] }),
      finished(1, 'a', 'long'),
      compacted([short], null),
    );
    expect(steps[3]?.extra?.context_management).toMatchObject({
      view_step_ids: [2, 3],
      shortened: [{ step_id: 3, source_call_id: 'a', content: 'stub' }],
    });
    expect(steps[3]?.extra?.context_management).not.toHaveProperty('boundary');
    expect(steps[3]).not.toHaveProperty('observation');
  });
});

/** Sessions with any order of turns and compactions; a response has up to two calls, all of which are answered. */
const sessions = fc
  .array(
    fc.oneof(
      fc.record({ kind: fc.constant('prompt' as const), text: fc.string() }),
      fc.record({ kind: fc.constant('notice' as const), text: fc.string() }),
      fc.record({ kind: fc.constant('turn' as const), calls: fc.nat(2), fails: fc.boolean(), empty: fc.boolean() }),
      fc.record({
        kind: fc.constant('compaction' as const),
        from: fc.nat(12),
        length: fc.nat(8),
        keep: fc.nat(12),
        fold: fc.nat(12),
        handoff: fc.option(fc.string()),
      }),
    ),
    { maxLength: 25 },
  )
  .map((steps): EventBody[] => {
    let turn = 0;
    const reason = 'r';
    return steps.flatMap((step, index): EventBody[] => {
      if (step.kind === 'prompt') return [prompt(step.text)];
      if (step.kind === 'notice') return [{ type: 'notice', reason, text: step.text }];
      if (step.kind === 'compaction') {
        const { from, length, keep, handoff } = step;
        const short = {
          type: 'fold',
          handle: `m${step.fold + 1}.1`,
          before: 2,
          after: 1,
          text: `stub ${index}`,
          reason,
        };
        const drops =
          handoff === null
            ? []
            : [
                {
                  type: 'drop',
                  from: `m${from + 1}`,
                  to: `m${from + length + 1}`,
                  items: 1,
                  before: 1,
                  reason,
                } as const,
                { type: 'keep', handle: `m${keep + 1}`, before: 1, reason } as const,
              ];
        return [compacted([{ ...short, type: 'fold' }, ...drops], handoff)];
      }
      if (!step.fails) turn += 1;
      const calls = Array.from({ length: step.calls }, (_, call) => `c${call}`);
      const text = step.empty ? {} : { text: `said ${index}` };
      const response = responded(turn, { ...text, calls, ...(step.fails ? { stopReason: 'error' } : {}) });
      return step.fails ? [response] : [response, ...calls.map((id) => finished(turn, id, `result ${index} ${id}`))];
    });
  });

/** What the model sees after the last step, worked out from the trajectory alone. */
function viewOfTrajectory({ steps }: AtifTrajectory): string[] {
  let view: number[] = [];
  const shown = new Map<string, string>();
  for (const step of steps) {
    const change = step.extra?.context_management;
    const isEmpty = step.source === 'agent' && step.message === '' && step.tool_calls === undefined;
    if (isContextChange(change)) {
      view = change.view_step_ids;
      for (const { step_id, source_call_id, content } of change.shortened ?? []) {
        shown.set(`${step_id} ${source_call_id}`, content);
      }
    } else if (step.step_id > 1 && step.extra?.stop_reason !== 'error' && !isEmpty) view = [...view, step.step_id];
  }
  return view.flatMap((id) => {
    const step = steps[id - 1];
    if (step === undefined) throw new Error(`no step ${id}`);
    const results = step.observation?.results ?? [];
    if (step.source === 'system') return results.map(({ content }) => content);
    return [step.message, ...results.map((each) => shown.get(`${id} ${each.source_call_id}`) ?? each.content)];
  });
}

type ContextChange = {
  view_step_ids: number[];
  shortened?: { step_id: number; source_call_id: string; content: string }[];
};
function isContextChange(value: unknown): value is ContextChange {
  return typeof value === 'object' && value !== null && 'view_step_ids' in value;
}

describe('any session', () => {
  it('is a valid trajectory at every moment, from which the model’s view and the usage can be worked out', () => {
    fc.assert(
      fc.property(sessions, fc.nat(60), (bodies, cut) => {
        const events = logged([CREATED, ...bodies]).slice(0, cut + 1);
        const trajectory = atifSchema.parse(JSON.parse(JSON.stringify(toAtif(events))));
        const { messages, usage } = fold(events);
        const texts = messages.map(({ content }) =>
          content.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n'),
        );
        expect(viewOfTrajectory(trajectory)).toEqual(texts);
        const { final_metrics: totals } = trajectory;
        expect([totals.total_prompt_tokens, totals.total_cost_usd]).toEqual([usage.inputTokens, usage.costUsd]);
      }),
    );
  });
});
