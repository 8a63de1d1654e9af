/** From a recipe to the image that the agent's container is made of: found, or built, then set up. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { type BaseTree, chooseFiles, openScratch } from '../recipe/base-tree.ts';
import { parseDockerignore } from '../recipe/dockerignore.ts';
import { isManifest } from '../recipe/manifests.ts';
import type { Build, Recipe, Setup } from '../recipe/recipe.ts';
import { type Repository, readBaseFiles, type TrustedRepository } from '../workspace/index.ts';
import { buildImage } from './build.ts';
import { ensureImage, findOrMake, type Image, type Making, runAs } from './image.ts';
import { runSetup } from './setup-phase.ts';

/** A recipe, and the commit that it is carried out on. */
export type RecipeSource = {
  recipe: Recipe;
  repository: Repository;
  /** Full object id of the base commit. */
  base: string;
  /** A folder of the session's, for what is made on the way. */
  scratch: string;
};

/** Name of a Dockerfile in a context that it is not in itself. */
const OUTSIDE_DOCKERFILE = '.drydock.Dockerfile';

/** Finds or makes the image. Throws `SandboxError`, and `RepositoryError` where the commit lacks objects. */
export async function prepareImage(
  docker: Docker,
  options: { image: string | null; dockerfile: string; source?: RecipeSource; onProgress: (line: string) => void },
  signal: AbortSignal,
): Promise<Image> {
  const { source, onProgress } = options;
  if (source === undefined) return ensureImage(docker, options, signal);
  const { build, setup, env, user } = source.recipe;
  const making = { onProgress, signal };
  const folder = await mkdtemp(join(source.scratch, 'recipe-'));
  try {
    const repository = await openScratch(join(folder, 'objects.git'), source.repository);
    const work = { docker, source, repository, tar: join(folder, 'files.tar'), making };
    const base = build === null ? await ensureImage(docker, options, signal) : await built(work, build);
    const image = setup === null ? base : await setUp(work, base, setup, env);
    return user === null ? image : { ...image, ...runAs(user) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

type Work = { docker: Docker; source: RecipeSource; repository: TrustedRepository; tar: string; making: Making };

async function built({ docker, source, repository, tar, making }: Work, build: Build): Promise<Image> {
  const { onProgress, signal } = making;
  const { tree, dockerfile } = await chooseContext(source, repository, build);
  const key = imageKey({ tree: tree.id, dockerfile, args: build.args, target: build.target });
  const name = `drydock-${build.kind}:${key}`;
  return findOrMake(docker, name, making, async () => {
    await tree.pack(tar);
    onProgress(`building the image ${name} of ${build.dockerfile}, once`);
    const { kind, args, target } = build;
    const request = {
      ...{ name, kind, key, args, target, dockerfile },
      what: `the image of ${build.dockerfile}`,
      context: createReadStream(tar),
      hints: {
        step: `mend ${build.dockerfile} and commit it, or leave out --${build.kind}`,
        fetch: 'an image that it needs could not be fetched: check the registry, or fetch it yourself (docker pull)',
      },
    };
    await buildImage(docker, request, onProgress, signal);
  });
}

/** The files of the build's folder but for those that are ignored, and the Dockerfile, by its path among them. */
async function chooseContext(
  { repository: user, base }: RecipeSource,
  scratch: TrustedRepository,
  { context, dockerfile }: Build,
): Promise<{ tree: BaseTree; dockerfile: string }> {
  const below = context === '' ? '' : `${context}/`;
  const own = `${dockerfile}.dockerignore`;
  const general = `${below}.dockerignore`;
  const files = await readBaseFiles(user, base, [own, general]);
  // By bytes, as the paths of the tree.
  const ignored = parseDockerignore((files.get(own) ?? files.get(general))?.toString('latin1') ?? '');
  const inside = dockerfile.startsWith(below) ? dockerfile.slice(below.length) : null;
  const kept = new Set([inside === null ? null : Buffer.from(inside).toString('latin1'), '.dockerignore']);
  const tree = await chooseFiles(scratch, user, {
    commit: base,
    folder: context,
    keep: (path) => kept.has(path) || !ignored(path),
    ...(inside === null ? { more: { name: OUTSIDE_DOCKERFILE, from: dockerfile } } : {}),
  });
  return { tree, dockerfile: inside ?? OUTSIDE_DOCKERFILE };
}

async function setUp(
  { docker, source, repository, tar, making }: Work,
  image: Image,
  setup: Setup,
  env: Record<string, string>,
): Promise<Image> {
  const { tree, key } = await chooseSetup(source, repository, image.id);
  const name = `drydock-setup:${key}`;
  return findOrMake(docker, name, making, async () => {
    await tree.pack(tar);
    const request = { image, name, key, setup, env, files: tar };
    await runSetup(docker, request, making.onProgress, making.signal);
  });
}

/** What the set-up of a commit sees, and the key of its snapshot. */
export async function chooseSetup(
  { recipe: { setup, env }, repository, base }: Pick<RecipeSource, 'recipe' | 'repository' | 'base'>,
  scratch: TrustedRepository,
  imageId: string,
): Promise<{ tree: BaseTree; key: string }> {
  const tree = await chooseFiles(scratch, repository, { commit: base, folder: '', keep: isManifest });
  return { tree, key: imageKey({ image: imageId, setup, env, tree: tree.id }) };
}

/** The digest of all that an image is made of; long enough that no repository can make up another's. */
function imageKey(parts: Record<string, unknown>): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}
