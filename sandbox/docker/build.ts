/** Builds an image: Drydock's own, or one of the repository's base commit. */
import type Docker from 'dockerode';
import { SandboxError } from '../sandbox.ts';
import { DEFAULT_LIMITS, message } from './container.ts';
import { type ImageKind, imageLabels } from './labels.ts';
import { isFetchFailure, orGivenUp, readReports } from './reports.ts';

export type BuildRequest = {
  name: string;
  kind: ImageKind;
  key: string;
  /** Words for a person: `the sandbox image`. */
  what: string;
  context: NodeJS.ReadableStream | Docker.ImageBuildContext;
  /** Path in the context. */
  dockerfile?: string;
  args?: Record<string, string>;
  target?: string | null;
  /** The way out where a step fails, and where the base image cannot be fetched. */
  hints: { step: string; fetch: string };
};

/** So many of a failing step's last lines are told. */
const LAST_LINES = 5;

/**
 * Builds it; `onProgress` gets a line per step. The engine gets the context and the arguments, and nothing of this
 * process's environment. Throws `SandboxError` with the failing step and the engine's words, and at once where the signal
 * is aborted: the engine stops building when nobody listens any more.
 */
export function buildImage(
  docker: Docker,
  request: BuildRequest,
  onProgress: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  return orGivenUp(`building the image ${request.name}`, signal, async () => {
    const stream = await startBuild(docker, request, signal);
    let step = '';
    let last: string[] = [];
    for await (const { said, status, id, failed } of readReports(stream)) {
      if (failed !== null) throw buildFailed(request, step, last, failed);
      // Podman writes it in capitals.
      if (/^Step \d/i.test(said)) {
        step = said;
        last = [];
        onProgress(said);
      } else if (said !== '' && !/^(--->|Removing intermediate)/.test(said)) {
        const lines = said.split(/[\r\n]/).map((line) => line.trim());
        last = [...last, ...lines.filter((line) => line !== '')].slice(-LAST_LINES);
      }
      if (status.startsWith('Pulling from')) onProgress(`${status}:${id}`);
    }
  });
}

async function startBuild(docker: Docker, request: BuildRequest, signal: AbortSignal): Promise<NodeJS.ReadableStream> {
  const { memoryBytes } = DEFAULT_LIMITS;
  try {
    return await docker.buildImage(request.context, {
      t: request.name,
      rm: true,
      forcerm: true,
      memory: memoryBytes,
      memswap: memoryBytes,
      labels: imageLabels(request.kind, request.key),
      ...(request.dockerfile === undefined ? {} : { dockerfile: request.dockerfile }),
      ...(request.args === undefined ? {} : { buildargs: request.args }),
      ...(request.target ? { target: request.target } : {}),
      abortSignal: signal,
    });
  } catch (error) {
    // A Dockerfile that cannot be read is refused before any step.
    throw buildFailed(request, '', [], message(error));
  }
}

function buildFailed(
  { what, hints }: BuildRequest,
  step: string,
  last: readonly string[],
  failed: string,
): SandboxError {
  const output = last.length === 0 ? '' : `; its last lines: ${last.join(' / ')}`;
  const buildkit = 'build it yourself (docker build) and name the image with --image';
  return new SandboxError(
    'build_failed',
    `building ${what} failed at "${step || 'the start'}": ${failed}${output}`,
    isFetchFailure(failed) ? hints.fetch : /BuildKit/i.test(failed) ? buildkit : hints.step,
  );
}
