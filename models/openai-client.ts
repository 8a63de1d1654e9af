/** The OpenAI SDK as both OpenAI adapters use it. Import lazily: it takes a tenth of a second to load. */
import { OpenAI } from 'openai';
import type { Endpoint } from './http.ts';

/** A client that never retries and logs nothing. */
export function createClient(endpoint: Endpoint, send: typeof fetch): OpenAI {
  return new OpenAI({
    apiKey: endpoint.apiKey,
    // Null is the provider's own address, where undefined would be whatever the process's environment says.
    baseURL: endpoint.baseURL,
    fetch: send,
    maxRetries: 0,
    logLevel: 'off',
  });
}
