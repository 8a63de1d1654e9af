import { createServer } from 'node:http';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterEach, expect, it } from 'vitest';
import { type ModelServer, startModelServer } from '../test/model-server.ts';
import { createModel, resolveModel } from './index.ts';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

/** A proxy that tunnels, and notes to where. */
async function startProxy(): Promise<{ url: string; targets: string[] }> {
  const targets: string[] = [];
  const sockets = new Set<Duplex>();
  const proxy = createServer();
  proxy.on('connect', (request, client) => {
    targets.push(request.url ?? '');
    const [host = '', port] = (request.url ?? '').split(':');
    const upstream = connect(Number(port), host, () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      upstream.pipe(client).pipe(upstream);
    });
    sockets.add(upstream).add(client);
    client.on('error', () => upstream.destroy());
    upstream.on('error', () => client.destroy());
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  cleanups.push(
    () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        proxy.close(() => resolve());
        proxy.closeAllConnections();
      }),
  );
  const address = proxy.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  return { url: `http://127.0.0.1:${address.port}`, targets };
}

async function answerOf(env: Record<string, string>): Promise<string> {
  const model = await createModel(resolveModel('openai-chat:gpt-6-luna'), env);
  const request = { system: '', messages: [], tools: [], maxOutputTokens: 10 };
  for await (const event of model.stream(request, new AbortController().signal)) {
    if (event.type === 'done') return JSON.stringify(event.response.error ?? event.response.message.content);
  }
  return 'no done event';
}

async function startServer(): Promise<ModelServer> {
  const server = await startModelServer(() => ({ text: 'through' }));
  cleanups.push(() => server.close());
  return server;
}

it('goes through the proxy that the environment names', async () => {
  const [server, proxy] = [await startServer(), await startProxy()];
  const answer = await answerOf({ ...server.env, HTTP_PROXY: proxy.url });
  expect(answer).toContain('through');
  expect(proxy.targets).toEqual([new URL(server.url).host]);
});

it('reads the reason of a refusal that comes through it', async () => {
  const server = await startModelServer(() => ({ error: { status: 404, body: { detail: 'Not Found' } } }));
  cleanups.push(() => server.close());
  const proxy = await startProxy();
  const answer = await answerOf({ ...server.env, HTTP_PROXY: proxy.url });
  expect(JSON.parse(answer)).toEqual({ kind: 'not_found', message: 'Not Found', status: 404 });
});

it('goes past it to a host of NO_PROXY', async () => {
  const [server, proxy] = [await startServer(), await startProxy()];
  expect(await answerOf({ ...server.env, HTTP_PROXY: proxy.url, NO_PROXY: '127.0.0.1' })).toContain('through');
  expect(proxy.targets).toEqual([]);
});

it('needs no key for a local server, and sends the key where there is one', async () => {
  const server = await startServer();
  await answerOf({ OPENAI_BASE_URL: server.env.OPENAI_BASE_URL });
  await answerOf({ OPENAI_BASE_URL: server.env.OPENAI_BASE_URL, OPENAI_API_KEY: 'secret' });
  expect(server.journal.map((entry) => entry.headers.authorization)).toEqual(['Bearer none', 'Bearer secret']);
});
