/** What the user has changed and not committed, read without a lock, a write to the index or a program of theirs. */
import { emptyFilters } from './filters.ts';
import { runGit } from './git.ts';
import { type Repository, repositorySettings } from './repository.ts';
import { splitZero } from './zero.ts';

/** `path` is bytes, relative to the top of the work tree. */
export type Change = { path: Buffer; kind: 'changed' | 'untracked' | 'staged' };

/**
 * Uncommitted changes. `staged` differs from HEAD in the index only; `changed` differs between index and file (deleted
 * and unmerged files included). Ignored files, submodules, and repositories nested in the work tree are left out. Filters
 * do not run, so a filtered file (of Git LFS, for one) that was touched and not changed is told as changed.
 */
export async function readStatus(repository: Repository, variables: Record<string, string> = {}): Promise<Change[]> {
  if (repository.root === null) return [];
  const args = ['status', '--porcelain=v2', '-z', '--untracked-files=all', '--ignore-submodules=all', '--no-renames'];
  const config = await emptyFilters(repository);
  return parseStatus(await runGit(args, { ...repositorySettings(repository), variables, config }));
}

/** How many fields come before the path, by the first letter of a record (git-status(1), porcelain version 2). */
const FIELDS: Readonly<Record<string, number>> = { '1': 8, u: 10, '?': 1 };

function parseStatus(output: Buffer): Change[] {
  const changes: Change[] = [];
  for (const record of splitZero(output)) {
    const text = record.toString('latin1');
    const fields = FIELDS[text[0] ?? ''];
    if (fields === undefined) continue;
    const path = record.subarray(nthSpace(text, fields) + 1);
    // A folder among the untracked files is a repository of its own.
    if (path.at(-1) === 47) continue;
    const staged = text[0] === '1' && text[3] === '.';
    changes.push({ path, kind: text[0] === '?' ? 'untracked' : staged ? 'staged' : 'changed' });
  }
  return changes;
}

function nthSpace(text: string, count: number): number {
  let at = -1;
  for (let i = 0; i < count; i++) at = text.indexOf(' ', at + 1);
  return at;
}
