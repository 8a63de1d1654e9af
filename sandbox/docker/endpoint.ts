/**
 * Which Docker engine to talk to. `docker-modem` reads only DOCKER_HOST; the `docker` command also knows contexts, and
 * rootless engines and Docker Desktop listen on sockets of their own. Nothing here loads a package, so that the set-up
 * scripts share it.
 */
import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import { SandboxError } from '../sandbox.ts';

/** PEM texts, each present where its file is. */
export type EngineTls = { ca?: string; cert?: string; key?: string };

/**
 * How to reach an engine. `socketPath` is a Unix socket or a Windows named pipe. `source` says, for a message, what
 * named it.
 */
export type Endpoint =
  | { protocol: 'socket'; socketPath: string; source: string }
  | { protocol: 'http'; host: string; port: number; source: string }
  | { protocol: 'https'; host: string; port: number; tls: EngineTls; verify: boolean; source: string };

/** An engine to try, or an address that was named and that Drydock cannot use (ssh, for one). */
export type Candidate = Endpoint | { protocol: 'unsupported'; url: string; source: string };

/** The text of a file, or null where it cannot be read. */
export type ReadText = (path: string) => string | null;

/** The socket of the engine that `scripts/setup.sh` starts on a machine that has none. */
export const OWN_SOCKET = '/run/drydock/docker.sock';

/** A socket that is not there fails at once, so this is only waited for an engine on a machine that is overloaded. */
const PING_TIMEOUT_MS = 10_000;
/** The ports that the engine's documentation names for plain and for TLS connections. */
const HTTP_PORT = 2375;
const HTTPS_PORT = 2376;

/**
 * The engines to try, in order: DOCKER_HOST alone where it is set; else the current context, the default socket, the
 * sockets of a rootless engine and of Docker Desktop, and our own. `uid` is null where users have no number (Windows).
 */
export function candidateEndpoints(
  env: Readonly<Record<string, string | undefined>>,
  home: string,
  uid: number | null,
  readFile: ReadText,
): Candidate[] {
  const configFolder = env.DOCKER_CONFIG || posix.join(home, '.docker');
  if (env.DOCKER_HOST) {
    const tlsFolder = env.DOCKER_CERT_PATH || configFolder;
    const tls = env.DOCKER_TLS_VERIFY ? { material: readTls(tlsFolder, readFile), verify: true } : null;
    return [parseEndpoint(env.DOCKER_HOST, 'DOCKER_HOST', tls)];
  }
  const sockets = [
    '/var/run/docker.sock',
    ...(env.XDG_RUNTIME_DIR ? [posix.join(env.XDG_RUNTIME_DIR, 'docker.sock')] : []),
    posix.join(home, '.docker/run/docker.sock'),
    ...(uid === null ? ['//./pipe/docker_engine'] : [`/run/user/${uid}/docker.sock`]),
    OWN_SOCKET,
  ];
  const all = [
    ...contextEndpoint(env, configFolder, readFile),
    ...sockets.map((socketPath): Candidate => ({ protocol: 'socket', socketPath, source: 'usual socket' })),
  ];
  const seen = new Set<string>();
  return all.filter((endpoint) => {
    const name = describeEndpoint(endpoint);
    return seen.has(name) ? false : seen.add(name);
  });
}

/** The address of an endpoint in the form that DOCKER_HOST takes. */
export function describeEndpoint(endpoint: Candidate): string {
  switch (endpoint.protocol) {
    case 'socket':
      return `${endpoint.socketPath.startsWith('//./') ? 'npipe' : 'unix'}://${endpoint.socketPath}`;
    case 'unsupported':
      return endpoint.url;
    default:
      return `tcp://${endpoint.host.includes(':') ? `[${endpoint.host}]` : endpoint.host}:${endpoint.port}`;
  }
}

/** The part of Node's request options that says where the engine is. */
export function requestOptions(endpoint: Endpoint) {
  if (endpoint.protocol === 'socket') return { socketPath: endpoint.socketPath };
  const { host, port } = endpoint;
  if (endpoint.protocol === 'http') return { host, port };
  return { host, port, ...endpoint.tls, rejectUnauthorized: endpoint.verify };
}

/** The first engine that answers a ping. Throws `SandboxError` that says what was tried, and why each failed. */
export async function findEngine(candidates: readonly Candidate[]): Promise<Endpoint> {
  const tried: string[] = [];
  for (const endpoint of candidates) {
    const failure = endpoint.protocol === 'unsupported' ? unsupported(endpoint.url) : await ping(endpoint);
    if (failure === null && endpoint.protocol !== 'unsupported') return endpoint;
    tried.push(`${describeEndpoint(endpoint)} (${endpoint.source}): ${failure}`);
  }
  throw new SandboxError(
    'engine_unreachable',
    `no Docker engine answers: ${tried.join('; ')}`,
    'start Docker, or set DOCKER_HOST to the engine to use',
  );
}

/** The endpoint of the context that `docker` itself would use; none for `default` or a context that is gone. */
function contextEndpoint(
  env: Readonly<Record<string, string | undefined>>,
  configFolder: string,
  readFile: ReadText,
): Candidate[] {
  const name =
    env.DOCKER_CONTEXT || textAt(readJson(posix.join(configFolder, 'config.json'), readFile), 'currentContext');
  if (!name || name === 'default') return [];
  const digest = createHash('sha256').update(name).digest('hex');
  const meta = readJson(posix.join(configFolder, 'contexts/meta', digest, 'meta.json'), readFile);
  const docker = memberOf(memberOf(meta, 'Endpoints'), 'docker');
  const host = textAt(docker, 'Host');
  if (!host) return [];
  const material = readTls(posix.join(configFolder, 'contexts/tls', digest, 'docker'), readFile);
  const verify = memberOf(docker, 'SkipTLSVerify') !== true;
  const hasTls = Object.keys(material).length > 0 || !verify;
  return [parseEndpoint(host, `context ${name}`, hasTls ? { material, verify } : null)];
}

function parseEndpoint(url: string, source: string, tls: { material: EngineTls; verify: boolean } | null): Candidate {
  const [, scheme = '', rest = ''] = /^([a-z]+):\/\/(.*)$/.exec(url) ?? [];
  if (scheme === 'unix' && rest.startsWith('/')) return { protocol: 'socket', socketPath: rest, source };
  if (scheme === 'npipe') return { protocol: 'socket', socketPath: rest.replaceAll('\\', '/'), source };
  if (['tcp', 'http', 'https'].includes(scheme) && URL.canParse(`http://${rest}`)) {
    const { hostname, port, pathname } = new URL(`http://${rest}`);
    // `URL` drops a port of 80, the default of the scheme it was given.
    const explicit = port || (/:80(\/|$)/.test(rest) ? '80' : '');
    const host = hostname.replace(/^\[(.*)\]$/, '$1');
    if (host && pathname === '/') {
      const secure = tls ?? (scheme === 'https' ? { material: {}, verify: true } : null);
      if (!secure) return { protocol: 'http', host, port: Number(explicit || HTTP_PORT), source };
      const port = Number(explicit || HTTPS_PORT);
      return { protocol: 'https', host, port, tls: secure.material, verify: secure.verify, source };
    }
  }
  return { protocol: 'unsupported', url, source };
}

function unsupported(url: string): string {
  if (!url.startsWith('ssh://')) return 'not an address of the form unix:///PATH or tcp://HOST:PORT';
  const target = url.slice('ssh://'.length) || 'HOST';
  return `ssh is not supported; forward the socket (ssh -nNT -L /tmp/docker.sock:/var/run/docker.sock ${target}) and set DOCKER_HOST=unix:///tmp/docker.sock`;
}

/** Null when the engine answered, else why not. */
function ping(endpoint: Endpoint): Promise<string | null> {
  // Not imported: an import of `node:http` reads all its exports, of which one loads Node's fetch (90 ms).
  const { request: send } = process.getBuiltinModule(endpoint.protocol === 'https' ? 'node:https' : 'node:http');
  return new Promise((resolve) => {
    const options = {
      ...requestOptions(endpoint),
      path: '/_ping',
      agent: false,
      signal: AbortSignal.timeout(PING_TIMEOUT_MS),
    };
    const request = send(options, (response) => {
      response.resume();
      resolve(response.statusCode === 200 ? null : `answered with HTTP ${response.statusCode}`);
    });
    request.on('error', (error: NodeJS.ErrnoException) => resolve(pingFailure(error)));
    request.end();
  });
}

function pingFailure(error: NodeJS.ErrnoException): string {
  if (error.name === 'AbortError' || error.name === 'TimeoutError')
    return `no answer within ${PING_TIMEOUT_MS / 1000} s`;
  if (error.code === 'ENOENT') return 'not there';
  if (error.code === 'EACCES') return 'permission denied';
  if (error.code === 'ECONNREFUSED') return 'nothing listens';
  return error.message;
}

function readTls(folder: string, readFile: ReadText): EngineTls {
  const [ca, cert, key] = ['ca.pem', 'cert.pem', 'key.pem'].map((name) => readFile(posix.join(folder, name)));
  return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
}

/** A file of `docker`'s own configuration; null where there is none, or where it is not JSON (`docker` warns of that). */
function readJson(path: string, readFile: ReadText): unknown {
  const text = readFile(path);
  if (text === null) return null;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function memberOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}

function textAt(value: unknown, key: string): string | undefined {
  const member = memberOf(value, key);
  return typeof member === 'string' ? member : undefined;
}
