/** An image of a folder on the host, such as a task of an eval brings: built once, and found by its content's digest. */
import type Docker from 'dockerode';
import { buildImage } from './build.ts';
import { findOrMake, type Image, type Making } from './image.ts';

export type FolderBuild = {
  /** Absolute. */
  folder: string;
  /** Relative to the folder. */
  dockerfile: string;
  /** What of the folder the build sees, relative to it. */
  files: readonly string[];
  /** The digest of all these, which names the image. */
  key: string;
};

/** The name of the image that a folder's build gives. */
export function folderImageName(key: string): string {
  return `drydock-eval:${key.slice(0, 32)}`;
}

/** Finds the image, or builds it. Throws `SandboxError`. */
export function ensureFolderImage(
  docker: Docker,
  { folder, dockerfile, files, key }: FolderBuild,
  making: Making,
): Promise<Image> {
  const name = folderImageName(key);
  return findOrMake(docker, name, making, () => {
    making.onProgress(`building the image ${name} of ${folder}/${dockerfile}, once`);
    const request = {
      ...{ name, kind: 'eval' as const, key, dockerfile },
      what: `the image of ${folder}/${dockerfile}`,
      context: { context: folder, src: [...files] },
      hints: {
        step: `mend ${dockerfile}; to see more: docker build -f ${dockerfile} ${folder}`,
        fetch: 'an image that it needs could not be fetched: check the registry, or fetch it yourself (docker pull)',
      },
    };
    return buildImage(docker, request, making.onProgress, making.signal);
  });
}
