/** The rules of the providers' requests see what they are there for. */
import { expect, it } from 'vitest';
import { problemsOf } from './request-rules.ts';

const user = { role: 'user', content: [{ type: 'text', text: 'go' }] };
const messages = (...list: unknown[]) => ({ tools: [{ name: 'shell' }], messages: list });
const use = (id: string) => ({ type: 'tool_use', id, name: 'shell', input: {} });
const result = (id: string) => ({ type: 'tool_result', tool_use_id: id });
const thinking = { type: 'thinking', thinking: 'hm', signature: 's' };
const called = (...content: unknown[]) => ({ role: 'assistant', content });
const answered = (...content: unknown[]) => ({ role: 'user', content });

it('a legal request has no problem', () => {
  expect(
    problemsOf('messages', messages(user, called(thinking, use('a'), use('b')), answered(result('a'), result('b')))),
  ).toEqual([]);
});

it.each([
  ['an unanswered call', messages(user, called(use('a')), answered({ type: 'text', text: 'x' })), /unanswered/],
  ['a result of nothing', messages(user, called(use('a')), answered(result('a'), result('b'))), /without an open call/],
  ['an id used twice', messages(user, called(use('a'), use('a')), answered(result('a'))), /used twice/],
  ['an illegal id', messages(user, called(use('a|b')), answered(result('a|b'))), /illegal "a\|b"/],
  ['two users in a row', messages(user, user), /in a row/],
  ['a beginning of the assistant', messages(called(use('a')), answered(result('a'))), /begins with/],
  ['an empty text', messages({ role: 'user', content: [{ type: 'text', text: ' ' }] }), /empty/],
  ['thinking at the end', messages(user, called(thinking), user), /ends with thinking/],
  [
    'a result behind text',
    messages(user, called(use('a')), answered({ type: 'text', text: 'x' }, result('a'))),
    /behind text/,
  ],
  [
    'a budget in a foreign turn',
    {
      ...messages(user, called(use('a')), answered(result('a'))),
      max_tokens: 9000,
      thinking: { type: 'enabled', budget_tokens: 2000 },
    },
    /does not begin with it/,
  ],
])('Messages: %s', (_, raw, problem) => {
  expect(problemsOf('messages', raw).join('\n')).toMatch(problem);
});

const input = (...list: unknown[]) => ({ store: false, tools: [{ name: 'shell' }], input: list });
const call = (id: string, json = '{}') => ({ type: 'function_call', call_id: id, name: 'shell', arguments: json });
const output = (id: string) => ({ type: 'function_call_output', call_id: id, output: 'ok' });
const reasoning = { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'e' };
const said = { role: 'user', content: [{ type: 'input_text', text: 'go' }] };

it.each([
  ['an unanswered call', input(said, call('a'), said), /unanswered/],
  ['an unanswered call at the end', input(said, call('a')), /unanswered/],
  ['reasoning that led to nothing', input(said, reasoning, said), /without what it led to/],
  ['broken arguments', input(said, call('a', '{"a'), output('a')), /not JSON/],
  ['an id that is too long', input(said, call('x'.repeat(65)), output('x'.repeat(65))), /illegal/],
  ['an image that is none', input({ role: 'user', content: [{ type: 'input_image', image_url: 'x' }] }), /image x/],
])('Responses: %s', (_, raw, problem) => {
  expect(problemsOf('responses', raw).join('\n')).toMatch(problem);
});

const chat = (...list: unknown[]) => ({ tools: [{ function: { name: 'shell' } }], messages: list });
const asked = (id: string) => ({
  role: 'assistant',
  content: null,
  tool_calls: [{ id, type: 'function', function: { name: 'shell', arguments: '{}' } }],
});

it.each([
  ['an unanswered call', chat(asked('a'), { role: 'user', content: 'x' }), /unanswered/],
  ['a result of nothing', chat({ role: 'tool', tool_call_id: 'a', content: '' }), /without an open call/],
  ['an image in a result', chat(asked('a'), { role: 'tool', tool_call_id: 'a', content: [{}] }), /not text/],
  ['an empty answer', chat({ role: 'assistant', content: null }), /empty/],
])('Chat Completions: %s', (_, raw, problem) => {
  expect(problemsOf('chat', raw).join('\n')).toMatch(problem);
});
