/** Compaction by the provider: which models offer it, and what of a transcript is still read once it has been done. */
import type { ResolvedModel } from './catalogue.ts';
import { overGrowing } from './growing.ts';
import type { Message } from './model.ts';

/** Whether the API that serves a model can be asked to shorten the history. Chat Completions has nothing of the kind. */
export function compactsItself({ provider }: Pick<ResolvedModel, 'provider'>): boolean {
  return provider !== 'openai-chat';
}

/**
 * What the model `id` (`provider:name`) reads of a transcript: from the message on that holds its own newest compaction;
 * all of it where there is none. Both providers let what came before be left out
 * (https://developers.openai.com/api/docs/guides/compaction,
 * https://platform.claude.com/docs/en/build-with-claude/compaction-threshold); Anthropic ignores it anyway, while OpenAI
 * has been seen to read it, and charge for it, once more. What stands before the compaction in the same message stays: a
 * call there has its result behind it.
 */
export function sinceCompaction(messages: readonly Message[], id: string): readonly Message[] {
  const start = compactionsOf(messages).newest.get(id) ?? 0;
  return start === 0 ? messages : messages.slice(start);
}

/** By a model's id, where its newest compaction is. */
const compactionsOf = overGrowing<Message, { length: number; newest: Map<string, number> }>(
  () => ({ length: 0, newest: new Map() }),
  (found, message) => {
    if (message.role === 'assistant' && message.content.some(({ type }) => type === 'compaction')) {
      found.newest.set(message.model, found.length);
    }
    found.length += 1;
    return found;
  },
);
