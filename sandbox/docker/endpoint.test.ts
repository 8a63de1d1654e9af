import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { SandboxError } from '../sandbox.ts';
import { type Candidate, candidateEndpoints, describeEndpoint, findEngine, OWN_SOCKET } from './endpoint.ts';

const files = (content: Record<string, string>) => (path: string) => content[path] ?? null;
const none = files({});
const names = (endpoints: Candidate[]) => endpoints.map(describeEndpoint);
const digest = (name: string) => createHash('sha256').update(name).digest('hex');

describe('candidateEndpoints', () => {
  it('names the usual sockets in order, ours last, each once', () => {
    const endpoints = candidateEndpoints({ XDG_RUNTIME_DIR: '/run/user/7' }, '/home/a', 7, none);
    expect(names(endpoints)).toEqual([
      'unix:///var/run/docker.sock',
      'unix:///run/user/7/docker.sock',
      'unix:///home/a/.docker/run/docker.sock',
      `unix://${OWN_SOCKET}`,
    ]);
  });

  it('tries nothing beside DOCKER_HOST where it is set', () => {
    const endpoints = candidateEndpoints({ DOCKER_HOST: 'unix:///a/b.sock', DOCKER_CONTEXT: 'x' }, '/home/a', 7, none);
    expect(endpoints).toEqual([{ protocol: 'socket', socketPath: '/a/b.sock', source: 'DOCKER_HOST' }]);
  });

  it('puts the current context before the usual sockets', () => {
    const readFile = files({
      '/home/a/.docker/config.json': JSON.stringify({ currentContext: 'colima' }),
      [`/home/a/.docker/contexts/meta/${digest('colima')}/meta.json`]: JSON.stringify({
        Endpoints: { docker: { Host: 'unix:///home/a/.colima/docker.sock' } },
      }),
    });
    expect(candidateEndpoints({}, '/home/a', 7, readFile)[0]).toEqual({
      protocol: 'socket',
      socketPath: '/home/a/.colima/docker.sock',
      source: 'context colima',
    });
  });

  it('takes DOCKER_CONTEXT before the configured context, and DOCKER_CONFIG for the folder', () => {
    const readFile = files({
      '/c/config.json': JSON.stringify({ currentContext: 'one' }),
      [`/c/contexts/meta/${digest('two')}/meta.json`]: JSON.stringify({
        Endpoints: { docker: { Host: 'tcp://10.0.0.2:2376' } },
      }),
      [`/c/contexts/tls/${digest('two')}/docker/ca.pem`]: 'CA',
    });
    expect(candidateEndpoints({ DOCKER_CONFIG: '/c', DOCKER_CONTEXT: 'two' }, '/home/a', 7, readFile)[0]).toEqual({
      protocol: 'https',
      host: '10.0.0.2',
      port: 2376,
      tls: { ca: 'CA' },
      verify: true,
      source: 'context two',
    });
  });

  it.each([
    ['a broken config.json', '{'],
    ['a context whose folder is gone', '{"currentContext":"gone"}'],
    ['the default context', '{"currentContext":"default"}'],
    ['a config.json of another shape', '[1]'],
  ])('goes on to the usual sockets with %s', (_what, config) => {
    const endpoints = candidateEndpoints({}, '/home/a', 7, files({ '/home/a/.docker/config.json': config }));
    expect(names(endpoints)[0]).toBe('unix:///var/run/docker.sock');
  });

  it('speaks TLS to a tcp address under DOCKER_TLS_VERIFY, with the files of DOCKER_CERT_PATH', () => {
    const readFile = files({ '/certs/ca.pem': 'CA', '/certs/cert.pem': 'CERT', '/certs/key.pem': 'KEY' });
    const env = { DOCKER_HOST: 'tcp://engine.example', DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: '/certs' };
    expect(candidateEndpoints(env, '/home/a', 7, readFile)).toEqual([
      {
        protocol: 'https',
        host: 'engine.example',
        port: 2376,
        tls: { ca: 'CA', cert: 'CERT', key: 'KEY' },
        verify: true,
        source: 'DOCKER_HOST',
      },
    ]);
  });

  it.each([
    ['tcp://127.0.0.1', { protocol: 'http', host: '127.0.0.1', port: 2375 }],
    ['tcp://127.0.0.1:80', { protocol: 'http', host: '127.0.0.1', port: 80 }],
    ['http://[::1]:4000/', { protocol: 'http', host: '::1', port: 4000 }],
    ['npipe:////./pipe/docker_engine', { protocol: 'socket', socketPath: '//./pipe/docker_engine' }],
    ['ssh://me@host', { protocol: 'unsupported', url: 'ssh://me@host' }],
    ['unix://relative', { protocol: 'unsupported', url: 'unix://relative' }],
    ['nonsense', { protocol: 'unsupported', url: 'nonsense' }],
  ])('reads the address %s', (url, expected) => {
    expect(candidateEndpoints({ DOCKER_HOST: url }, '/home/a', 7, none)).toEqual([
      { ...expected, source: 'DOCKER_HOST' },
    ]);
  });
});

describe('findEngine', () => {
  const closers: (() => void)[] = [];
  afterEach(() => {
    for (const close of closers.splice(0)) close();
  });

  /** A server that answers every request with `status`, on a socket in a folder of its own. */
  async function engine(status: number): Promise<string> {
    const folder = mkdtempSync(join(tmpdir(), 'drydock-endpoint-'));
    const server: Server = createServer((_request, response) => response.writeHead(status).end('OK'));
    const socketPath = join(folder, 'docker.sock');
    await new Promise<void>((resolve) => server.listen(socketPath, resolve));
    closers.push(() => {
      server.close();
      rmSync(folder, { recursive: true });
    });
    return socketPath;
  }
  const socket = (socketPath: string): Candidate => ({ protocol: 'socket', socketPath, source: 'test' });

  it('returns the first that answers', async () => {
    const [broken, first, second] = [await engine(500), await engine(200), await engine(200)];
    const found = await findEngine(['/nowhere/docker.sock', broken, first, second].map(socket));
    expect(found).toEqual(socket(first));
  });

  it('says for each what was tried and why it failed', async () => {
    const broken = await engine(500);
    const candidates: Candidate[] = [
      socket('/nowhere/docker.sock'),
      socket(broken),
      { protocol: 'unsupported', url: 'ssh://me@host', source: 'test' },
    ];
    const error: unknown = await findEngine(candidates).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(SandboxError);
    expect(error).toMatchObject({ kind: 'engine_unreachable' });
    expect(String(error)).toContain('unix:///nowhere/docker.sock (test): not there; ');
    expect(String(error)).toContain(`unix://${broken} (test): answered with HTTP 500; `);
    expect(String(error)).toContain('ssh://me@host (test): ssh is not supported');
    expect(String(error)).not.toContain('\n');
  });
});
