/** That the look at calls and results sees what it is for, in each protocol. */
import { describe, expect, it } from 'vitest';
import { type Protocol, viewOf } from '../model-request.ts';
import { pairingFaults } from './pairs.ts';

const user = { role: 'user', content: 'Go on.' };
/** One call, its result, and what holds both, in each protocol. */
const SHAPES: Record<Protocol, { call: (id: string) => unknown; result: (id: string) => unknown; list: string }> = {
  messages: {
    call: (id) => ({ role: 'assistant', content: [{ type: 'tool_use', id }] }),
    result: (id) => ({ role: 'user', content: [{ type: 'tool_result', tool_use_id: id }] }),
    list: 'messages',
  },
  responses: {
    call: (id) => ({ type: 'function_call', call_id: id }),
    result: (id) => ({ type: 'function_call_output', call_id: id }),
    list: 'input',
  },
  chat: {
    call: (id) => ({ role: 'assistant', content: null, tool_calls: [{ id }] }),
    result: (id) => ({ role: 'tool', tool_call_id: id, content: 'x' }),
    list: 'messages',
  },
};

describe.each(['messages', 'responses', 'chat'] as const)('in %s', (protocol) => {
  const { call, result, list } = SHAPES[protocol];
  const faultsOf = (...items: unknown[]) => pairingFaults(viewOf(protocol, { [list]: [user, ...items] }));

  it.each([
    ['is nothing', [call('a'), result('a'), user], []],
    ['is a call without a result', [call('a'), user], ['call a without a result']],
    [
      'is a result that comes too late',
      [call('a'), user, result('a')],
      ['call a without a result', 'result a without a call'],
    ],
    ['is a call at the end', [call('a')], ['call a without a result']],
    ['is an id that comes twice', [call('a'), result('a'), call('a'), result('a')], ['id a twice']],
  ])('what is wrong %s', (_what, items, faults) => {
    expect(faultsOf(...items)).toEqual(faults);
  });
});
