import { expect, test } from 'vitest';
import { viewOf } from '../../test/model-request.ts';
import { createAgentModel } from './agent-model.ts';
import { workloadOf } from './workload.ts';

const workload = workloadOf('A', 1, 32_000);
const task = { role: 'user', content: workload.prompts[0] };
const count = (text: string) => Math.ceil(text.length / 4);

function read(number: string, result: string | null = 'text'): unknown[] {
  const call = {
    id: `call_${number}`,
    type: 'function',
    function: { name: 'read_file', arguments: `{"path":"parts/part-${number}.txt"}` },
  };
  return [
    { role: 'assistant', content: null, tool_calls: [call] },
    ...(result === null ? [] : [{ role: 'tool', tool_call_id: call.id, content: result }]),
  ];
}

function reply(messages: unknown[], tools: string[] = []) {
  const named = tools.map((name) => ({ type: 'function', function: { name } }));
  return createAgentModel(workload, count)(viewOf('chat', { model: 'm', stream: true, messages, tools: named }));
}

test('it takes the first step where nothing is shown as read', () => {
  expect(reply([task])).toMatchObject({ kind: 'step', steps: [1] });
});

test('it goes on behind the last file that the request shows as read', () => {
  expect(reply([task, ...read('001'), ...read('002')])).toMatchObject({ kind: 'step', steps: [3] });
});

test('a handoff that names a file is enough', () => {
  expect(reply([task, { role: 'user', content: '[handoff]\nread: parts/part-041.txt' }])).toMatchObject({
    steps: [42],
  });
});

test('it reads a file again when the request has lost that it was read', () => {
  expect(reply([task, { role: 'user', content: '[handoff]\nSome files were read.' }])).toMatchObject({ steps: [1] });
});

test('a call without its result was not carried out', () => {
  expect(reply([task, ...read('001'), ...read('002', null)])).toMatchObject({ steps: [2] });
});

test('without the task it gives up', () => {
  expect(reply([{ role: 'user', content: 'Hello.' }])).toMatchObject({ kind: 'lost' });
});

test('at the end it writes down what the request shows, and nothing else', () => {
  const known = workload.facts.find(({ id }) => id === 'part-080')?.line ?? '';
  const { kind, turn } = reply([task, ...read('080', `filler\n${known}`)]);
  expect(kind).toBe('answer');
  expect(turn.text?.split('\n').filter((line) => line.startsWith('FACT'))).toEqual([known]);
});

test('with recall it first asks for what it does not see', () => {
  const known = workload.facts.find(({ id }) => id === 'part-080')?.line ?? '';
  const { kind, turn } = reply([task, ...read('080', known)], ['read_file', 'recall']);
  const asked = JSON.stringify(turn.toolCalls?.[0]?.arguments);
  expect(kind).toBe('recall');
  expect(asked).toContain('part-001');
  expect(asked).not.toContain('part-080');
});

test('it follows the pages of recall', () => {
  const asked = { id: 'r', type: 'function', function: { name: 'recall', arguments: '{}' } };
  const model = createAgentModel(workload, count);
  const tools = [{ type: 'function', function: { name: 'recall' } }];
  const ask = (messages: unknown[]) => model(viewOf('chat', { messages, tools })).turn.toolCalls?.[0]?.arguments;
  const first = ask([task, ...read('080')]);
  const page = { role: 'tool', tool_call_id: 'r', content: 'text\n[31 matches; shown 1–20; go on with offset 20]' };
  const called = { role: 'assistant', content: null, tool_calls: [asked] };
  expect(ask([task, ...read('080'), called, page])).toEqual({ ...Object(first), offset: 20 });
});

test('asked for a handoff it writes one', () => {
  const last = { role: 'user', content: '[compaction] Write the handoff now.\nAt most 900 tokens.' };
  const { kind, turn } = reply([task, ...read('001'), last]);
  expect(kind).toBe('summary');
  expect(turn.text).toContain('Steps 001 to 001 are done.');
});
