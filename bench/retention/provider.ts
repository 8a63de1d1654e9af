/** The deterministic model behind a provider that counts, caches and refuses as a real one does. */
import type { Script, ScriptedTurn } from '../../test/model-server.ts';
import type { Reply } from './agent-model.ts';
import type { Fact } from './facts.ts';
import { createComparison, type RequestRecord } from './journal.ts';
import type { CountTokens } from './summariser.ts';
import { outputTokensOf, partsOf } from './tokens.ts';

/** As OpenAI says it. */
function overflow(window: number, tokens: number): ScriptedTurn {
  const message = `This model's maximum context length is ${window} tokens. However, your messages resulted in ${tokens} tokens. Please reduce the length of the messages.`;
  const error = { message, type: 'invalid_request_error', param: 'messages', code: 'context_length_exceeded' };
  return { error: { status: 400, body: { error } } };
}

export type ProviderOptions = {
  /** In tokens; input alone is checked against it. */
  window: number;
  facts: readonly Fact[];
  count: CountTokens;
  model: (request: Parameters<Script>[1]) => Reply;
};

/** A script for the model server, and the journal that it fills. */
export function createProvider({ window, facts, count, model }: ProviderOptions) {
  const records: RequestRecord[] = [];
  const comparison = createComparison(facts, count);
  const script: Script = (_turn, request) => {
    const isSummary = request.lastUserText.startsWith('[compaction]');
    const arrival = comparison.arrive({ parts: partsOf(request.raw), body: JSON.stringify(request.raw) }, isSummary);
    if (arrival.inputTokens > window) {
      comparison.refused();
      records.push({ ...arrival, kind: 'refused', steps: [], outputTokens: 0 });
      return overflow(window, arrival.inputTokens);
    }
    const { kind, steps, turn } = model(request);
    const outputTokens = outputTokensOf(turn, count);
    records.push({ ...arrival, kind, steps, outputTokens });
    const { inputTokens, cachedTokens: cacheReadTokens } = arrival;
    return { ...turn, usage: { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens: 0, reasoningTokens: 0 } };
  };
  return { script, records };
}
