/** The repository on its way in: one git bundle with the base commit and, where asked for, its history and tags. */
import { join } from 'node:path';
import { GitError, runGit } from './git.ts';
import { missingObjects, type Repository, repositorySettings } from './repository.ts';
import { type TrustedRepository, treeOf, trustedSettings, writeCommit } from './trusted.ts';

/** `full`: the ancestors of the base and the tags among them. `none`: one commit without a parent. */
export type History = 'full' | 'none';

export type RepositoryBundle = {
  /** Path of the bundle. */
  file: string;
  /** The commit that the sandbox's HEAD names: the one asked for, or its parentless twin. */
  base: string;
  /** The commit whose files are checked out: `base`, or one on top of it that holds the checkpoint's tree. */
  files: string;
  /** What was done; a shallow or partial clone cannot give its history, so it is `none` there. */
  history: History;
};

/** Fixed, so that the same tree always gives the same commit. */
const OWN_COMMIT = { author: { name: 'Drydock', email: 'drydock@localhost' }, time: 0 };

export const BASE_REF = 'refs/drydock/base';
const FILES_REF = 'refs/drydock/files';

/**
 * Writes a bundle of `commit` (in the user's or the trusted repository) to `file`. `tree` (in the trusted repository)
 * is the checkpoint to go on from, or null to start from the commit's own files. Throws `RepositoryError` where objects
 * are missing.
 */
export async function makeBundle(
  trusted: TrustedRepository,
  repository: Repository,
  request: { commit: string; tree: string | null; history: History; file: string },
): Promise<RepositoryBundle> {
  const history = repository.shallow || repository.partial ? 'none' : request.history;
  try {
    const base = history === 'full' ? request.commit : await writeRoot(trusted, request.commit);
    const tags = history === 'full' ? await tagsOf(trusted, repository, request.commit) : '';
    const { tree } = request;
    const own = { ...OWN_COMMIT, message: 'Checkpoint\n', parents: [base] };
    const files = tree === null ? base : await writeCommit(trusted, { ...own, tree });
    const settings = trustedSettings(trusted);
    const stdin = `update ${BASE_REF} ${base}\nupdate ${FILES_REF} ${files}\n${tags}`;
    await runGit(['update-ref', '--stdin'], { ...settings, stdin });
    // The way is short and the pack is thrown away: packing tighter would cost more than it saves.
    const config = [['pack.window', '0'] as const, ['pack.compression', '1'] as const];
    const refs = history === 'full' ? [BASE_REF, FILES_REF, '--tags'] : [BASE_REF, FILES_REF];
    await runGit(['bundle', 'create', '--quiet', request.file, ...refs], { ...settings, config });
    return { file: request.file, base, files, history };
  } catch (error) {
    if (error instanceof GitError && error.kind === 'failed') throw missingObjects(repository, request.commit, error);
    throw error;
  }
}

async function writeRoot(trusted: TrustedRepository, commit: string): Promise<string> {
  return writeCommit(trusted, { ...OWN_COMMIT, message: 'Base\n', tree: await treeOf(trusted, commit), parents: [] });
}

/** Lines for `update-ref --stdin` that copy the tags within the ancestry of the commit. */
async function tagsOf(trusted: TrustedRepository, repository: Repository, commit: string): Promise<Buffer> {
  // A snapshot of uncommitted work lies in the trusted repository only.
  const variables = { GIT_ALTERNATE_OBJECT_DIRECTORIES: join(trusted.gitDir, 'objects') };
  const args = ['for-each-ref', '--format=update %(refname) %(objectname)', `--merged=${commit}`, 'refs/tags/'];
  return runGit(args, { ...repositorySettings(repository), variables });
}
