/** The bases of tasks on this machine: each made once in a folder, found again by its digest, and packed once for all its trials. */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type CommitSource,
  inspectRepository,
  makePack,
  makeSingleCommit,
  openTrusted,
  type Repository,
  type RepositoryPack,
} from '../sandbox/index.ts';
import { digestFolder, digestOf } from './digest.ts';
import { type TaskBase, TaskError } from './task.ts';

/** A base that is ready: a bare repository of one commit, and the pack that a sandbox gets. */
export type ReadyBase = { repository: Repository; pack: RepositoryPack };

/** A base, and the image to work in; null: Drydock's own. `images` are all that were made or fetched for it. */
export type ReadyPlace = { base: ReadyBase; image: string | null; images: readonly string[] };

/** The digest of a base, whichever machine it lies on: of a folder's files, a bundle's bytes, a commit's id. */
export async function digestOfBase(base: TaskBase): Promise<string> {
  switch (base.kind) {
    case 'folder':
      return digestOf({ kind: base.kind, files: await digestFolder(base.path) });
    case 'bundle':
      return digestOf({ kind: base.kind, bundle: await readBundle(base.path), commit: base.commit });
    case 'repository':
      return digestOf({ kind: base.kind, commit: base.commit });
    case 'image':
      return digestOf(base);
  }
}

function readBundle(path: string): Promise<Buffer> {
  return readFile(path).catch((error: unknown) => {
    throw new TaskError(`${path} cannot be read: ${error instanceof Error ? error.message : error}`, '', {
      cause: error,
    });
  });
}

/**
 * Finds the base in `folder`, or makes it; `source` hands out where the files are, if they are
 * needed. It may be asked for by several trials of this
 * process, not by several processes. Throws `RepositoryError`.
 */
export async function ensureBase(
  folder: string,
  key: string,
  source: <T>(use: (source: CommitSource) => Promise<T>) => Promise<T>,
  env: NodeJS.ProcessEnv,
): Promise<ReadyBase> {
  const ready = join(folder, key);
  if (!existsSync(ready)) {
    await mkdir(folder, { recursive: true });
    const made = await mkdtemp(join(folder, 'new-'));
    try {
      const repository = await source((from) => makeSingleCommit(join(made, 'base.git'), from, env));
      const trusted = await openTrusted(join(made, 'pack.git'), repository);
      const request = { commit: repository.head, tree: null, history: 'none' as const, known: null };
      const pack = await makePack(trusted, repository, { ...request, folder: join(made, 'pack') });
      await writeFile(join(made, 'pack.json'), JSON.stringify(pack.pack?.name ?? null));
      await rename(made, ready);
    } finally {
      await rm(made, { recursive: true, force: true });
    }
  }
  const repository = await inspectRepository(join(ready, 'base.git'), env);
  const name: unknown = JSON.parse(await readFile(join(ready, 'pack.json'), 'utf8'));
  if (typeof name !== 'string') throw new TaskError(`${ready} holds no pack`, 'remove that folder');
  const path = (suffix: string) => join(ready, 'pack', `${name}.${suffix}`);
  return {
    repository,
    pack: {
      pack: { name, pack: path('pack'), index: path('idx') },
      base: repository.head,
      files: repository.head,
      tags: '',
      tagsDigest: digestOf(''),
    },
  };
}
