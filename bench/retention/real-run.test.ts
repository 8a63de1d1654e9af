import { expect, test } from 'vitest';
import { randomOf } from '../../test/random.ts';
import { type Fact, findingOf } from './facts.ts';
import { factsOfSession, recordsOf } from './real-run.ts';

const finding = findingOf(randomOf(1), 'part-001', 'file');
const scripted: Fact = { id: 'd-002', kind: 'decision', line: 'DECISION d-002: as scripted.', replaces: null };
const unsaid: Fact = { id: 'd-003', kind: 'decision', line: 'DECISION d-003: as scripted.', replaces: null };

const responded = (...content: object[]) => ({ type: 'model.responded', message: { role: 'assistant', content } });
const call = (name: string, args: string) => ({ type: 'tool_call', id: 'c', name, arguments: args });
const request = (...texts: string[]) => ({
  path: '/chat/completions',
  body: JSON.stringify({ messages: texts.map((content) => ({ role: 'user', content })) }),
  status: 200,
});
const count = (text: string) => text.length;

const EVENTS = [
  responded(
    { type: 'text', text: 'I decide:\n- DECISION d-002: we keep tabs.' },
    call('shell', 'cat parts/part-001.txt parts/part-002.txt'),
  ),
  { type: 'tool.finished' },
  responded(call('recall', '{"pattern":"part-001"}')),
  responded({ type: 'text', text: 'All done.' }),
];

test('decisions are those that the model stated; one that it did not state is no fact', () => {
  const facts = factsOfSession([finding, scripted, unsaid], EVENTS);
  expect(facts).toEqual([finding, { ...scripted, line: 'DECISION d-002: we keep tabs.' }]);
});

test('the journal joins what was asked with what the log says was answered', () => {
  const passed = [
    request('task'),
    { ...request('task', 'much'), status: 400 },
    request('task', '[compaction] Write the handoff now.'),
    request('task', finding.line),
    request('task', 'more'),
  ];
  const records = recordsOf(passed, EVENTS, [finding], count);
  expect(records.map(({ kind }) => kind)).toEqual(['step', 'refused', 'summary', 'recall', 'answer']);
  expect(records[0]?.steps).toEqual([1, 2]);
  expect([...(records[3]?.shown ?? [])]).toEqual(['part-001']);
});

test('a log that does not fit the requests is no basis for figures', () => {
  expect(() => recordsOf([request('task')], EVENTS, [finding], count)).toThrow('2 answers');
  expect(() => recordsOf([request('task')], [], [finding], count)).toThrow('the log knows nothing of');
});
