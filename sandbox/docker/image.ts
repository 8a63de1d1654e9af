/** The sandbox's image: found by the hash of its Dockerfile, built on first use. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type Docker from 'dockerode';
import { z } from 'zod';
import { SandboxError } from '../sandbox.ts';
import { message, statusOf } from './container.ts';

/** What the sandbox needs to know of an image: who its commands run as. */
export type Image = { name: string; user: string; home: string | null };

/** Whom commands run as where the image would use root: root without capabilities could not even own its files. */
const FALLBACK_USER = '1000:1000';

/** Drydock's own image: the tag is the Dockerfile's hash, so that a changed Dockerfile is another image. */
export async function ownImageName(dockerfile: string): Promise<string> {
  const text = await readFile(dockerfile);
  return `drydock-sandbox:${createHash('sha256').update(text).digest('hex').slice(0, 12)}`;
}

/** Looks an image up; null when the engine does not have it. */
export async function inspectImage(docker: Docker, name: string, fallbackHome: string): Promise<Image | null> {
  try {
    const { Config } = await docker.getImage(name).inspect();
    const user = Config.User ?? '';
    const root = ['', 'root', '0', '0:0', 'root:root'].includes(user);
    return { name, user: root ? FALLBACK_USER : user, home: root ? fallbackHome : null };
  } catch (error) {
    if (statusOf(error) === 404) return null;
    throw error;
  }
}

const buildLine = z.object({
  stream: z.string().optional(),
  status: z.string().optional(),
  errorDetail: z.object({ message: z.string() }).optional(),
  error: z.string().optional(),
});

/**
 * Builds an image from a Dockerfile alone (nothing else is in the context). `onProgress` gets a line per step. Throws
 * `SandboxError` with the failing step and the engine's words, and at once where the signal is aborted: the engine stops
 * building when nobody listens any more.
 */
export async function buildImage(
  docker: Docker,
  dockerfile: string,
  name: string,
  onProgress: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const aborted = new Promise<never>((_, reject) => {
    const giveUp = () => reject(new SandboxError('lost', `building the image ${name} was given up`));
    if (signal.aborted) giveUp();
    else signal.addEventListener('abort', giveUp, { once: true });
  });
  // The client hears of the abort too and closes its connection; waiting until it says so would only take longer.
  await Promise.race([aborted, runBuild(docker, dockerfile, name, onProgress, signal)]);
}

async function runBuild(
  docker: Docker,
  dockerfile: string,
  name: string,
  onProgress: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  if (signal.aborted) return;
  const stream = await docker.buildImage(
    { context: dirname(dockerfile), src: ['Dockerfile'] },
    { t: name, rm: true, forcerm: true, abortSignal: signal },
  );
  let step = '';
  let rest = '';
  const onLine = (line: string): void => {
    if (line.trim() === '') return;
    const parsed = buildLine.safeParse(parseJson(line));
    if (!parsed.success) return;
    const { stream: text, errorDetail, error } = parsed.data;
    // The engine reports a failed build inside a stream that itself ends well.
    const failed = errorDetail?.message ?? error;
    if (failed !== undefined) {
      const missing = /pull access denied|manifest unknown|dial tcp|no such host|i\/o timeout|lookup /.test(failed);
      throw new SandboxError(
        'build_failed',
        `building the sandbox image failed at "${step || 'the start'}": ${failed.trim()}`,
        missing
          ? 'its base image could not be fetched: check the registry, or make the base image yourself (scripts/base-image.sh in the source does it from Debian packages)'
          : `build it by hand to see more: docker build -t ${name} ${join(dirname(dockerfile))}`,
      );
    }
    const said = (text ?? '').trim();
    if (said.startsWith('Step ')) {
      step = said;
      onProgress(said);
    }
  };
  for await (const chunk of stream) {
    rest += String(chunk);
    for (let at = rest.indexOf('\n'); at >= 0; at = rest.indexOf('\n')) {
      onLine(rest.slice(0, at));
      rest = rest.slice(at + 1);
    }
  }
  onLine(rest);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new SandboxError('build_failed', `the engine's build report is not JSON: ${message(error)}`);
  }
}
