/** What is sent to the model: the same for a turn and for a summary, so that the one reads what is cached of the other. */
import type { Message, ModelRequest, ToolSpec } from '../models/index.ts';
import type { ActiveModel } from './active-model.ts';

/** The request for `messages`. */
export function requestOf(
  { maxOutputTokens, reasoningEffort }: Pick<ActiveModel, 'maxOutputTokens' | 'reasoningEffort'>,
  system: string,
  messages: readonly Message[],
  tools: readonly ToolSpec[],
  cacheKey: string,
): ModelRequest {
  return { system, messages, tools, maxOutputTokens, cacheKey, ...(reasoningEffort ? { reasoningEffort } : {}) };
}
