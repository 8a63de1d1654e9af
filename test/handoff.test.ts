/**
 * A session that moves from one model to another and back, over real HTTP, in this process: between all pairs of adapters,
 * and between two models of each. Every request must be legal by the rules of the API that it goes to.
 */
import { createHash } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import { EXIT_CODES } from '../agent/limits.ts';
import { resolveModel } from '../models/index.ts';
import { eventsOf, mendingCall } from './harness.ts';
import type { ScriptedRequest, ScriptedTurn } from './model-server.ts';
import { PNG, playSession } from './played-session.ts';
import { problemsOf } from './request-rules.ts';

// Three at once on two shared cores.
vi.setConfig({ maxConcurrency: 3, testTimeout: 120_000 });

const MODELS = ['anthropic:claude-sonnet-5-5', 'openai:gpt-6.1-sol', 'openai-chat:gpt-6.1-sol'];
/** The second one of each provider; Anthropic's thinks within a budget, which has rules of its own. */
const OTHERS = ['anthropic:claude-haiku-4-5', 'openai:gpt-6-luna', 'openai-chat:gpt-6-luna'];
const PAIRS = [
  ...MODELS.flatMap((from) => MODELS.filter((to) => to !== from).map((to) => [from, to] as const)),
  ...MODELS.map((from, index) => [from, OTHERS[index] ?? ''] as const),
];

const LONG_ID = `call_${'9'.repeat(440)}|fc_1`;
const FIRST = 'thoughts of the first';
const SECOND = 'thoughts of the second';
const shell = (command: string, id: string) => ({ name: 'shell', arguments: { command }, id });

/** Turns of the first model, the other, and the first again. The third is interrupted in its first call. */
function script(turn: number, request: ScriptedRequest): ScriptedTurn {
  switch (turn) {
    case 0:
      return {
        reasoning: FIRST,
        text: 'Looking.',
        toolCalls: [
          shell('cat sum.js', LONG_ID),
          { name: 'read_file', arguments: { path: 'picture.png' }, id: 'same' },
          { name: 'functions.run it', arguments: '{"cut":', id: 'ü' },
        ],
      };
    case 1:
      return { reasoning: FIRST, toolCalls: [{ ...mendingCall(request), id: 'same' }] };
    case 2:
      return { toolCalls: [shell('sleep 600', 'slow'), shell('echo never', 'never')] };
    case 3:
      return { reasoning: SECOND, toolCalls: [shell('node test.js', 'same'), shell('true', 'other')] };
    default:
      return { text: 'Done.' };
  }
}

const proofOf = (reasoning: string) => createHash('sha256').update(reasoning).digest('base64');

/** Whether a request gives the model its own reasoning back, in the way of its API. */
function provesTo({ protocol, raw }: ScriptedRequest, reasoning: string): boolean {
  const body = JSON.stringify(raw);
  return body.includes(protocol === 'chat' ? `"reasoning_content":"${reasoning}"` : proofOf(reasoning));
}

/** What the provider's cache compares: everything but the marks that say where to look. */
function prefixOf({ raw }: ScriptedRequest): { head: string; items: string[] } {
  const { messages, input, ...rest } = JSON.parse(
    JSON.stringify(raw, (key, value) => (key === 'cache_control' ? undefined : value)),
  );
  return { head: JSON.stringify(rest), items: (messages ?? input).map((item: unknown) => JSON.stringify(item)) };
}

/** A message of Anthropic's may have grown at its end, since neighbours of one role are joined. */
function extendsPrefix(later: ScriptedRequest, earlier: ScriptedRequest): void {
  const [now, before] = [prefixOf(later), prefixOf(earlier)];
  for (const [index, item] of before.items.entries()) {
    const cut = index === before.items.length - 1 ? item.replace(/\]?\}$/, '') : item;
    expect(now.items[index]?.startsWith(cut), `item ${index}`).toBe(true);
  }
}

describe.concurrent('a session that moves', () => {
  it.each(PAIRS)('from %s to %s and back', async (from, to) => {
    const session = await playSession({ model: from, effort: 'high' }, script);
    expect((await session.resume({ model: to })).exitCode).toBe(EXIT_CODES.completed);
    expect((await session.resume({ model: from })).exitCode).toBe(EXIT_CODES.completed);
    const { requests } = session;
    expect(requests.map(({ model }) => `:${model}`)).toEqual(
      [from, from, from, to, to, from].map((name) => name.slice(name.indexOf(':'))),
    );
    for (const [index, request] of requests.entries()) {
      expect(problemsOf(request.protocol, request.raw), `request ${index}`).toEqual([]);
    }

    const [first, , third, moved, movedOn, back] = requests;
    if (!first || !third || !moved || !movedOn || !back) throw new Error('there are six requests');
    // Proofs go to their writer only; its words go to all.
    expect([third, moved, movedOn, back].map((request) => provesTo(request, FIRST))).toEqual([
      true,
      false,
      false,
      true,
    ]);
    expect([movedOn, back].map((request) => provesTo(request, SECOND))).toEqual([true, false]);
    for (const request of [moved, movedOn, back]) expect(JSON.stringify(request.raw)).toContain(FIRST);
    expect(JSON.stringify(back.raw)).toContain(SECOND);

    // The user's image, and the one that a tool has read.
    expect(JSON.stringify(moved.raw).split(PNG)).toHaveLength(3);
    const results = moved.toolResults.map(({ text }) => text);
    expect(results).toHaveLength(6);
    expect(results[2]).toContain("There is no tool 'functions.run it'");
    expect(results[4]).toMatch(/^interrupted/);
    expect(results[5]).toMatch(/^not run/);
    expect(movedOn.toolResults[6]?.text).toContain('green');

    // The edit tool follows the model, and the model is told; the system prompt stays.
    const { editTool } = resolveModel(to);
    expect(JSON.stringify(moved.raw.tools)).toContain(`"name":"${editTool}"`);
    expect(moved.system).toBe(first.system);
    const differs = editTool !== resolveModel(from).editTool;
    expect(JSON.stringify(moved.raw).includes(`you have ${editTool}`)).toBe(differs);

    // Caches: each request is the one before it and more, and so is the first after the way back.
    extendsPrefix(movedOn, moved);
    extendsPrefix(back, third);
    expect(prefixOf(back).head).toBe(prefixOf(third).head);
    for (const request of requests) {
      const id = session.events()[0];
      const key = id?.type === 'session.created' ? id.id : '';
      if (request.protocol === 'messages')
        expect(JSON.stringify(request.raw).match(/"cache_control"/g)).toHaveLength(request === first ? 3 : 4);
      else expect(request.raw.prompt_cache_key).toBe(key);
    }

    const changes = eventsOf(session.events(), 'model.changed');
    expect(changes.map(({ from, model, reason }) => [from, model, reason])).toEqual([
      [from, to, 'resume'],
      [to, from, 'resume'],
    ]);
    const created = eventsOf(session.events(), 'session.created')[0];
    expect(changes[1]).toMatchObject({ reasoningEffort: 'high', configurationDigest: created?.configurationDigest });
    expect(changes[0]?.tools).toContain(editTool);
  });

  it('stays with the model that it has moved to, its window and its effort', async () => {
    const session = await playSession({ model: 'openai:gpt-6.1-sol' }, () => ({ text: 'Done.' }));
    await session.resume({ model: 'openai-chat:local', contextWindow: '32000', effort: 'minimal' });
    await session.resume({});
    expect(session.requests.map(({ model }) => model)).toEqual(['gpt-6.1-sol', 'local', 'local']);
    expect(session.requests.map(({ raw }) => raw.reasoning_effort)).toEqual([undefined, 'minimal', 'minimal']);
    // It cannot see, as far as is known.
    expect(JSON.stringify(session.requests[2]?.raw)).not.toContain(PNG);
    expect(JSON.stringify(session.requests[2]?.raw)).toContain(
      '[image left out: image/png; this model sees no images]',
    );
    expect(eventsOf(session.events(), 'model.changed')).toMatchObject([{ contextWindow: 32_000, editTool: 'edit' }]);
  });

  it('has another effort, and the nearest one where the next model lacks it', async () => {
    const session = await playSession({ model: 'anthropic:claude-opus-5-5' }, () => ({ text: 'Done.' }));
    await session.resume({ effort: 'xhigh' });
    await session.resume({ model: 'anthropic:claude-opus-4-6' });
    expect(session.requests.map(({ raw }) => JSON.stringify(raw.output_config))).toEqual([
      undefined,
      '{"effort":"xhigh"}',
      '{"effort":"high"}',
    ]);
  });

  it('is refused, and left as it was, where the wishes cannot be met', async () => {
    const session = await playSession({ model: 'openai:gpt-6.1-sol' }, () => ({ text: 'Done.' }));
    const before = session.events();
    await expect(session.resume({ model: 'openai:gpt-6.1-soll' })).rejects.toThrow(/nearest known model/);
    await expect(session.resume({ effort: 'none' })).rejects.toThrow(/does not have this level; it has low,/);
    expect(session.events()).toEqual(before);
  });
});
