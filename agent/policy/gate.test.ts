/** What the gate does with a verdict: lets a call be, refuses it in words for the model, or asks a person. */
import { describe, expect, it } from 'vitest';
import type { ToolCallPart } from '../../models/index.ts';
import type { NewEvent } from '../../session/index.ts';
import { defaultTools } from '../../tools/index.ts';
import { type Answer, callText, createGate, type Question } from './gate.ts';
import { type Policy, policyOf, policySchema } from './rules.ts';

const policy = (section: unknown): Policy => policyOf(policySchema.parse(section));
let calls = 0;
function shell(command: string): ToolCallPart {
  calls += 1;
  return { type: 'tool_call', id: `c${calls}`, name: 'shell', arguments: JSON.stringify({ command }) };
}

function gateWith(section: unknown, answers: Answer[] | null, signal = new AbortController().signal) {
  const questions: Question[] = [];
  const events: NewEvent[] = [];
  const gate = createGate({
    policy: policy(section),
    place: { cwd: '/w', root: '/w' },
    tools: () => defaultTools('edit'),
    approve:
      answers === null
        ? null
        : async (question) => {
            questions.push(question);
            return answers.shift() ?? { answer: 'no', words: '' };
          },
    log: (event) => void events.push(event),
    signal,
  });
  return { gate, questions, events };
}
const yes: Answer = { answer: 'yes', words: '' };

describe('the gate', () => {
  it('asks each time after a yes, and no more about the same call after an always', async () => {
    const { gate, questions, events } = gateWith({ ask: ['shell(git)'] }, [yes, { answer: 'always', words: '' }]);
    for (const command of ['git log', 'git log', 'git log', 'git status']) await gate(shell(command), 1);
    expect(questions.map(({ call }) => call)).toEqual(['command: git log', 'command: git log', 'command: git status']);
    expect(events.map((event) => event.type === 'policy.decided' && `${event.verdict} ${event.by}`)).toEqual([
      'allow user',
      'allow user',
      'allow user',
      'deny user',
    ]);
  });

  it('takes an always for the same file whatever is written to it, and for no other', async () => {
    const { gate, questions } = gateWith({ ask: ['write(**)'] }, [{ answer: 'always', words: '' }, yes]);
    const write = (path: string, content: string): ToolCallPart => ({
      ...shell(''),
      name: 'write_file',
      arguments: JSON.stringify({ path, content }),
    });
    for (const call of [write('a', '1'), write('/w/a', '2'), write('a', '3'), write('b', '1')]) await gate(call, 1);
    expect(questions.map(({ what }) => what)).toEqual(['write /w/a', 'write /w/b']);
  });

  it('asks one question at a time', async () => {
    let open = 0;
    let most = 0;
    const gate = createGate({
      policy: policy({ default: 'ask' }),
      place: { cwd: '/w', root: '/w' },
      tools: () => defaultTools('edit'),
      approve: async () => {
        open += 1;
        most = Math.max(most, open);
        await new Promise((resolve) => setImmediate(resolve));
        open -= 1;
        return yes;
      },
      log: () => undefined,
      signal: new AbortController().signal,
    });
    await Promise.all(['a', 'b', 'c'].map((command) => gate(shell(command), 1)));
    expect(most).toBe(1);
  });

  it('lets nothing start where the run was stopped while it asked', async () => {
    const stop = new AbortController();
    const { gate } = gateWith({ default: 'ask' }, [yes], stop.signal);
    const asked = gate(shell('ls'), 1);
    stop.abort(new Error('out of time'));
    await expect(asked).rejects.toThrow('out of time');
  });

  it('puts nothing on record where nothing holds a call back, and leaves broken calls to the tool', async () => {
    const { gate, events } = gateWith({ deny: ['shell(rm)'] }, null);
    expect(await gate(shell('ls'), 1)).toBe(null);
    expect(await gate({ ...shell('ls'), arguments: '{"command": "rm' }, 1)).toBe(null);
    expect(events).toEqual([]);
  });
});

it('a call is shown by its arguments, text as it is', () => {
  expect(callText({ path: 'a', edits: [{ old: 'x', new: 'y' }] })).toBe(
    'path: a\nedits: [\n  {\n    "old": "x",\n    "new": "y"\n  }\n]',
  );
  expect(callText({ command: 'a\nb' })).toBe('command: a\nb');
});
