/**
 * The Docker backend on an engine that is reached over TCP, plain and with TLS, by DOCKER_HOST and by a context: through a
 * proxy on the loopback that passes bytes and half-closes on to the engine's own address.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDockerSandbox, locateEngine, openEngine, SandboxError } from '../sandbox/index.ts';
import { ROOT, temporaryFolder } from './harness.ts';

const servers: Server[] = [];
const sockets = new Set<Socket>();
afterAll(() => {
  for (const socket of sockets) socket.destroy();
  for (const server of servers) server.close();
});

/** Listens on a free port of the loopback; gives it. */
async function listen(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  return address.port;
}

let forward: (client: Socket) => void;
beforeAll(async () => {
  const engine = await locateEngine(process.env);
  const target = engine.protocol === 'socket' ? { path: engine.socketPath } : { host: engine.host, port: engine.port };
  forward = (client) => {
    const upstream = connect({ ...target, allowHalfOpen: true });
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => sockets.delete(socket));
    }
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
    client.pipe(upstream);
    upstream.pipe(client);
  };
});

/** Certificates for a server on the loopback and for a client, by an authority of their own, as files of docker's names. */
function makeCertificates(): string {
  const folder = temporaryFolder();
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl('req', '-x509', ...key, '-subj', '/CN=authority', '-keyout', 'ca-key.pem', '-out', 'ca.pem');
  for (const [name, keyFile, file] of [
    ['server', 'server-key.pem', 'server.pem'],
    ['client', 'key.pem', 'cert.pem'],
  ] as const) {
    openssl('req', ...key, '-subj', `/CN=${name}`, '-keyout', keyFile, '-out', `${name}.csr`);
    writeFileSync(join(folder, 'names'), 'subjectAltName=IP:127.0.0.1');
    const authority = ['-CA', 'ca.pem', '-CAkey', 'ca-key.pem', '-CAcreateserial', '-extfile', 'names'];
    openssl('x509', '-req', '-in', `${name}.csr`, ...authority, '-out', file);
  }
  return folder;
}

function tlsProxy(certificates: string): Server {
  const read = (name: string) => readFileSync(join(certificates, name));
  const identity = { cert: read('server.pem'), key: read('server-key.pem'), ca: read('ca.pem') };
  const options = { ...identity, requestCert: true, rejectUnauthorized: true, allowHalfOpen: true };
  return createTlsServer(options, (client) => forward(client));
}

/** What goes wrong where a connection is not passed on as it is: streams both ways, ends of stdin, much output, kills. */
async function usesAll(env: NodeJS.ProcessEnv): Promise<void> {
  const sandbox = createDockerSandbox(locateEngine(env).then(openEngine), {
    sessionId: 'tcp',
    image: 'drydock-test-busybox',
    dockerfile: join(ROOT, 'Dockerfile'),
    network: 'none',
    env: {},
    onProgress: () => undefined,
  });
  try {
    const said = await sandbox.exec({ command: 'echo out; echo err >&2; exit 3' });
    expect([said.exitCode, said.output.head.toString()]).toEqual([3, 'out\nerr\n']);
    const reader = await sandbox.spawn({ command: 'wc -c', stdin: true });
    for (let i = 0; i < 10; i += 1) reader.write('x'.repeat(100_000));
    reader.closeStdin();
    expect((await reader.ended).output.head.toString().trim()).toBe('1000000');
    const flood = await sandbox.exec({ command: 'head -c 20000000 /dev/zero', maxOutputBytes: 4096 });
    expect(flood.output.totalBytes).toBe(20_000_000);
    const sleeper = await sandbox.spawn({ command: 'sleep 300' });
    await sleeper.kill();
    expect((await sleeper.ended).reason).toBe('killed');
    await sandbox.writeFile('file', 'content');
    expect((await sandbox.readFile('file')).bytes.toString()).toBe('content');
  } finally {
    await sandbox.dispose();
  }
}

describe('an engine on tcp', () => {
  it('serves a sandbox without TLS, by DOCKER_HOST', async () => {
    const port = await listen(createServer({ allowHalfOpen: true }, (client) => forward(client)));
    await usesAll({ DOCKER_HOST: `tcp://127.0.0.1:${port}` });
  });

  it('serves one with TLS and certificates on both sides, by DOCKER_HOST and by a context', async () => {
    const certificates = makeCertificates();
    const host = `tcp://127.0.0.1:${await listen(tlsProxy(certificates))}`;
    await usesAll({ DOCKER_HOST: host, DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: certificates });

    const config = temporaryFolder();
    const digest = createHash('sha256').update('far').digest('hex');
    const tls = join(config, 'contexts/tls', digest, 'docker');
    const meta = join(config, 'contexts/meta', digest);
    for (const folder of [tls, meta]) mkdirSync(folder, { recursive: true });
    for (const name of ['ca.pem', 'cert.pem', 'key.pem']) {
      writeFileSync(join(tls, name), readFileSync(join(certificates, name)));
    }
    const docker = { Host: host, SkipTLSVerify: false };
    writeFileSync(join(meta, 'meta.json'), JSON.stringify({ Name: 'far', Metadata: {}, Endpoints: { docker } }));
    writeFileSync(join(config, 'config.json'), JSON.stringify({ currentContext: 'far' }));
    await usesAll({ DOCKER_CONFIG: config, HOME: config });
  });

  it('is not talked to where its certificate is not the authority’s, or the client has none', async () => {
    const host = `tcp://127.0.0.1:${await listen(tlsProxy(makeCertificates()))}`;
    for (const folder of [makeCertificates(), temporaryFolder()]) {
      const env = { DOCKER_HOST: host, DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: folder };
      await expect(locateEngine(env)).rejects.toThrow(SandboxError);
    }
  });
});
