/** From what the user asks for to a recipe, by what the base commit holds. */
import { posix } from 'node:path';
import { type Repository, RepositoryError, readBaseFiles } from '../workspace/index.ts';
import { kindsOf } from './base-tree.ts';
import { DETECTED_FILES, detectImage } from './detect.ts';
import { DEVCONTAINER_PATHS, parseDevcontainer } from './devcontainer.ts';
import type { Build, ImageRequest, Recipe, Setup } from './recipe.ts';

/** `image` is a name, or null for Drydock's own; the recipe says what is done beyond it; null: nothing. */
export type ResolvedRecipe = { image: string | null; recipe: Recipe | null; notes: string[] };

const NOTHING: Recipe = { build: null, env: {}, user: null, setup: null };

/** Finds what to use; nothing is built. Throws `RepositoryError` for what the base commit has not, or may not ask. */
export async function resolveRecipe(
  repository: Repository,
  request: ImageRequest,
  setup: Setup,
): Promise<ResolvedRecipe> {
  const { image, recipe, notes } = await resolveImage(repository, request);
  const commands = [...(recipe?.setup?.commands ?? []), ...setup.commands];
  if (commands.length === 0) return { image, recipe, notes };
  return { image, notes, recipe: { ...(recipe ?? NOTHING), setup: { commands, network: setup.network } } };
}

async function resolveImage(repository: Repository, request: ImageRequest): Promise<ResolvedRecipe> {
  const { head } = repository;
  switch (request.kind) {
    case 'own':
      return { image: null, recipe: null, notes: [] };
    case 'image':
      return { image: request.name, recipe: null, notes: [] };
    case 'auto': {
      const kinds = await kindsOf(repository, head, DETECTED_FILES);
      const { image, file } = detectImage(new Set(kinds.keys()));
      const why = file === null ? 'the base commit has no lockfile that is known' : `the base commit has ${file}`;
      return { image, recipe: null, notes: [`note: the image is ${image ?? "Drydock's own"}: ${why}`] };
    }
    case 'dockerfile': {
      const dockerfile = pathInRepository(repository, request.path);
      if ((await kindsOf(repository, head, [dockerfile])).get(dockerfile) !== 'blob') {
        throw new RepositoryError(
          'recipe',
          `the base commit has no file ${dockerfile}, which --dockerfile names`,
          'commit it first: the image is built from the base commit, not from the working tree',
        );
      }
      const build = { kind: 'dockerfile' as const, dockerfile, context: '', args: {}, target: null };
      return { image: null, recipe: { ...NOTHING, build }, notes: [] };
    }
    case 'devcontainer': {
      const files = await readBaseFiles(repository, head, DEVCONTAINER_PATHS);
      const [file, bytes] = files.entries().next().value ?? [];
      if (file === undefined || bytes === undefined) {
        throw new RepositoryError(
          'recipe',
          `the base commit has neither ${DEVCONTAINER_PATHS.join(' nor ')}`,
          'commit it first, or leave out --devcontainer',
        );
      }
      const { image, build, env, user, commands, notes } = parseDevcontainer(bytes.toString(), file);
      if (build !== null) await checkBuild(repository, file, build);
      const setup: Setup | null = commands.length === 0 ? null : { commands, network: 'full' };
      return { image, recipe: { build, env, user, setup }, notes };
    }
  }
}

async function checkBuild(repository: Repository, file: string, { dockerfile, context }: Build): Promise<void> {
  const kinds = await kindsOf(repository, repository.head, [dockerfile, ...(context === '' ? [] : [context])]);
  const missing =
    kinds.get(dockerfile) !== 'blob'
      ? `file ${dockerfile}`
      : context !== '' && kinds.get(context) !== 'tree'
        ? `folder ${context}`
        : null;
  if (missing !== null) {
    throw new RepositoryError('recipe', `${file}: the base commit has no ${missing}`, 'commit it first');
  }
}

/** The path below the repository's root. */
function pathInRepository({ root, prefix }: Repository, path: string): string {
  const inside = posix.isAbsolute(path)
    ? posix.relative(root ?? '/', path)
    : posix.join(prefix, path).replace(/\/+$/, '');
  if (inside === '..' || inside.startsWith('../') || inside === '.' || inside === '') {
    throw new RepositoryError(
      'recipe',
      `${path} is not a file in the repository`,
      'name a Dockerfile that is committed in it',
    );
  }
  return inside;
}
