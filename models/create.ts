/** From a resolved model to one that can be called. */
import type { ResolvedModel } from './catalogue.ts';
import { createFetch, type Env, endpointOf } from './http.ts';
import type { Model } from './model.ts';

export type CreateOptions = {
  /** How long a stream may be silent, in milliseconds, before it is given up as `timeout`. */
  idleTimeoutMs?: number | undefined;
};

/** Reasoning models think for a while before the first byte, yet send keep-alives; two minutes of nothing is a fault. */
const DEFAULT_IDLE_TIMEOUT_MS = 120_000;

/**
 * Makes the model, loading only its own adapter and SDK. It does not retry: wrap it in `withRetry`. Rejects with
 * `ModelConfigError` where `env` lacks a key.
 */
export async function createModel(resolved: ResolvedModel, env: Env, options: CreateOptions = {}): Promise<Model> {
  const endpoint = endpointOf(resolved.provider, env);
  const watchedFetch = await createFetch(env);
  const idleTimeoutMs = options.idleTimeoutMs ?? DEFAULT_IDLE_TIMEOUT_MS;
  switch (resolved.provider) {
    case 'anthropic': {
      const { createAnthropicModel } = await import('./anthropic.ts');
      return createAnthropicModel(resolved, endpoint, watchedFetch, idleTimeoutMs);
    }
    case 'openai': {
      const { createResponsesModel } = await import('./openai-responses.ts');
      return createResponsesModel(resolved, endpoint, watchedFetch, idleTimeoutMs);
    }
    case 'openai-chat': {
      const { createChatModel } = await import('./openai-chat.ts');
      return createChatModel(resolved, endpoint, watchedFetch, idleTimeoutMs);
    }
  }
}
