/**
 * Prompt caches serve what begins with the bytes of an earlier request. So over a session of fifty turns nothing that was
 * sent once may be sent differently later, whatever the turns were like.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { HOST, makeRepository, run, shellTurn, temporaryFolder } from './harness.ts';
import { isRecord } from './model-request.ts';
import type { ScriptedTurn } from './model-server.ts';

const TURNS = 50;

/** One dot, as a PNG. */
const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==';

const call = (name: string, args: Record<string, unknown> | string, id?: string) => ({
  name,
  arguments: args,
  ...(id !== undefined && { id }),
});

/** Turns of every kind: with reasoning, beside each other, failing, broken, unknown, empty, cut, with ids used before. */
function turnOf(nth: number): ScriptedTurn {
  if (nth >= TURNS) return { text: 'Done.' };
  const reasoning = `Step ${nth} is next.`;
  const text = `Now step ${nth}, "with" odd <characters> \u{1F6A2} and a tab\t.`;
  const look = call('read_file', { path: 'picture.png' });
  const kinds: ScriptedTurn[] = [
    { reasoning, text, ...shellTurn(`echo ${nth}`) },
    { reasoning, toolCalls: [look, call('read_file', { path: 'notes.txt' })] },
    { text, ...shellTurn(`echo ${nth} >&2; exit ${nth}`) },
    { toolCalls: [call('shell', `{"command": "echo ${nth}`)] },
    { toolCalls: [call('shel', { command: `echo ${nth}` })] },
    { text: '' },
    { toolCalls: [call('shell', { command: `echo ${nth}` }, 'same'), call('shell', { command: 'true' }, 'same')] },
    { text, stop: 'max_tokens' },
    { reasoning, toolCalls: [call('shell', { command: `echo ${nth}` })], stop: 'max_tokens' },
  ];
  return kinds[nth % kinds.length] ?? {};
}

/** A body in three parts, as they were sent: before the messages, the messages without the end of their list, after. */
function partsOf(body: string): { before: string; messages: string; after: string } {
  const unmarked = body.replaceAll(',"cache_control":{"type":"ephemeral"}', '');
  const parsed: unknown = JSON.parse(unmarked);
  if (!isRecord(parsed)) throw new Error('the body is no object');
  const list = JSON.stringify(parsed.messages ?? parsed.input);
  const at = unmarked.indexOf(list);
  expect(at, 'the messages are found as they were sent').toBeGreaterThan(0);
  const after = unmarked.slice(at + list.length);
  // A message of Anthropic's may be added to as long as it is the last.
  return { before: unmarked.slice(0, at), messages: list.replace(/\]\}\]$|\]$/, ''), after };
}

describe.concurrent('over fifty turns each request begins with the bytes of the one before', () => {
  it.for(['anthropic:claude-sonnet-5', 'openai:gpt-6.1-sol', 'openai-chat:gpt-6.1-sol'])('%s', async (model) => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, 'picture.png'), Buffer.from(PNG, 'base64'));
    writeFileSync(join(cwd, 'notes.txt'), 'a note\n');
    const repository = makeRepository();
    const { code, stderr, server } = await run(turnOf, { repository, cwd, args: ['--model', model, ...HOST] });
    expect(code, stderr).toBe(0);
    const parts = server.journal.map(({ body }) => partsOf(body));
    expect(parts).toHaveLength(TURNS + 1);
    for (const [index, part] of parts.entries()) {
      const earlier = parts[index - 1] ?? part;
      expect([part.before, part.after]).toEqual([earlier.before, earlier.after]);
      // Not `toBe`: a difference of such texts would take longer to show than to find.
      expect(part.messages.startsWith(earlier.messages), `request ${index} changes what was sent before it`).toBe(true);
    }
    expect(parts.at(-1)?.messages).toContain('image/png');
  });
});
