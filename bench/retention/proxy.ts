/** Between the program and a real provider: passes all on as it comes, and writes the requests down. */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';

/** `status` is the provider's; null until it has answered. */
export type Passed = { path: string; body: string; status: number | null };

/** Of one hop only, or made anew for the next. */
const HOP_HEADERS = ['host', 'connection', 'content-length', 'transfer-encoding', 'accept-encoding'];

function headersFor(headers: IncomingHttpHeaders): Headers {
  const passed = new Headers();
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && !HOP_HEADERS.includes(name)) passed.set(name, String(value));
  }
  return passed;
}

async function answer(response: ServerResponse, upstream: Response): Promise<void> {
  const kept = ['content-type', 'retry-after', 'request-id', 'x-request-id'].flatMap((name) => {
    const value = upstream.headers.get(name);
    return value === null ? [] : [[name, value] as const];
  });
  response.writeHead(upstream.status, Object.fromEntries(kept));
  if (upstream.body === null) response.end();
  else await pipeline(Readable.fromWeb(upstream.body as ReadableStream<Uint8Array>), response);
}

/** Listens on the loopback for requests to `upstream`, a base URL; the path of a request is put behind it. */
export async function startProxy(upstream: string) {
  const passed: Passed[] = [];
  const server = createServer(async (request, response) => {
    const entry: Passed = { path: request.url ?? '', body: '', status: null };
    passed.push(entry);
    try {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      const bytes = Buffer.concat(chunks);
      entry.body = bytes.toString('utf8');
      const init = { method: request.method ?? 'POST', headers: headersFor(request.headers) };
      const target = `${upstream.replace(/\/+$/, '')}${entry.path}`;
      const reply = await fetch(target, bytes.length > 0 ? { ...init, body: bytes } : init);
      entry.status = reply.status;
      await answer(response, reply);
    } catch (error) {
      if (response.headersSent) response.destroy();
      else
        response
          .writeHead(502, { 'content-type': 'application/json' })
          .end(JSON.stringify({ error: { message: String(error) } }));
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${address.port}`, passed, close };
}
