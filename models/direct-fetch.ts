/**
 * The fetch that the SDKs are given, over Node's own HTTP client. Node's `fetch` costs 90 ms to load and a chain of web
 * streams for each answer (docs/benchmarks.md); a model request is one POST of a text whose answer is read once.
 */
import type { IncomingMessage, RequestOptions } from 'node:http';
import type { Readable } from 'node:stream';
import { withErrorEnvelope } from './errors.ts';
import { LightHeaders } from './headers.ts';

/** A fetch. It calls `onActivity` for every piece of a body that arrives, keep-alive comments included. */
export type WatchedFetch = (onActivity: () => void) => typeof fetch;

/**
 * Makes a fetch for POSTs. It follows no redirect (a POST would become a GET, or its key go to another host): the answer
 * then says where to. The answer's body can be iterated over, once.
 */
export const directFetch: WatchedFetch = (onActivity) => async (input, init) => {
  const url = new URL(input instanceof URL ? input.href : String(input));
  // Bytes: of a text Node would count them, and count them again, before it writes them.
  const body = ArrayBuffer.isView(init?.body)
    ? new Uint8Array(init.body.buffer, init.body.byteOffset, init.body.byteLength)
    : Buffer.from(typeof init?.body === 'string' ? init.body : '');
  const headers = Object.fromEntries(new LightHeaders(entriesOf(init?.headers)));
  const options: RequestOptions = {
    method: init?.method ?? 'POST',
    headers: { ...headers, 'content-length': body.length },
    ...(init?.signal && { signal: init.signal }),
  };
  const incoming = await send(url, options, body);
  onActivity();
  return answer(url, incoming, onActivity, init?.signal ?? undefined);
};

async function send(url: URL, options: RequestOptions, body: Uint8Array): Promise<IncomingMessage> {
  // Not imported: an import of `node:http` reads all its exports, of which one loads the fetch that is avoided here.
  const { request } = process.getBuiltinModule(url.protocol === 'https:' ? 'node:https' : 'node:http');
  for (;;) {
    const outgoing = request(url, options);
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      outgoing.on('response', resolve);
      outgoing.on('error', reject);
    });
    outgoing.end(body);
    try {
      return await answered;
    } catch (error) {
      // The server had closed the kept connection while it was idle, which shows only now; a fresh one is due.
      const stale = outgoing.reusedSocket && error instanceof Error && 'code' in error && error.code === 'ECONNRESET';
      if (!stale) throw error;
    }
  }
}

function answer(
  url: URL,
  incoming: IncomingMessage,
  onActivity: () => void,
  signal: AbortSignal | undefined,
): Response {
  const status = incoming.statusCode ?? 0;
  const pairs = Object.entries(incoming.headersDistinct).map(([name, values]): [string, string] => [
    name,
    (values ?? []).join(', '),
  ]);
  const headers = new LightHeaders(pairs);
  const source = decoded(incoming);
  // Who reads hears of an error by reading; where nobody reads (yet) it must not end the process.
  source.on('error', () => undefined);
  // An abort ends the connection with a plain reset; the reader should hear of the abort.
  signal?.addEventListener('abort', () => source.destroy(signal.reason), { once: true });
  async function* read(): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      onActivity();
      yield chunk;
    }
  }
  const body = read();
  const ok = status >= 200 && status < 300;
  const text = async () => {
    if (status >= 300 && status < 400) {
      incoming.resume();
      return `HTTP ${status}: the server wants requests at ${headers.get('location') ?? 'another address'}; set the base URL to it`;
    }
    const chunks: Uint8Array[] = [];
    for await (const chunk of body) chunks.push(chunk);
    const whole = Buffer.concat(chunks).toString('utf8');
    return ok ? whole : withErrorEnvelope(whole);
  };
  const response = { url: url.href, status, ok, headers, body, text, json: async () => JSON.parse(await text()) };
  // The SDKs use of a response what is above, which the tests of the adapters show.
  return response as unknown as Response;
}

/** We ask for no encoding; a gateway may send one all the same. */
function decoded(incoming: IncomingMessage): Readable {
  const encoding = incoming.headers['content-encoding'] ?? 'identity';
  if (encoding === 'identity') return incoming;
  const zlib = process.getBuiltinModule('node:zlib');
  const flush = zlib.constants.Z_SYNC_FLUSH;
  const decoders = {
    gzip: () => zlib.createGunzip({ flush }),
    deflate: () => zlib.createInflate({ flush }),
    br: () => zlib.createBrotliDecompress({ flush: zlib.constants.BROTLI_OPERATION_FLUSH }),
  };
  const decoder = encoding === 'gzip' || encoding === 'deflate' || encoding === 'br' ? decoders[encoding]() : undefined;
  if (decoder === undefined) {
    incoming.destroy();
    throw new Error(`the server answers in an encoding that nobody asked for: ${encoding}`);
  }
  incoming.on('error', (error) => decoder.destroy(error));
  return incoming.pipe(decoder);
}

function entriesOf(headers: RequestInit['headers']): [string, string][] {
  if (headers === undefined) return [];
  if (Symbol.iterator in headers) return [...headers].map(([name = '', value = '']) => [name, value]);
  return Object.entries(headers).map(([name, value]) => [name, String(value)]);
}
