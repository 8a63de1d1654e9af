/** Faults of an answer: a stream that breaks or falls silent, calls that cannot be run, answers that are none, wrong usage. */
import { shellTurn } from '../harness.ts';
import { always, appends, DONE, type Fault, once } from './fault.ts';

const CALL = shellTurn(appends('b'));

/** Goes on after the first request with one more; with two, where the model's next turn has a call. */
const GOES_ON = { code: 0, witness: 'a' };

export const ANSWER_FAULTS: Fault[] = [
  {
    name: 'the stream falls silent, every time',
    atOnce: true,
    answer: always({ text: 'half of it', stalls: true }),
    args: ['--idle-timeout', '2s'],
    requests: 6,
    code: 3,
    says: /sent nothing for 2 s.*--idle-timeout/,
    witness: '',
  },
  { name: 'a cut in text', answer: once({ text: 'half of it', cut: 'text' }), requests: 3, ...GOES_ON },
  {
    name: 'a cut in reasoning',
    answer: once({ reasoning: 'First I look around.', cut: 'reasoning' }),
    requests: 3,
    ...GOES_ON,
  },
  { name: 'a cut in a tool call', answer: once({ ...CALL, cut: 'call' }, CALL), requests: 4, code: 0, witness: 'ab' },
  { name: 'a cut after a tool call', answer: once({ ...CALL, cut: 'end' }, CALL), requests: 4, code: 0, witness: 'ab' },
  {
    name: 'a cut after a tool call, every time',
    answer: always({ ...CALL, cut: 'end' }),
    requests: 7,
    code: 3,
    says: /cut_stream.*drydock resume/,
    witness: 'a',
  },
  {
    name: 'arguments that are not whole',
    answer: once({ toolCalls: [{ name: 'shell', arguments: `{"command": "${appends('b')}` }] }),
    requests: 3,
    ...GOES_ON,
  },
  {
    name: 'arguments that are nested 6,000 deep',
    answer: once({
      toolCalls: [
        { name: 'shell', arguments: `{"command":"${appends('b')}","z":${'['.repeat(6000)}${']'.repeat(6000)}}` },
      ],
    }),
    requests: 3,
    ...GOES_ON,
  },
  {
    name: 'an unknown tool',
    answer: once({ toolCalls: [{ name: 'shel', arguments: { command: appends('b') } }] }),
    requests: 3,
    ...GOES_ON,
  },
  {
    name: 'call ids twice, in one answer and in the next',
    answer: once(
      {
        toolCalls: ['b', 'c'].map((letter) => ({ name: 'shell', arguments: { command: appends(letter) }, id: 'same' })),
      },
      { toolCalls: [{ name: 'shell', arguments: { command: appends('d') }, id: 'same' }] },
    ),
    requests: 4,
    code: 0,
    witness: 'abcd',
  },
  { name: 'an empty answer, once', answer: once({ text: '' }), requests: 3, ...GOES_ON },
  {
    name: 'an empty answer, every time',
    answer: always({ text: '' }),
    requests: 5,
    code: 1,
    says: /was empty 4 times in a row/,
    witness: 'a',
  },
  {
    name: 'a refusal',
    answer: always({ text: '', stop: 'refusal' }),
    requests: 2,
    code: 1,
    says: /refused: .*word the task differently/,
    witness: 'a',
  },
  {
    name: 'the output limit is met in a tool call, once',
    answer: once({
      toolCalls: [
        { name: 'shell', arguments: { command: appends('b') } },
        { name: 'shell', arguments: `{"command": "${appends('c')}` },
      ],
      stop: 'max_tokens',
    }),
    requests: 3,
    ...GOES_ON,
  },
  {
    name: 'the output limit is met in text, every time',
    answer: always({ text: 'and so on', stop: 'max_tokens' }),
    requests: 5,
    code: 1,
    says: /was cut at its output limit 4 times in a row/,
    witness: 'a',
  },
  { name: 'usage is missing', answer: always({ ...DONE, usage: null }), requests: 2, ...GOES_ON },
  {
    name: 'usage is missing, with `--max-cost`',
    answer: always({ ...CALL, usage: null }),
    args: ['--max-cost', '2'],
    requests: 2,
    code: 5,
    says: /reported no usage.*without --max-cost/,
    witness: 'ab',
  },
  {
    name: 'usage is zero, with `--max-cost`',
    answer: always({ ...CALL, usage: { inputTokens: 0, outputTokens: 0 } }),
    args: ['--max-cost', '2'],
    requests: 2,
    code: 5,
    says: /reported no usage.*without --max-cost/,
    witness: 'ab',
  },
  {
    name: 'usage is absurd',
    answer: always({ ...DONE, usage: { inputTokens: 1e300, outputTokens: -7 } }),
    requests: 2,
    ...GOES_ON,
  },
  ...[-7, 1e300, 0].map((outputTokens) => ({
    name: `usage of ${outputTokens} for what was said, with \`--max-cost\``,
    answer: always({ ...CALL, usage: { inputTokens: 100, outputTokens } }),
    args: ['--max-cost', '2'],
    requests: 2,
    code: 5,
    says: /reported no usage.*without --max-cost/,
    witness: 'ab',
  })),
  {
    name: 'usage is huge, with `--max-cost`',
    answer: always({ ...CALL, usage: { inputTokens: 1e12, outputTokens: 1e12 } }),
    args: ['--max-cost', '2'],
    requests: 2,
    code: 5,
    says: /cost limit.*--max-cost/,
    witness: 'ab',
  },
];
