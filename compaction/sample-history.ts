/** Random transcripts for the tests of compaction: as events, so that they are what a log can hold. */
import * as fc from 'fast-check';
import { NO_USAGE } from '../models/index.ts';
import type { EventBody } from '../session/index.ts';

type Prompt = Extract<EventBody, { type: 'prompt' }>;

const words = fc.constantFrom(
  'alpha',
  'beta',
  'src/a.ts',
  'tests/b.py',
  'fails',
  'line',
  '值',
  'Ünï',
  '🙂',
  '1234567',
  '\n',
);
/** Texts from nothing to about 9,000 tokens. */
const text = fc
  .tuple(fc.array(words, { minLength: 1, maxLength: 12 }), fc.constantFrom(0, 1, 1, 3, 20, 200, 700))
  .map(([chosen, times]) => `${chosen.join(' ')} `.repeat(times));
const image = fc.constant({ type: 'image' as const, mediaType: 'image/png', data: 'iVBORw0KGgo=' });
const content: fc.Arbitrary<Prompt['content']> = fc
  .tuple(text, fc.option(image, { freq: 8 }))
  .map(([said, shown]) => [...(shown ? [shown] : []), { type: 'text' as const, text: `say ${said}` }]);

const path = fc.constantFrom('src/a.ts', 'src/b.ts', './src/a.ts', '/workspace/src/c.ts', 'docs/d.md');
const call = fc.oneof(
  fc.record({ name: fc.constant('read_file'), arguments: fc.record({ path }) }),
  fc.record({ name: fc.constant('write_file'), arguments: fc.record({ path, content: text }) }),
  fc.record({ name: fc.constant('edit'), arguments: fc.record({ path }) }),
  fc.record({
    name: fc.constant('shell'),
    arguments: fc.record({ command: fc.constantFrom('npm test', 'ls', 'cat x') }),
  }),
  fc.record({ name: fc.constant('recall'), arguments: fc.record({ words: fc.constant('alpha') }) }),
);
const broken = fc.constantFrom('', '{', '[]', 'null', '{"path":1}');

type Step =
  | { kind: 'prompt'; content: Prompt['content'] }
  | { kind: 'notice'; text: string }
  | { kind: 'response'; text: string; reasoning: boolean; calls: Call[] };
type Call = { name: string; arguments: string; result: Prompt['content']; isError: boolean };

const fullCall: fc.Arbitrary<Call> = fc
  .tuple(call, fc.option(broken, { freq: 8 }), content, fc.boolean())
  .map(([{ name, arguments: given }, spoilt, result, isError]) => ({
    name,
    arguments: spoilt ?? JSON.stringify(given),
    result,
    isError,
  }));

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('prompt' as const), content }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('notice' as const), text }) },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('response' as const),
      text,
      reasoning: fc.boolean(),
      calls: fc.array(fullCall, { maxLength: 4 }),
    }),
  },
);

/** The events of a transcript behind `session.created`: a task, then anything, with all calls answered. */
export const transcript: fc.Arbitrary<EventBody[]> = fc
  .tuple(content, fc.array(step, { maxLength: 40 }))
  .map(([task, steps]) => [{ type: 'prompt', content: task }, ...steps.flatMap(eventsOf)]);

function eventsOf(one: Step, index: number): EventBody[] {
  if (one.kind === 'prompt') return [{ type: 'prompt', content: one.content }];
  if (one.kind === 'notice') return [{ type: 'notice', reason: 'loop', text: one.text }];
  const turn = index + 1;
  // Some servers use the same ids in every turn.
  const ids = one.calls.map((_, at) => `call_${at}`);
  return [
    {
      type: 'model.responded',
      turn,
      message: {
        role: 'assistant',
        model: 'p:m',
        content: [
          ...(one.reasoning ? [{ type: 'reasoning' as const, text: 'hm', opaque: { id: 'r' } }] : []),
          { type: 'text', text: one.text },
          ...one.calls.map(({ name, arguments: given }, at) => {
            return { type: 'tool_call' as const, id: ids[at] ?? '', name, arguments: given };
          }),
        ],
      },
      stopReason: one.calls.length > 0 ? 'tool_calls' : 'end',
      usage: NO_USAGE,
      durationMs: 1,
      firstTokenMs: null,
    },
    ...one.calls.flatMap(({ name, result, isError }, at): EventBody[] => [
      { type: 'tool.started', turn, callId: ids[at] ?? '', name },
      {
        type: 'tool.finished',
        turn,
        callId: ids[at] ?? '',
        name,
        content: result,
        isError,
        details: name === 'shell' ? { exitCode: isError ? 1 : 0 } : {},
        durationMs: 1,
      },
    ]),
  ];
}
