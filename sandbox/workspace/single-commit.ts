/**
 * A repository of one commit without a parent, made of files that did not come from a sandbox: what an eval's agent starts from.
 * What came later in the source's history is not in it, and cannot be reached from it.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Environment, GitError, runGit } from './git.ts';
import { inspectRepository, type Repository, RepositoryError } from './repository.ts';
import {
  createTrusted,
  openTrusted,
  setTrustedRef,
  type TrustedRepository,
  treeOf,
  trustedSettings,
  writeCommit,
} from './trusted.ts';

/** Where the files come from. Paths are absolute; a commit is anything that git makes a commit of. */
export type CommitSource =
  | { kind: 'folder'; path: string }
  | { kind: 'bundle'; path: string; commit: string }
  | { kind: 'repository'; path: string; commit: string }
  /** A git tree in a pack that a sandbox handed out. */
  | { kind: 'pack'; path: string; tree: string };

/** Fixed, so that the same files always give the same commit. */
const COMMIT = { author: { name: 'Drydock', email: 'drydock@localhost' }, time: 0, message: 'Base\n', parents: [] };

/** In `info/attributes`, which goes before all others: files are taken byte for byte, whatever `.gitattributes` they bring. */
const AS_THEY_ARE = '* -text -filter -ident -working-tree-encoding\n';

/**
 * Makes the bare repository `folder` (absolute; it must not be there). Objects of a source that is a repository are
 * borrowed from it, not copied: it must stay where it is. Throws `RepositoryError`.
 */
export async function makeSingleCommit(folder: string, source: CommitSource, env: Environment): Promise<Repository> {
  try {
    const made = await takeTree(folder, source, env);
    const commit = await writeCommit(made.trusted, { ...COMMIT, tree: made.tree });
    await setTrustedRef(made.trusted, 'refs/heads/main', commit);
    await writeFile(join(folder, 'HEAD'), 'ref: refs/heads/main\n');
    return await inspectRepository(folder, env);
  } catch (error) {
    if (!(error instanceof GitError) || error.kind !== 'failed') throw error;
    const named =
      source.kind === 'folder' || source.kind === 'pack' ? source.path : `${source.commit} of ${source.path}`;
    throw new RepositoryError('missing_objects', `${named} cannot be read: ${error.message}`, '', { cause: error });
  }
}

type Taken = { trusted: TrustedRepository; tree: string };

async function takeTree(folder: string, source: CommitSource, env: Environment): Promise<Taken> {
  if (source.kind === 'repository') {
    const repository = await inspectRepository(source.path, env);
    const trusted = await openTrusted(folder, repository);
    return { trusted, tree: await treeOf(trusted, source.commit) };
  }
  const trusted = await createTrusted(folder, 'sha1', env);
  const settings = trustedSettings(trusted);
  switch (source.kind) {
    case 'bundle':
      await runGit(['bundle', 'unbundle', source.path], settings);
      return { trusted, tree: await treeOf(trusted, source.commit) };
    case 'pack': {
      const { createReadStream } = await import('node:fs');
      await runGit(['index-pack', '--stdin', '--strict'], { ...settings, stdin: createReadStream(source.path) });
      return { trusted, tree: source.tree };
    }
    case 'folder': {
      await mkdir(join(folder, 'info'), { recursive: true });
      await writeFile(join(folder, 'info', 'attributes'), AS_THEY_ARE);
      const work = {
        ...settings,
        cwd: source.path,
        workTree: source.path,
        config: [['core.autocrlf', 'false'] as const, ['core.fileMode', 'true'] as const],
      };
      // What is ignored belongs to the files too.
      await runGit(['add', '--all', '--force', '.'], work);
      return { trusted, tree: (await runGit(['write-tree'], settings)).toString().trim() };
    }
  }
}
