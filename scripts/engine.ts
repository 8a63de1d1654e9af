/**
 * What the set-up scripts ask of the Docker engine, without a package: `node scripts/engine.ts COMMAND`.
 *
 *   find               prints the address of the engine that answers; otherwise exits 1 and says what was tried
 *   ready              exits 0 when an engine answers that has the sandbox image, or the base image to build it from
 *   has IMAGE          exits 0 when the engine has the image
 *   pull IMAGE         fetches an image from its registry; gives up when the registry is silent
 *   import IMAGE       makes an image of the root file system that comes as a tar on stdin
 *   own                prints the name of the sandbox image
 *   save IMAGE         writes an image to stdout, as a tar
 *   load               takes images from such a tar on stdin
 *   build IMAGE        builds an image of the build context that comes as a tar on stdin
 */
import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { homedir } from 'node:os';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  candidateEndpoints,
  describeEndpoint,
  type Endpoint,
  findEngine,
  requestOptions,
} from '../sandbox/docker/endpoint.ts';

/** A registry that cannot be reached shows as silence: the engine itself waits for minutes. */
const PULL_SILENCE_MS = 20_000;

type Call = { method: 'GET' | 'POST'; path: string; body?: Readable; silenceMs?: number };

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // What cannot be read is as good as absent: docker's own files are optional.
    return null;
  }
}

function send(engine: Endpoint, { method, path, body, silenceMs }: Call): Promise<IncomingMessage> {
  const request = engine.protocol === 'https' ? httpsRequest : httpRequest;
  const headers = body ? { 'Content-Type': 'application/x-tar' } : {};
  return new Promise((resolve, reject) => {
    const outgoing = request({ ...requestOptions(engine), method, path, headers, agent: false }, resolve);
    outgoing.on('error', reject);
    if (silenceMs) {
      outgoing.setTimeout(silenceMs, () => outgoing.destroy(new Error(`no answer for ${silenceMs / 1000} s`)));
    }
    if (body) body.pipe(outgoing);
    else outgoing.end();
  });
}

/** What a report of the engine complains of: a step that failed (`error`) or a refused request (`message`). */
function complaint(line: string): string | null {
  const report: unknown = JSON.parse(line);
  if (typeof report !== 'object' || report === null) return null;
  if ('error' in report) return String(report.error).trim();
  return 'message' in report ? String(report.message).trim() : null;
}

/** Sends a call whose answer is a stream of JSON reports, and throws when it, or a report in it, is a failure. */
async function run(engine: Endpoint, call: Call): Promise<void> {
  const response = await send(engine, call);
  for await (const line of createInterface({ input: response })) {
    const failure = line.trim() === '' ? null : complaint(line);
    if (failure !== null) throw new Error(failure);
  }
  if ((response.statusCode ?? 500) >= 300) throw new Error(`the engine answered with HTTP ${response.statusCode}`);
}

async function has(engine: Endpoint, image: string): Promise<boolean> {
  const response = await send(engine, { method: 'GET', path: `/images/${image}/json` });
  response.resume();
  return response.statusCode === 200;
}

/** The image that our Dockerfile starts from, and the one that it makes: `ownImageName` in `sandbox/docker/image.ts`. */
function dockerfileImages(): string[] {
  const dockerfile = readFileSync(new URL('../Dockerfile', import.meta.url), 'utf8');
  const base = /^FROM (\S+)/m.exec(dockerfile)?.[1] ?? '';
  return [base, `drydock-sandbox:${hash('sha256', dockerfile).slice(0, 12)}`];
}

async function main([command, image = '']: string[]): Promise<number> {
  const engine = await findEngine(candidateEndpoints(process.env, homedir(), process.getuid?.() ?? null, readText));
  const [repository = '', tag = 'latest'] = image.split(':');
  const query = (parameters: Record<string, string>) => new URLSearchParams(parameters).toString();
  switch (command) {
    case 'find':
      console.log(describeEndpoint(engine));
      return 0;
    case 'ready':
      return (await Promise.all(dockerfileImages().map((name) => has(engine, name)))).includes(true) ? 0 : 1;
    case 'has':
      return (await has(engine, image)) ? 0 : 1;
    case 'pull': {
      const path = `/images/create?${query({ fromImage: repository, tag })}`;
      await run(engine, { method: 'POST', path, silenceMs: PULL_SILENCE_MS });
      return 0;
    }
    case 'import': {
      const path = `/images/create?${query({ fromSrc: '-', repo: repository, tag, changes: 'CMD ["/bin/bash"]' })}`;
      await run(engine, { method: 'POST', path, body: process.stdin });
      return 0;
    }
    case 'own':
      console.log(dockerfileImages()[1]);
      return 0;
    case 'save': {
      const response = await send(engine, { method: 'GET', path: `/images/${image}/get` });
      if (response.statusCode !== 200) throw new Error(`the engine answered with HTTP ${response.statusCode}`);
      await pipeline(response, process.stdout);
      return 0;
    }
    case 'load':
      await run(engine, { method: 'POST', path: '/images/load', body: process.stdin });
      return 0;
    case 'build': {
      const path = `/build?${query({ t: image, rm: '1', forcerm: '1' })}`;
      await run(engine, { method: 'POST', path, body: process.stdin });
      return 0;
    }
    default:
      console.error(`scripts/engine.ts: unknown command ${command ?? '(none)'}; the head of the file lists them`);
      return 2;
  }
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
