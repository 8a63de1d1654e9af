/** A patch into the user's own files, on request: all of it or nothing, and with nothing of theirs run. */
import { emptyFilters } from './filters.ts';
import { openGit } from './git.ts';
import { type Repository, RepositoryError, repositorySettings } from './repository.ts';

/**
 * Applies a patch file (absolute path) to the work tree; the index stays as it is. git checks every file before it
 * writes the first. The patch's author also writes `.gitattributes`, so every filter of the user's configuration is
 * emptied. Throws `RepositoryError`: `conflict` names the files that stand in the way, and nothing is changed then.
 */
export async function applyToWorkTree(repository: Repository, patchFile: string): Promise<void> {
  if (repository.root === null) {
    const hint = 'leave out --apply; the result is on the branch';
    throw new RepositoryError('needs_work_tree', `${repository.gitDir} is a bare repository, without files`, hint);
  }
  try {
    await gitApply(repository, ['--whitespace=nowarn', patchFile]);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const names = conflicts(message);
    const cause = names.length > 0 ? names.join(', ') : (message.split('\n')[0] ?? '');
    const hint = 'your files are as they were; the result is on the branch, to merge by hand';
    throw new RepositoryError('conflict', `the patch does not fit your files: ${cause}`, hint, { cause: error });
  }
}

/** Whether the work tree has all that a patch file (absolute path) makes: it could be taken back. Changes nothing. */
export async function isInWorkTree(repository: Repository, patchFile: string): Promise<boolean> {
  try {
    await gitApply(repository, ['--check', '--reverse', patchFile]);
    return true;
  } catch {
    // It does not fit; or git itself fails, which applying will tell.
    return false;
  }
}

async function gitApply(repository: Repository, args: string[]): Promise<void> {
  const config = await emptyFilters(repository);
  const git = await openGit({
    ...repositorySettings(repository),
    config: [...config, ['apply.ignoreWhitespace', 'no']],
  });
  await git.raw(['apply', ...args]);
}

/** The files that `git apply` names in its errors. */
function conflicts(stderr: string): string[] {
  const names = stderr.split('\n').flatMap((line) => {
    const [, name] =
      /^error: (.+): (?:patch does not apply|already exists in .*|No such file.*|does not match .*)$/.exec(line) ?? [];
    return name === undefined ? [] : [name];
  });
  return [...new Set(names)];
}
