/** What each adapter makes of one transcript that has everything in it: reviewed as a snapshot when it changes. */
import { expect, it } from 'vitest';
import { toRequest as toMessages } from './anthropic.ts';
import { type Json, type Message, type ModelRequest, type ResolvedModel, resolveModel } from './index.ts';
import { toRequest as toChat } from './openai-chat.ts';
import { toRequest as toResponses } from './openai-responses.ts';

const IMAGE = { type: 'image', mediaType: 'image/png', data: 'AAAA' } as const;
const text = (said: string) => ({ type: 'text', text: said }) as const;
const call = (id: string, name: string, json: string) => ({ type: 'tool_call', id, name, arguments: json }) as const;
const result = (callId: string, content: (ReturnType<typeof text> | typeof IMAGE)[], isError = false): Message => ({
  role: 'tool',
  callId,
  content,
  isError,
});

/** A session's messages; `own` is the model that is asked, and `proof` its reasoning in its provider's own form. */
function transcript(own: string, proof: Json): Message[] {
  const thought = (said: string) => ({ type: 'reasoning', text: said, opaque: proof }) as const;
  return [
    { role: 'user', content: [text('Look at this, and mend it.'), IMAGE] },
    // Two calls beside each other, whose results came with an image and as an error.
    {
      role: 'assistant',
      model: own,
      content: [
        thought('First I look around.'),
        { ...text('Looking.'), phase: 'commentary' },
        call('call_1', 'read_file', '{"path":"a.png"}'),
        call('call_2', 'shell', '{"command": "npm test"}'),
      ],
    },
    result('call_1', [text('a.png'), IMAGE]),
    result('call_2', [text('exit 1')], true),
    // Another model's words: of its reasoning the text is read, and the proof is not sent.
    {
      role: 'assistant',
      model: 'other:model',
      content: [
        { type: 'reasoning', text: 'Foreign.', opaque: { signature: 'foreign' } },
        text('I went on.'),
        call('call_1', 'shell', '{"command": "ls'),
      ],
    },
    result('call_1', [text('the arguments are not valid JSON')], true),
    // An id that no provider but its own would take, and a call that was cut off with the process.
    {
      role: 'assistant',
      model: own,
      content: [call('call:3/with an odd id', 'shell', ''), call('call_4', 'shell', '{}')],
    },
    result('call:3/with an odd id', []),
    { role: 'user', content: [text('Your last message was empty.')] },
    { role: 'assistant', model: own, content: [text('Done.'), thought('Was that all?')] },
    { role: 'user', content: [text('Go on.')] },
  ];
}

const ADAPTERS: [string, Json, (request: ModelRequest, model: ResolvedModel) => unknown][] = [
  [
    'anthropic:claude-sonnet-5-5',
    { type: 'thinking', thinking: 'First I look around.', signature: 'proof' },
    toMessages,
  ],
  ['openai:gpt-6.2-sol', { id: 'rs_1', summary: ['First I look around.'], encrypted_content: 'cipher' }, toResponses],
  ['openai-chat:gpt-6.1-sol', { reasoning_content: 'First I look around.' }, toChat],
];

it.each(ADAPTERS)('%s: a request with reasoning, images, parallel calls and errors', (name, proof, toRequest) => {
  const request: ModelRequest = {
    system: 'You mend code.',
    messages: transcript(name, proof),
    tools: [
      {
        name: 'read_file',
        description: 'Reads.',
        parameters: { type: 'object', properties: { path: { type: 'string' } } },
      },
      { name: 'shell', description: 'Runs a command.', parameters: { type: 'object', properties: {} } },
    ],
    maxOutputTokens: 1000,
    reasoningEffort: 'medium',
    cacheKey: 'session-1',
  };
  expect(toRequest(request, resolveModel(name))).toMatchSnapshot();
});
