/** An image that the engine lacks, from its registry. */
import type Docker from 'dockerode';
import { SandboxError } from '../sandbox.ts';
import { message } from './container.ts';
import { orGivenUp, readReports } from './reports.ts';

/**
 * Pulls an image, without any credentials: those are the user's. Says how many layers are there. Throws `SandboxError`,
 * and at once where the signal is aborted.
 */
export async function pullImage(
  docker: Docker,
  name: string,
  onProgress: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  onProgress(`pulling the image ${name}`);
  const failed = await orGivenUp(`pulling the image ${name}`, signal, () => pull(docker, name, onProgress, signal));
  if (failed === null) return;
  throw new SandboxError(
    'image_missing',
    `the engine has no image ${name} and could not pull it: ${failed}`,
    `check the name and the registry; where it needs a login, fetch it yourself (docker pull ${name}); or leave out --image to use Drydock's own`,
  );
}

/** Gives the engine's words where it failed, else null. */
async function pull(
  docker: Docker,
  name: string,
  onProgress: (line: string) => void,
  signal: AbortSignal,
): Promise<string | null> {
  const layers = new Map<string, boolean>();
  try {
    for await (const { id, status, failed } of readReports(await docker.pull(name, { abortSignal: signal }))) {
      if (failed !== null) return failed;
      if (status === 'Pulling fs layer') layers.set(id, false);
      if (status !== 'Pull complete' || !layers.has(id)) continue;
      layers.set(id, true);
      onProgress(`pulled ${[...layers.values()].filter(Boolean).length} of ${layers.size} layers of ${name}`);
    }
    return null;
  } catch (error) {
    return message(error);
  }
}
