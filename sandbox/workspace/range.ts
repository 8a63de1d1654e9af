/** What a range of commits changes in a repository: its files, what its messages say, and a patch of some of them. Nothing is written. */
import { isUtf8 } from 'node:buffer';
import { join } from 'node:path';
import { GitError, runGit } from './git.ts';
import { missingObjects, type Repository, RepositoryError, repositorySettings } from './repository.ts';
import { openTrusted, treeOf, trustedSettings } from './trusted.ts';
import { splitZero } from './zero.ts';

/** A file on one side of a change: git's mode, such as `100755`, and the full id of its content. */
export type RangeFile = { mode: string; id: string };

/** `before` is null for a file that came, `after` for one that went. A rename is one of each. */
export type RangeChange = { path: string; before: RangeFile | null; after: RangeFile | null };

/** `base` and `fix` are full ids; `messages` are those of the commits between, the oldest first. */
export type CommitRange = { base: string; fix: string; messages: string[]; changes: RangeChange[] };

/**
 * Reads `BASE..FIX`, or one commit and its first parent; a side that is left out is HEAD. Throws `RepositoryError`, also for a
 * changed path that is not UTF-8 or holds control characters.
 */
export async function readRange(repository: Repository, range: string): Promise<CommitRange> {
  const { base, fix } = await endsOf(repository, range);
  const settings = { ...repositorySettings(repository), config: [['log.showSignature', 'false'] as const] };
  try {
    const options = ['-r', '-z', '--raw', '--no-abbrev', '--no-renames', '--no-ext-diff', '--no-textconv'];
    const raw = await runGit(['diff-tree', ...options, base, fix], settings);
    const log = await runGit(
      ['log', '-z', '-s', '--reverse', '--encoding=UTF-8', '--format=%B', `${base}..${fix}`],
      settings,
    );
    const messages = splitZero(log).map((message) => message.toString().trim());
    return { base, fix, messages: messages.filter((message) => message !== ''), changes: parseRaw(raw) };
  } catch (error) {
    if (!(error instanceof GitError) || error.kind !== 'failed') throw error;
    throw missingObjects(repository, fix, error);
  }
}

async function endsOf(repository: Repository, range: string): Promise<{ base: string; fix: string }> {
  if (range.includes('...')) {
    const hint = 'say BASE..FIX, such as $(git merge-base A B)..B';
    throw new RepositoryError('no_commit', `${range} is no range of a base and a fix`, hint);
  }
  const [from, to, ...more] = range.split('..');
  if (from === undefined || more.length > 0) {
    throw new RepositoryError('no_commit', `${range} is no range`, 'say BASE..FIX, or one commit');
  }
  if (to !== undefined)
    return { base: await commitOf(repository, from || 'HEAD'), fix: await commitOf(repository, to || 'HEAD') };
  const fix = await commitOf(repository, from);
  const base = await resolveCommit(repository, `${fix}^1`);
  if (base !== null) return { base, fix };
  const why = repository.shallow ? 'its parent is not in this shallow clone' : 'it has no parent';
  const hint = repository.shallow ? 'fetch more: git fetch --unshallow' : 'say BASE..FIX';
  throw new RepositoryError('no_commit', `${range} has no base: ${why}`, hint);
}

async function commitOf(repository: Repository, name: string): Promise<string> {
  const id = await resolveCommit(repository, name);
  if (id !== null) return id;
  const hint = repository.shallow
    ? 'this is a shallow clone: git fetch --unshallow brings the rest'
    : 'git log shows those that there are; git fetch may bring more';
  throw new RepositoryError('no_commit', `${repository.root ?? repository.gitDir} has no commit ${name}`, hint);
}

async function resolveCommit(repository: Repository, name: string): Promise<string | null> {
  const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`];
  // 128: a name that cannot be one, or a short one that fits several.
  const output = await runGit(args, { ...repositorySettings(repository), accept: [1, 128] });
  const id = output.toString().trim();
  return /^[0-9a-f]{40,64}$/.test(id) ? id : null;
}

/** Reads `:MODE MODE ID ID LETTER`, NUL, `PATH`, NUL. */
function parseRaw(raw: Buffer): RangeChange[] {
  const fields = splitZero(raw);
  const changes: RangeChange[] = [];
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [before = '', after = '', beforeId = '', afterId = ''] = String(fields[at]).slice(1).split(' ');
    const side = (mode: string, id: string) => (/^0+$/.test(mode) ? null : { mode, id });
    changes.push({ path: pathOf(fields[at + 1]), before: side(before, beforeId), after: side(after, afterId) });
  }
  return changes;
}

function pathOf(bytes: Buffer = Buffer.alloc(0)): string {
  const path = bytes.toString();
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (isUtf8(bytes) && !/[\x00-\x1f\x7f]/.test(path)) return path;
  const hint = 'choose a range that does not touch it';
  throw new RepositoryError(
    'unsupported_path',
    `the range changes ${JSON.stringify(path)}, a name that is not plain text`,
    hint,
  );
}

/** The content of a file of a range. Throws `RepositoryError` where it is missing. */
export async function readRangeFile(repository: Repository, { id }: RangeFile): Promise<Buffer> {
  try {
    return await runGit(['cat-file', 'blob', id], repositorySettings(repository));
  } catch (error) {
    if (!(error instanceof GitError) || error.kind !== 'failed') throw error;
    throw missingObjects(repository, id, error);
  }
}

/**
 * The patch that makes these changes to `base`, binary files included, without renames. `scratch` (absolute) is a folder for what is
 * needed in between. By a tree that has only them, since a list of paths may be longer than a command line.
 */
export async function patchOfChanges(
  repository: Repository,
  base: string,
  changes: readonly RangeChange[],
  scratch: string,
): Promise<Buffer> {
  const trusted = await openTrusted(join(scratch, 'patch.git'), repository);
  const settings = { ...trustedSettings(trusted), variables: { GIT_INDEX_FILE: join(scratch, 'patch.index') } };
  const none = { mode: '0', id: '0'.repeat(base.length) };
  const lines = [...changes.filter(({ after }) => after === null), ...changes.filter(({ after }) => after !== null)];
  const stdin = lines.map(({ path, after }) => `${(after ?? none).mode} ${(after ?? none).id}\t${path}\0`).join('');
  try {
    await runGit(['read-tree', base], settings);
    await runGit(['update-index', '-z', '--replace', '--index-info'], { ...settings, stdin });
    const tree = (await runGit(['write-tree'], settings)).toString().trim();
    const options = ['-r', '-p', '--binary', '--full-index', '--no-renames', '--no-ext-diff', '--no-textconv'];
    return await runGit(['diff-tree', ...options, await treeOf(trusted, base), tree], settings);
  } catch (error) {
    if (!(error instanceof GitError) || error.kind !== 'failed') throw error;
    throw missingObjects(repository, base, error);
  }
}
