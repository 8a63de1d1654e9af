import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterEach, expect, it } from 'vitest';
import { directFetch } from './direct-fetch.ts';
import { LightHeaders } from './headers.ts';

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

/** A server on the loopback; gives its URL. */
async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return `http://127.0.0.1:${address.port}/`;
}

const post = (url: string, init: RequestInit = {}, onActivity: () => void = () => undefined) =>
  directFetch(onActivity)(url, { method: 'POST', body: 'hello', ...init });

it.each([
  ['text', 'grüße'],
  ['bytes', Buffer.from('>grüße').subarray(1)],
])('sends a body of %s with its length and the headers, and reads status, headers and text back', async (_, sent) => {
  const seen: unknown[] = [];
  const url = await serve(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    seen.push(request.method, request.headers['x-one'], request.headers['content-length'], body);
    response.writeHead(201, { 'request-id': 'r1', 'x-two': ['a', 'b'] }).end('{"ok":"ä"}');
  });
  const response = await post(url, { headers: { 'X-One': '1' }, body: sent });
  expect(seen).toEqual(['POST', '1', '7', 'grüße']);
  expect([response.status, response.ok, response.headers.get('Request-ID')]).toEqual([201, true, 'r1']);
  expect(response.headers.get('x-two')).toBe('a, b');
  expect(await response.json()).toEqual({ ok: 'ä' });
});

it.each([
  ['gzip', gzipSync],
  ['deflate', deflateSync],
  ['br', brotliCompressSync],
])('reads an answer that a gateway sends as %s', async (encoding, compress) => {
  const url = await serve((_, response) => {
    response.writeHead(200, { 'content-encoding': encoding }).end(compress('packed'));
  });
  expect(await (await post(url)).text()).toBe('packed');
});

it('does not follow a redirect, and says where the server points', async () => {
  const url = await serve((_, response) => {
    response.writeHead(308, { location: 'https://elsewhere.example/v1' }).end();
  });
  const response = await post(url);
  expect(response.ok).toBe(false);
  expect(await response.text()).toBe(
    'HTTP 308: the server wants requests at https://elsewhere.example/v1; set the base URL to it',
  );
});

it('tells of the head and of every piece that arrives', async () => {
  let pieces = 0;
  const url = await serve((_, response) => {
    response.write('a');
    setTimeout(() => response.end('b'), 20);
  });
  const response = await post(url, {}, () => {
    pieces += 1;
  });
  expect(pieces).toBe(1);
  expect(await response.text()).toBe('ab');
  expect(pieces).toBeGreaterThanOrEqual(3);
});

it('makes the request again when the kept connection turns out to be closed, and only then', async () => {
  let requests = 0;
  const url = await serve((request, response) => {
    requests += 1;
    // The second request on a connection is cut, as by a load balancer that had given the connection up.
    if (requests === 2) request.socket.destroy();
    else request.resume().on('end', () => response.end('fine'));
  });
  expect(await (await post(url)).text()).toBe('fine');
  expect(await (await post(url)).text()).toBe('fine');
  expect(requests).toBe(3);
  const dead = await serve((request) => void request.socket.destroy());
  await expect(post(dead)).rejects.toMatchObject({ code: 'ECONNRESET' });
});

it('an abort ends a request that waits, and a body that is read', async () => {
  const silent = await serve(() => undefined);
  const first = new AbortController();
  const waiting = post(silent, { signal: first.signal });
  setTimeout(() => first.abort(), 10);
  await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });

  const endless = await serve((_, response) => void response.write('a'));
  const second = new AbortController();
  const response = await post(endless, { signal: second.signal });
  setTimeout(() => second.abort(), 10);
  await expect(response.text()).rejects.toMatchObject({ name: 'AbortError' });
});

it.each(['identity', 'gzip'])(
  'an abort, or a cut, before anybody reads a body (%s) is nobody\u2019s error',
  async (encoding) => {
    const url = await serve((request, response) => {
      response.writeHead(200, { 'content-encoding': encoding });
      response.write(encoding === 'gzip' ? gzipSync('begun') : 'begun');
      if (request.headers['x-cut']) setTimeout(() => request.socket.destroy(), 10);
    });
    const controller = new AbortController();
    const aborted = await post(url, { signal: controller.signal });
    controller.abort();
    await post(url, { headers: { 'x-cut': '1' } });
    // Were it an error without a listener, it would end the process in this time.
    await new Promise((resolve) => setTimeout(resolve, 50));
    await expect(aborted.text()).rejects.toMatchObject({ name: 'AbortError' });
  },
);

it('a body that is cut short is an error, not an end', async () => {
  const url = await serve((request, response) => {
    response.write('half');
    setTimeout(() => request.socket.destroy(), 20);
  });
  await expect((await post(url)).text()).rejects.toThrow();
});

it('the light headers know a name in any case, append, and give pairs back', () => {
  const headers = new LightHeaders({ 'Content-Type': 'a' });
  headers.append('content-type', 'b');
  headers.set('X-Key', ' k ');
  headers.delete('X-GONE');
  expect([headers.get('CONTENT-TYPE'), headers.has('x-key'), headers.get('x-gone')]).toEqual(['a, b', true, null]);
  expect([...headers]).toEqual([
    ['content-type', 'a, b'],
    ['x-key', 'k'],
  ]);
});
