import { createServer } from 'node:http';
import { expect, it, onTestFinished } from 'vitest';
import { apiFetch } from './transport.ts';

it('takes the largest page of comments that somebody can have GitHub send', async () => {
  const page = `[${Array.from({ length: 90 }, () => `"${'\\u003c'.repeat(65_536)}"`).join(',')}]`;
  const server = createServer((_, response) => response.end(page)).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  const api = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  const response = await apiFetch(api, {})(api);
  expect((await response.arrayBuffer()).byteLength).toBe(page.length);
}, 20_000);
