/** A base as one file: a git bundle that holds one commit without a parent, and nothing else of the source's history. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Environment, runGit } from './git.ts';
import { repositorySettings } from './repository.ts';
import { type CommitSource, makeSingleCommit } from './single-commit.ts';

/**
 * Writes the bundle `file` (absolute) with the files of `source` as its only commit, and gives that commit's full id. No other
 * commit, ref or tag of the source is in it. Throws `RepositoryError`, and `GitError` where the file cannot be written.
 */
export async function bundleSingleCommit(file: string, source: CommitSource, env: Environment): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'drydock-bundle-'));
  try {
    const repository = await makeSingleCommit(join(folder, 'base.git'), source, env);
    // One thread, so that the same objects give the same bytes.
    const settings = { ...repositorySettings(repository), config: [['pack.threads', '1'] as const] };
    await runGit(['bundle', 'create', '--quiet', file, 'refs/heads/main'], settings);
    return repository.head;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
