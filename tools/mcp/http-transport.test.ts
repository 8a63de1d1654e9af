import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { makeToolContext } from '../../test/tool-context.ts';
import { readHeaders } from './http-transport.ts';
import { runServer } from './server.ts';
import { listTools } from './tools.ts';

describe('the headers for an MCP server', () => {
  const home = mkdtempSync(join(tmpdir(), 'drydock-mcp-'));
  afterAll(() => rmSync(home, { recursive: true }));
  writeFileSync(join(home, 'token'), 'from-a-file\n', { mode: 0o600 });
  writeFileSync(join(home, 'open'), 'from-a-file\n', { mode: 0o644 });

  it('have their values from variables and files', async () => {
    const env = { TOKEN: 'from-a-variable', HOME: home };
    const sources = { Authorization: { env: 'TOKEN', prefix: 'Bearer ' }, 'X-Key': { file: '~/token' } };
    const { headers, hide } = await readHeaders(sources, env);
    expect(headers).toEqual({ Authorization: 'Bearer from-a-variable', 'X-Key': 'from-a-file' });
    expect(hide('you sent Bearer from-a-variable and from-a-file')).toBe('you sent Bearer [secret] and [secret]');
  });

  it.each([
    [{ a: { env: 'NONE' } }, 'the header a has no value: the variable NONE is not there, or empty'],
    [{ a: { file: '/no/such/file' } }, 'the header a has no value: the file /no/such/file is not there, or empty'],
    [{ a: { file: '~/open' } }, /the header a has no value: .*open can be read by others/],
    [{ a: { env: 'LINES' } }, 'the header a has a value that no header can have, from the variable LINES'],
  ])('%j are refused without their values', async (sources, message) => {
    await expect(readHeaders(sources, { LINES: 'one\ntwo', HOME: home })).rejects.toThrow(message);
  });
});

describe('an MCP server over HTTP', () => {
  const open: (() => void)[] = [];
  afterAll(() => {
    for (const close of open) close();
  });
  async function listen(answer: RequestListener | Server): Promise<string> {
    const server = typeof answer === 'function' ? createServer(answer) : answer;
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    open.push(() => {
      server.closeAllConnections();
      server.close();
    });
    const address = server.address();
    return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/mcp`;
  }
  const listFrom = async (url: string, env: Record<string, string> = {}) => {
    const transport = { kind: 'http' as const, url, headers: { Authorization: { env: 'TOKEN' } } };
    const common = { timeoutMs: 20_000, startTimeoutMs: 20_000, required: false, tools: null, exclude: [] };
    const { sandbox, close } = await makeToolContext();
    const world = { sandbox, env: { TOKEN: 'a-secret', ...env }, version: '0', tell: () => undefined };
    const server = runServer(
      { name: 'far', transport, ...common },
      { ...world, redact: (text) => text, listChanged: () => undefined },
    );
    const { problems } = await listTools([server], new AbortController().signal);
    await server.close();
    await close();
    return problems.map(({ text }) => text).join();
  };

  it('gets its headers, and no other server does by a redirect', async () => {
    const there: unknown[] = [];
    const here: unknown[] = [];
    const other = await listen((request, response) => {
      there.push(request.headers.authorization);
      response.writeHead(404).end();
    });
    const url = await listen((request, response) => {
      here.push(request.headers.authorization);
      response.writeHead(307, { location: other }).end();
    });
    expect(await listFrom(url)).toMatch(/redirect/i);
    expect([here, there]).toEqual([['a-secret'], []]);
  });

  it('that repeats the secret in what it says is told without it', async () => {
    const url = await listen((request, response) => {
      response.writeHead(403).end(`not with ${request.headers.authorization}`);
    });
    const problem = await listFrom(url);
    expect(problem).toContain('not with [secret]');
    expect(problem).not.toContain('a-secret');
  });

  it('is reached through the proxy of the environment', async () => {
    const asked: unknown[] = [];
    const proxy = createServer().on('connect', (request, socket) => {
      asked.push(request.url);
      socket.end('HTTP/1.1 502 No\r\n\r\n');
    });
    const url = 'http://mcp.invalid/mcp';
    expect(await listFrom(url, { http_proxy: new URL(await listen(proxy)).origin })).not.toBe('');
    expect(asked).toEqual(['mcp.invalid:80']);
  });
});
