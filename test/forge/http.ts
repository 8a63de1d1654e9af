/** The plain HTTP of the doubles: a request in, a whole answer out, so that a fault can stand between the two. */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';

/** A request as it came, its body read to the end. */
export type Asked = {
  method: string;
  /** As it was sent: percent-encoded, without the query. */
  path: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  body: Buffer;
};

export type Reply = { status: number; headers: Record<string, string>; body: Buffer | string };

/** Either a whole answer, or a connection that ends without one, or in the midst of one that began well. */
export type Outcome = Reply | 'cut' | 'cut midway';

export type Listener = {
  /** `http://127.0.0.1:PORT`. */
  url: string;
  close(): Promise<void>;
};

/** Listens on a free port of the loopback. What `answer` throws is answered with status 500 and its stack. */
export async function listen(answer: (asked: Asked) => Promise<Outcome>): Promise<Listener> {
  const server = createServer(async (request, response) => {
    try {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      const url = new URL(request.url ?? '/', 'http://127.0.0.1');
      const asked: Asked = {
        method: request.method ?? 'GET',
        path: url.pathname,
        query: url.searchParams,
        headers: request.headers,
        body: Buffer.concat(chunks),
      };
      send(response, await answer(asked));
    } catch (error) {
      if (response.destroyed) return;
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      send(response, { status: 500, headers: { 'content-type': 'text/plain' }, body: text });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function send(response: ServerResponse, outcome: Outcome): void {
  if (outcome === 'cut') {
    response.socket?.destroy();
    return;
  }
  if (outcome === 'cut midway') {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
    response.write(' ', () => response.socket?.destroy());
    return;
  }
  response.writeHead(outcome.status, outcome.headers);
  response.end(outcome.body);
}
