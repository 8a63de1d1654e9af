/** The sandbox's image: taken as it is, pulled, or Drydock's own, which is found by the hash of its Dockerfile. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type Docker from 'dockerode';
import { isRoot } from '../recipe/recipe.ts';
import { SandboxError, WORKSPACE } from '../sandbox.ts';
import { buildImage } from './build.ts';
import { exclusively } from './build-lock.ts';
import { FALLBACK_HOME, statusOf } from './container.ts';
import { pullImage } from './pull.ts';

/**
 * What the sandbox needs to know of an image: who its commands run as, and what a snapshot of it keeps. `home` is null
 * where the image knows it.
 */
export type Image = {
  name: string;
  id: string;
  user: string;
  home: string | null;
  entrypoint: string[];
  cmd: string[];
  /** Whether /workspace is a volume in its containers, so that no image made of them holds what is there. */
  workspaceIsVolume: boolean;
};

/** Whom commands run as where the image would use root: root without capabilities could not even own its files. */
const FALLBACK_USER = '1000:1000';

/** Where `user` is root, an unprivileged one takes its place, with a home of its own. */
export function runAs(user: string): Pick<Image, 'user' | 'home'> {
  return isRoot(user) ? { user: FALLBACK_USER, home: FALLBACK_HOME } : { user, home: null };
}

/** Drydock's own image: the tag is the Dockerfile's hash, so that a changed Dockerfile is another image. */
export async function ownImage(dockerfile: string): Promise<{ name: string; key: string }> {
  const text = await readFile(dockerfile);
  const key = createHash('sha256').update(text).digest('hex').slice(0, 12);
  return { name: `drydock-sandbox:${key}`, key };
}

/** What a name may hold. It becomes part of a request's path, and a repository may have said it. */
const IMAGE_NAME = /^[A-Za-z0-9](?:[\w:/@-]|\.(?!\.))*$/;

/** Looks an image up; null when the engine does not have it. Throws `SandboxError` for what is no name. */
export async function inspectImage(docker: Docker, name: string): Promise<Image | null> {
  if (!IMAGE_NAME.test(name)) {
    const text = `${JSON.stringify(name)} cannot be the name of an image`;
    throw new SandboxError('image_missing', text, 'check --image, or the image of devcontainer.json');
  }
  try {
    const { Id, Config } = await docker.getImage(name).inspect();
    const listOf = (value: string | string[] | undefined) => (typeof value === 'string' ? [value] : (value ?? []));
    return {
      name,
      id: Id,
      ...runAs(Config.User ?? ''),
      entrypoint: listOf(Config.Entrypoint),
      cmd: listOf(Config.Cmd),
      workspaceIsVolume: Object.keys(Config.Volumes ?? {}).some((path) => isWithin(WORKSPACE, path)),
    };
  } catch (error) {
    if (statusOf(error) === 404) return null;
    throw error;
  }
}

/** Whether a path is a folder or in it; both absolute. */
function isWithin(path: string, folder: string): boolean {
  return `${path}/`.startsWith(`${folder.replace(/\/+$/, '')}/`);
}

/** How to get an image that the engine lacks. */
export type Making = { onProgress: (line: string) => void; signal: AbortSignal };

/** Finds an image, or has it made, by one at a time: whoever waited finds it. Throws what `make` throws. */
export async function findOrMake(
  docker: Docker,
  name: string,
  { onProgress, signal }: Making,
  make: () => Promise<void>,
): Promise<Image> {
  const found = await inspectImage(docker, name);
  if (found) return found;
  const key = createHash('sha256').update(name).digest('hex');
  const onWait = () => onProgress(`waiting for another run that makes the image ${name}`);
  return exclusively(key, { signal, onWait }, async () => {
    const meanwhile = await inspectImage(docker, name);
    if (meanwhile) return meanwhile;
    await make();
    const made = await inspectImage(docker, name);
    if (!made) throw new SandboxError('build_failed', `the engine made ${name} but does not list it`);
    return made;
  });
}

/**
 * Finds the image; pulls one of the user's, builds Drydock's own where it is missing, until the signal is aborted. Throws
 * `SandboxError`.
 */
export async function ensureImage(
  docker: Docker,
  options: { image: string | null; dockerfile: string; onProgress: (line: string) => void },
  signal = new AbortController().signal,
): Promise<Image> {
  const { image, dockerfile, onProgress } = options;
  const making = { onProgress, signal };
  if (image !== null) return findOrMake(docker, image, making, () => pullImage(docker, image, onProgress, signal));
  const { name, key } = await ownImage(dockerfile);
  return findOrMake(docker, name, making, () => {
    onProgress(`building the sandbox image ${name}, once`);
    const folder = dirname(dockerfile);
    const request = {
      name,
      kind: 'own' as const,
      key,
      what: 'the sandbox image',
      // Nothing but the Dockerfile is in the context.
      context: { context: folder, src: ['Dockerfile'] },
      hints: {
        step: `build it by hand to see more: docker build -t ${name} ${folder}`,
        fetch:
          'its base image could not be fetched: check the registry, or make the base image yourself (scripts/base-image.sh in the source does it from Debian packages)',
      },
    };
    return buildImage(docker, request, onProgress, signal);
  });
}
