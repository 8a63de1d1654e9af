/** Streamable HTTP to a server that the user's own settings name, from the host. */
import { readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { FetchLike } from '@modelcontextprotocol/sdk/shared/transport.js';
import { proxyFetch } from '../../models/index.ts';
import type { EndingTransport } from './sandbox-transport.ts';
import type { HeaderSource, McpServer } from './settings.ts';

/** Of one response: a stream of events too, so that a server cannot fill the memory. */
const MAX_RESPONSE_BYTES = 64 * 1024 * 1024;
/** How long the end of a session may take. */
const END_MS = 1_000;
/** Far more is no secret for a header. */
const MAX_SECRET_BYTES = 8192;
/** A secret that is shorter would be cut out of ordinary words. */
const LEAST_SECRET = 8;

type Env = Readonly<Record<string, string | undefined>>;

/** The headers with their values, and `hide`, which takes these out of what the server says. Throws where one is not there. */
export async function readHeaders(
  sources: Readonly<Record<string, HeaderSource>>,
  env: Env,
): Promise<{ headers: Record<string, string>; hide: (text: string) => string }> {
  const headers: Record<string, string> = {};
  const secrets: string[] = [];
  for (const [name, source] of Object.entries(sources)) {
    const value = await readSource(name, source, env);
    if (value.length >= LEAST_SECRET) secrets.push(value);
    headers[name] = `${source.prefix ?? ''}${value}`;
  }
  return { headers, hide: (text) => secrets.reduce((shown, secret) => shown.replaceAll(secret, '[secret]'), text) };
}

async function readSource(name: string, source: HeaderSource, env: Env): Promise<string> {
  const from = 'env' in source ? `the variable ${source.env}` : `the file ${source.file}`;
  const text = 'env' in source ? env[source.env] : await readSecret(name, atHome(source.file, env));
  const value = text?.trim() ?? '';
  if (value === '') throw new Error(`the header ${name} has no value: ${from} is not there, or empty`);
  if (/[^\t\x20-\x7e\x80-\xff]/.test(value)) {
    throw new Error(`the header ${name} has a value that no header can have, from ${from}`);
  }
  return value;
}

async function readSecret(name: string, path: string): Promise<string | undefined> {
  const found = await stat(path).catch(() => null); // What is not there is told with the header's name.
  if (found === null) return undefined;
  const fault = !found.isFile() || found.size > MAX_SECRET_BYTES ? 'is no file with a secret' : null;
  const problem = fault ?? ((found.mode & 0o077) === 0 ? null : 'can be read by others (chmod 600 keeps it)');
  if (problem !== null) throw new Error(`the header ${name} has no value: ${path} ${problem}`);
  return readFile(path, 'utf8');
}

function atHome(path: string, env: Env): string {
  return path.startsWith('~/') ? join(env.HOME || homedir(), path.slice(2)) : path;
}

/** A transport to the server. Redirects to another origin are not followed, so no header goes elsewhere. */
export async function httpTransport(
  { url }: Extract<McpServer['transport'], { kind: 'http' }>,
  headers: Readonly<Record<string, string>>,
  env: Env,
): Promise<EndingTransport> {
  const { StreamableHTTPClientTransport } = await import('@modelcontextprotocol/sdk/client/streamableHttp.js');
  const transport = new StreamableHTTPClientTransport(new URL(url), { fetch: boundedFetch(headers, env) });
  const disconnect = transport.close.bind(transport);
  return Object.assign(transport, {
    end: () => ({ lost: false, fault: '', words: '' }),
    async close() {
      // A courtesy to the server, which may have gone.
      await Promise.race([transport.terminateSession().catch(() => undefined), delay(END_MS)]);
      await disconnect();
    },
  });
}

/** Node's fetch, or one through the proxy of `env`, with more headers; so much is read of an answer. */
function boundedFetch(more: Readonly<Record<string, string>>, env: Env): FetchLike {
  let way: Promise<typeof fetch> | undefined;
  return async (url, init = {}) => {
    way ??= proxyFetch(env).then((proxied) => proxied ?? fetch);
    // In the bundle the SDK's headers are not of the class that Node's fetch knows (`models/headers.ts`).
    const given = init.headers ?? {};
    const headers = { ...Object.fromEntries(Symbol.iterator in given ? given : Object.entries(given)), ...more };
    const response = await (await way)(url, { ...init, headers });
    if (response.body === null) return response;
    let left = MAX_RESPONSE_BYTES;
    const bound = new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        left -= chunk.length;
        if (left < 0) controller.error(new Error(`an answer of more than ${MAX_RESPONSE_BYTES / 1024 ** 2} MiB`));
        else controller.enqueue(chunk);
      },
    });
    const { status, statusText } = response;
    return new Response(response.body.pipeThrough(bound), { status, statusText, headers: response.headers });
  };
}
