/** What is sent to the model: the same for a turn and for a summary, so that the one reads what is cached of the other. */
import { type Message, type ModelRequest, sinceCompaction, type ToolSpec } from '../models/index.ts';
import type { ActiveModel } from './active-model.ts';

/**
 * The request for `messages`, without those that the model's provider has shortened itself. `compactAt`: the tokens from
 * which on it is asked to do so; null: it is not asked.
 */
export function requestOf(
  { model, maxOutputTokens, reasoningEffort }: Pick<ActiveModel, 'model' | 'maxOutputTokens' | 'reasoningEffort'>,
  system: string,
  messages: readonly Message[],
  tools: readonly ToolSpec[],
  cacheKey: string,
  compactAt: number | null = null,
): ModelRequest {
  return {
    system,
    messages: sinceCompaction(messages, model.id),
    tools,
    maxOutputTokens,
    cacheKey,
    ...(reasoningEffort ? { reasoningEffort } : {}),
    ...(compactAt === null ? {} : { compactAt }),
  };
}
