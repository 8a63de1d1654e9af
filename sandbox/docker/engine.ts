/** The engine's client: dockerode on the endpoint that answers, loaded only when it is needed. */
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type Docker from 'dockerode';
import { SandboxError } from '../sandbox.ts';
import { candidateEndpoints, type Endpoint, findEngine } from './endpoint.ts';

/** The client of an engine. */
export type Engine = Docker;

/** Finds the engine that answers. Throws `SandboxError` that says what was tried. */
export function locateEngine(env: NodeJS.ProcessEnv): Promise<Endpoint> {
  return findEngine(candidateEndpoints(env, env.HOME || homedir(), process.getuid?.() ?? null, readText));
}

/** A client for an engine. */
export async function openEngine(endpoint: Endpoint): Promise<Docker> {
  const { default: DockerClient } = await import('dockerode');
  switch (endpoint.protocol) {
    case 'socket':
      return new DockerClient({ socketPath: endpoint.socketPath });
    case 'http':
      return new DockerClient({ protocol: 'http', host: endpoint.host, port: endpoint.port });
    case 'https': {
      const { host, port, tls, verify } = endpoint;
      const { Agent } = await import('node:https');
      // docker-modem has no switch for an engine that is not to be verified, but takes an agent.
      const agent = verify ? {} : { agent: new Agent({ ...tls, rejectUnauthorized: false }) };
      return new DockerClient({ protocol: 'https', host, port, ...tls, ...agent });
    }
  }
}

/**
 * Whether it is Podman that speaks the engine's API. Its answer to a ping says so; `/version` would too, but takes Docker
 * 30 ms, since it starts programs to ask them theirs.
 */
export function isPodman(docker: Docker): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const ping = { path: '/_ping', method: 'GET', isStream: true, statusCodes: { 200: true, 500: 'server error' } };
    docker.modem.dial(ping, (error: unknown, answer: unknown) => {
      if (!(answer instanceof process.getBuiltinModule('node:http').IncomingMessage)) return reject(error);
      answer.resume();
      resolve(answer.headers['libpod-api-version'] !== undefined);
    });
  });
}

/** A restart takes seconds; an engine that has not answered for a minute needs a person. */
const AWAY_MS = 60_000;
const AWAY_PAUSE_MS = 500;

/** Waits until an engine that may be away answers, for a minute at most. Throws `SandboxError`. */
export async function awaitEngine(docker: Docker, signal: AbortSignal, onWait: () => void): Promise<void> {
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(AWAY_MS)]);
  const over = new Promise<never>((_, reject) => {
    deadline.addEventListener('abort', () => reject(new Error('no answer')), { once: true });
  });
  over.catch(() => undefined); // Nobody may be waiting any more.
  for (let told = false; !deadline.aborted; told = true) {
    try {
      // A socket that somebody else listens on, until the engine is there, takes the request and is silent.
      await Promise.race([docker.ping(), over]);
      return;
    } catch {
      // Whatever keeps it from answering is told below, should it last.
      if (!told) onWait();
      await delay(AWAY_PAUSE_MS, undefined, { signal: deadline }).catch(() => undefined);
    }
  }
  const text = `the engine has not answered for ${AWAY_MS / 1000} s`;
  throw new SandboxError('engine_unreachable', text, 'start it, then go on with `drydock resume`');
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // docker's own files are optional: what cannot be read is as good as absent.
    return null;
  }
}
