/** Sessions that outgrow a small window, for the end-to-end tests of compaction. */

import { HOST, shellTurn } from './harness.ts';
import { isRecord } from './model-request.ts';
import type { Script, ScriptedRequest, ScriptedTurn } from './model-server.ts';
import { isSummaryRequest, summaryOf } from './summary-request.ts';

export { isSummaryRequest, SUMMARY_MARK, summaryOf } from './summary-request.ts';

export const HANDOFF_MARK = '[handoff]';

/** Flags for a model whose window a few outputs of `step` fill, in each protocol. */
export const SMALL = {
  chat: ['--model', 'openai-chat:small', '--context-window', '16000', ...HOST],
  responses: ['--model', 'openai:small', '--context-window', '16000', ...HOST],
  messages: ['--model', 'anthropic:small', '--context-window', '16000', ...HOST],
};

/** A turn whose output takes about 1,800 tokens; `number` makes it one of its own. */
export const step = (number: number) =>
  shellTurn(`yes 'some plain words of output' | head -n 240; echo step ${number} done`);

/**
 * A model that takes `steps` steps, then says that it is done, and answers each request for a summary with the next of
 * `summaries` (the last one again and again). It counts its own turns, as no request could mislead it.
 */
export function stepping(steps: number, ...summaries: (string | ScriptedTurn)[]): Script {
  let taken = 0;
  let asked = 0;
  return (_turn, request) => {
    if (isSummaryRequest(request)) {
      const answer = summaries[Math.min(asked, summaries.length - 1)] ?? summaryOf('The sky is blue.');
      asked += 1;
      return typeof answer === 'string' ? { text: answer } : answer;
    }
    taken += 1;
    return taken <= steps ? step(taken) : { text: 'Done.' };
  };
}

/** The messages of a request as they were sent, one text each, without what marks where a cache ends. */
export function sentMessages({ raw, protocol }: ScriptedRequest): string[] {
  const list = protocol === 'responses' ? raw.input : raw.messages;
  const messages = (Array.isArray(list) ? list : []).filter((item) => isRecord(item) && item.role !== 'system');
  return messages.map((message) => JSON.stringify(message).replaceAll(/,"cache_control":\{[^}]*\}/g, ''));
}

/** The user's messages of a request, a text each. */
export function userTexts({ raw, protocol }: ScriptedRequest): string[] {
  const list = protocol === 'responses' ? raw.input : raw.messages;
  return (Array.isArray(list) ? list.filter(isRecord) : [])
    .filter(({ role }) => role === 'user')
    .flatMap(({ content }) => (typeof content === 'string' ? [content] : Array.isArray(content) ? content : []))
    .flatMap((part) =>
      typeof part === 'string' ? [part] : isRecord(part) && typeof part.text === 'string' ? [part.text] : [],
    );
}

/** The handoff that a request shows; null: none. */
export function handoffIn(request: ScriptedRequest): string | null {
  return userTexts(request).find((text) => text.startsWith(HANDOFF_MARK)) ?? null;
}

/** Stands where a request must have been made: `requests.at(-1) ?? never()`. */
export function never(): never {
  throw new Error('there was no such request');
}
