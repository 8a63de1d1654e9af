/** The user's uncommitted work as a commit in the trusted repository; their index, refs and objects stay untouched. */
import { copyFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { GitError, runGit } from './git.ts';
import { type Repository, RepositoryError, repositorySettings } from './repository.ts';
import { readStatus } from './status.ts';
import { type CommitPerson, type TrustedRepository, writeCommit } from './trusted.ts';

/**
 * Commits what `git add -A` would take (staged, changed, and untracked but not ignored files; no nested repositories,
 * no submodules) on top of HEAD. Null: there is nothing to take. The filters of the user's own configuration run, as
 * they do in `git add`, since the files are the user's; without `filters` none does. Throws `RepositoryError`.
 */
export async function snapshotChanges(
  trusted: TrustedRepository,
  repository: Repository,
  author: CommitPerson,
  filters = true,
): Promise<string | null> {
  if (repository.root === null) return null;
  const index = join(trusted.gitDir, 'snapshot.index');
  const variables = {
    GIT_INDEX_FILE: index,
    GIT_OBJECT_DIRECTORY: join(trusted.gitDir, 'objects'),
    GIT_ALTERNATE_OBJECT_DIRECTORIES: repository.objectsDir,
  };
  // The trusted repository's configuration names no filter.
  const where = filters ? {} : { gitDir: trusted.gitDir };
  const settings = { ...repositorySettings(repository), ...where, variables };
  try {
    await copyFile(join(repository.gitDir, 'index'), index);
    const changes = await readStatus(repository, variables);
    if (changes.length === 0) return null;
    const paths = changes.filter((change) => change.kind !== 'staged').map((change) => change.path);
    const stdin = Buffer.concat(paths.flatMap((path) => [path, Buffer.from([0])]));
    await runGit(['update-index', '-z', '--add', '--remove', '--replace', '--stdin'], { ...settings, stdin });
    const tree = (await runGit(['write-tree'], settings)).toString().trim();
    const message = 'Uncommitted changes\n';
    return await writeCommit(trusted, { tree, parents: [repository.head], message, author });
  } catch (error) {
    const cause = error instanceof GitError ? error.message : error instanceof Error ? error.message : String(error);
    const hint = 'commit or stash your changes, or run without --include-dirty';
    throw new RepositoryError('snapshot_failed', `your uncommitted changes cannot be taken in: ${cause}`, hint, {
      cause: error,
    });
  } finally {
    await rm(index, { force: true });
    await rm(`${index}.lock`, { force: true });
  }
}
