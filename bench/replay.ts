/**
 * What a request's own size costs: sends the requests of a session again, from its last one, with the provider's SDK and
 * Drydock's HTTP client and nothing else. A process of its own: `node replay.ts URL FILE`, FILE holding the last request.
 */
import { readFileSync } from 'node:fs';
import { Anthropic } from '@anthropic-ai/sdk';
import type { MessageCreateParamsStreaming } from '@anthropic-ai/sdk/resources/messages/messages';
import { directFetch } from '../models/direct-fetch.ts';

const [url = '', file = ''] = process.argv.slice(2);
const client = new Anthropic({
  apiKey: 'none',
  baseURL: url,
  fetch: directFetch(() => undefined),
  maxRetries: 0,
  logLevel: 'off',
});
const last: MessageCreateParamsStreaming = JSON.parse(readFileSync(file, 'utf8'));
// A prompt, then an answer and its results for each turn.
for (let length = 1; length <= last.messages.length; length += 2) {
  const stream = await client.messages.create({ ...last, stream: true, messages: last.messages.slice(0, length) });
  for await (const _ of stream);
}
