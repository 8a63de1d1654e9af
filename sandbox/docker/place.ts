/** Files of ours into a container, by its engine: root's there, so that the agent's user can read and not change them. */
import type Docker from 'dockerode';
import { type PlacedFile, SandboxError } from '../sandbox.ts';
import { message } from './container.ts';
import { tarOf } from './tar.ts';

/** Puts files below `folder`, which lies at the container's root. Throws `SandboxError`. */
export async function placeFiles(
  container: Docker.Container,
  folder: string,
  files: readonly PlacedFile[],
): Promise<void> {
  try {
    await container.putArchive(tarOf(folder.slice(1), files), { path: '/' });
  } catch (error) {
    const text = `files could not be put into the sandbox at ${folder}: ${message(error)}`;
    throw new SandboxError('create_failed', text, 'leave them out with --skills none', { cause: error });
  }
}
