/** What the user has changed and not committed, read without a lock and without a write to the index. */
import { runGit } from './git.ts';
import { type Repository, repositorySettings } from './repository.ts';

/** `path` is bytes, relative to the top of the work tree. */
export type Change = { path: Buffer; kind: 'changed' | 'untracked' | 'staged' };

/**
 * Uncommitted changes. `staged` differs from HEAD in the index only; `changed` differs between index and file (deleted
 * and unmerged files included). Ignored files, submodules, and repositories nested in the work tree are left out.
 */
export async function readStatus(repository: Repository, variables: Record<string, string> = {}): Promise<Change[]> {
  if (repository.root === null) return [];
  const args = ['status', '--porcelain=v2', '-z', '--untracked-files=all', '--ignore-submodules=all', '--no-renames'];
  return parseStatus(await runGit(args, { ...repositorySettings(repository), variables }));
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

/** The records of a `-z` output. */
export function splitZero(output: Buffer): Buffer[] {
  const records: Buffer[] = [];
  for (let at = 0; at < output.length; ) {
    const end = output.indexOf(0, at);
    const stop = end < 0 ? output.length : end;
    records.push(output.subarray(at, stop));
    at = stop + 1;
  }
  return records;
}
