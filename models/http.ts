/** The way to a provider: base URL, key and proxy, all from the environment; and a fetch that tells of arriving bytes. */
import { ModelConfigError, type Provider } from './catalogue.ts';
import { directFetch, type WatchedFetch } from './direct-fetch.ts';
import { withErrorEnvelope } from './errors.ts';

/** Environment variables, as in `process.env`. */
export type Env = Readonly<Record<string, string | undefined>>;

/** Where a provider is and how to get in. `baseURL` is null for the provider's own address. */
export type Endpoint = { baseURL: string | null; apiKey: string };

const PROXY_VARIABLES = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'];

/** Stands in for a key at a local server, which asks for none but may want the header. */
const NO_KEY = 'none';

/**
 * The endpoint of a provider. A key is needed, except for an OpenAI-compatible server at `OPENAI_BASE_URL`. Throws
 * `ModelConfigError` that names the variable to set.
 */
export function endpointOf(provider: Provider, env: Env): Endpoint {
  const prefix = provider === 'anthropic' ? 'ANTHROPIC' : 'OPENAI';
  const baseURL = env[`${prefix}_BASE_URL`] || null;
  // The value is not repeated: it may hold a password.
  if (baseURL !== null && !URL.canParse(baseURL)) {
    throw new ModelConfigError(`${prefix}_BASE_URL is not a URL; it looks like http://127.0.0.1:11434/v1`);
  }
  if (baseURL !== null && /^[a-z]+:\/\/[^/?#]*@/i.test(baseURL)) {
    throw new ModelConfigError(
      `${prefix}_BASE_URL holds a user name or password: take it out, and use ${prefix}_API_KEY`,
    );
  }
  const apiKey = env[`${prefix}_API_KEY`];
  if (apiKey) return { baseURL, apiKey };
  if (prefix === 'OPENAI' && baseURL !== null) return { baseURL, apiKey: NO_KEY };
  throw new ModelConfigError(
    `no key for ${provider}: set ${prefix}_API_KEY${prefix === 'OPENAI' ? ', or OPENAI_BASE_URL for a local server' : ''}`,
  );
}

/**
 * Makes a fetch that goes through the proxy that `env` names, if any (`NO_PROXY` is heeded). undici is loaded only
 * then. An own certificate authority comes by `NODE_EXTRA_CA_CERTS`, which Node itself reads.
 */
export async function createFetch(env: Env): Promise<WatchedFetch> {
  const send = await proxyFetch(env);
  if (send === null) return directFetch;
  return (onActivity) => async (input, init) => {
    const response = await send(input, init);
    onActivity();
    if (response.body === null) return response;
    if (!response.ok) return new Response(withErrorEnvelope(await response.text()), response);
    const watched = response.body.pipeThrough(
      new TransformStream<Uint8Array, Uint8Array>({
        transform(chunk, controller) {
          onActivity();
          controller.enqueue(chunk);
        },
      }),
    );
    return new Response(watched, response);
  };
}

/** Node's fetch through the proxy that `env` names; null: it names none. */
export async function proxyFetch(env: Env): Promise<typeof fetch | null> {
  if (!PROXY_VARIABLES.some((name) => env[name])) return null;
  const { EnvHttpProxyAgent } = await import('undici');
  const httpProxy = env.http_proxy || env.HTTP_PROXY;
  const httpsProxy = env.https_proxy || env.HTTPS_PROXY;
  const noProxy = env.no_proxy || env.NO_PROXY;
  const dispatcher = new EnvHttpProxyAgent({
    ...(httpProxy && { httpProxy }),
    ...(httpsProxy && { httpsProxy }),
    ...(noProxy && { noProxy }),
  });
  // Node's fetch takes a dispatcher beside the standard's options.
  return (input, init) => fetch(input, Object.assign({}, init, { dispatcher }));
}
