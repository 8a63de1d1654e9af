/** What the user's repository is: found and described with one git process, read with another. Nothing is written. */
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Environment, GitError, type GitSettings, IDENTITY, runGit } from './git.ts';

export type RepositoryErrorKind =
  | 'not_a_repository'
  | 'no_commit'
  | 'dubious_ownership'
  | 'inside_git_folder'
  | 'missing_objects'
  | 'unsupported_path'
  | 'file_too_large'
  | 'snapshot_failed'
  /** What the base commit says about its image cannot be used. */
  | 'recipe'
  /** A bundle is none, is not whole, or would be empty. */
  | 'bundle'
  | 'needs_work_tree'
  | 'conflict';

/** The user's repository cannot be used as asked. `message` is one line, `hint` the way out. */
export class RepositoryError extends Error {
  readonly kind: RepositoryErrorKind;
  readonly hint: string;
  constructor(kind: RepositoryErrorKind, message: string, hint = '', options?: ErrorOptions) {
    super(message, options);
    this.name = 'RepositoryError';
    this.kind = kind;
    this.hint = hint;
  }
}

export type ObjectFormat = 'sha1' | 'sha256';

/** All paths are absolute, but for `prefix`. */
export type Repository = {
  /** The top of the work tree; null in a bare repository. */
  root: string | null;
  /** This work tree's git folder (HEAD, index). */
  gitDir: string;
  /** What all work trees of the repository share (refs, config). */
  commonDir: string;
  objectsDir: string;
  /** The folder of the call below `root`: `''`, or `packages/a/` with the slash. */
  prefix: string;
  /** Full id of the commit that HEAD names. */
  head: string;
  /** The short name of the branch; null when HEAD is detached. */
  branch: string | null;
  objectFormat: ObjectFormat;
  shallow: boolean;
  /** Some objects may be missing, as after `git clone --filter`. */
  partial: boolean;
  /** The environment in which the repository was found. */
  env: Environment;
};

/** How to call git on a repository that has been found: outright, without a search or a question of ownership. */
export function repositorySettings(repository: Repository): GitSettings {
  const { root, gitDir, env } = repository;
  return root === null ? { env, cwd: gitDir, gitDir } : { env, cwd: root, gitDir, workTree: root };
}

/** Finds the repository around `cwd`. Throws `RepositoryError`, and `GitError` where git itself is missing. */
export async function inspectRepository(cwd: string, env: Environment): Promise<Repository> {
  // Each answer is a line. What may be missing comes last: the top of the work tree fails in a bare repository, and
  // what was written before that is still the answer.
  const args = ['rev-parse', '--is-bare-repository', '--is-shallow-repository', '--is-inside-git-dir'];
  args.push('--show-object-format', '--path-format=absolute', '--absolute-git-dir', '--git-common-dir');
  args.push('--git-path', 'objects', '--show-prefix', 'HEAD', '--symbolic-full-name', 'HEAD', '--show-toplevel');
  let output: Buffer;
  let stderr = '';
  try {
    output = await runGit(args, { env, cwd });
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    // A folder that is gone shows as a git that cannot be started in it.
    if (error.kind === 'missing' && !existsSync(cwd)) {
      const hint = 'put it back, or start anew in another';
      throw new RepositoryError('not_a_repository', `the folder ${cwd} does not exist`, hint, { cause: error });
    }
    if (error.kind !== 'failed') throw error;
    output = error.stdout;
    stderr = error.stderr;
  }
  const found = parseRevParse(output.toString(), stderr, cwd);
  const packs = await readdir(join(found.objectsDir, 'pack')).catch((): string[] => []);
  return { ...found, partial: packs.some((name) => name.endsWith('.promisor')), env };
}

function parseRevParse(output: string, stderr: string, cwd: string): Omit<Repository, 'partial' | 'env'> {
  const lines = output.split('\n');
  lines.pop();
  const [bare, shallow, insideGitDir, format, gitDir, commonDir, objectsDir, prefix, head, ref, root, ...more] = lines;
  if (stderr.includes('dubious ownership') || stderr.includes('unsafe repository')) {
    const hint = 'if you trust it, run: git config --global --add safe.directory <its path>';
    throw new RepositoryError('dubious_ownership', `the repository at ${cwd} belongs to another user`, hint);
  }
  if (!gitDir || !commonDir || !objectsDir || prefix === undefined) {
    if (stderr.includes('not a git repository')) {
      const hint = 'go to the folder of your project, or run: git init && git add -A && git commit -m start';
      throw new RepositoryError('not_a_repository', `${cwd} is not in a git repository`, hint);
    }
    const cause = stderr.split('\n').find((line) => line !== '') ?? 'git gave no answer';
    throw new RepositoryError('not_a_repository', `the git repository at ${cwd} cannot be read: ${cause}`);
  }
  if (more.length > 0 || !gitDir.startsWith('/') || !objectsDir.startsWith('/')) {
    const hint = 'rename the folder';
    throw new RepositoryError('unsupported_path', `the path of the repository at ${cwd} holds a line break`, hint);
  }
  if (!head || !/^[0-9a-f]{40,64}$/.test(head)) {
    const hint = 'make one first: git add -A && git commit -m start';
    throw new RepositoryError('no_commit', `the repository at ${cwd} has no commit yet`, hint);
  }
  if (insideGitDir === 'true' && bare === 'false') {
    const hint = 'go to the folder of your project';
    throw new RepositoryError('inside_git_folder', `${cwd} is inside the .git folder of a repository`, hint);
  }
  return {
    root: root || null,
    gitDir,
    commonDir,
    objectsDir,
    prefix,
    head,
    branch: ref?.startsWith('refs/heads/') ? ref.slice('refs/heads/'.length) : null,
    objectFormat: format === 'sha256' ? 'sha256' : 'sha1',
    shallow: shallow === 'true',
  };
}

/** Whether `ancestor` is a commit in the history of `commit`; one that is not there is none. */
export async function isAncestor(repository: Repository, ancestor: string, commit: string): Promise<boolean> {
  try {
    await runGit(['merge-base', '--is-ancestor', ancestor, commit], repositorySettings(repository));
    return true;
  } catch (error) {
    if (error instanceof GitError && error.kind === 'failed') return false;
    throw error;
  }
}

/** What one call reads at most of all files together: they are instructions, not data. */
const MAX_FILES_BYTES = 8 * 1024 * 1024;

/**
 * Reads files of a commit with one git process; symlinks are followed inside the tree. A path without a regular file
 * is absent from the answer. Throws `RepositoryError` where the commit itself is missing, or the files are too large.
 */
export async function readBaseFiles(
  repository: Repository,
  commit: string,
  paths: readonly string[],
  maxBytes = MAX_FILES_BYTES,
): Promise<Map<string, Buffer>> {
  return (await readBase(repository, commit, paths, maxBytes)).files;
}

/** Reads files as `readBaseFiles` does, and says which of the paths are folders. */
export async function readBase(
  repository: Repository,
  commit: string,
  paths: readonly string[],
  maxBytes = MAX_FILES_BYTES,
): Promise<{ files: Map<string, Buffer>; folders: string[] }> {
  // A request is a line, so a path with a line break cannot be asked for (`-z` came with git 2.38).
  const asked = paths.filter((path) => !path.includes('\n'));
  const stdin = [`${commit}^{tree}`, ...asked.map((path) => `${commit}:${path}`)].map((line) => `${line}\n`).join('');
  let output: Buffer;
  try {
    const call = { ...repositorySettings(repository), stdin, maxBytes };
    output = await runGit(['cat-file', '--batch', '--follow-symlinks'], call);
  } catch (error) {
    if (!(error instanceof GitError) || error.kind !== 'too_much_output') throw error;
    const message = `the files ${asked.join(', ')} at ${commit.slice(0, 12)} are larger than ${maxBytes} bytes together`;
    throw new RepositoryError('file_too_large', message, 'make them smaller', { cause: error });
  }
  const [tree, ...answers] = parseBatch(output);
  if (tree?.kind !== 'tree') throw missingObjects(repository, commit);
  const files = new Map<string, Buffer>();
  asked.forEach((path, index) => {
    const answer = answers[index];
    if (answer?.kind === 'blob') files.set(path, answer.content);
  });
  return { files, folders: asked.filter((_, index) => answers[index]?.kind === 'tree') };
}

/** The error for a commit whose objects are not all there. */
export function missingObjects(
  repository: Pick<Repository, 'partial'>,
  commit: string,
  cause?: unknown,
): RepositoryError {
  const hint = repository.partial
    ? 'this is a partial clone: fetch what is missing with git fetch --refetch --no-filter'
    : 'the repository is damaged or incomplete: see git fsck';
  return new RepositoryError('missing_objects', `objects of commit ${commit.slice(0, 12)} are missing`, hint, {
    cause,
  });
}

/** Reads what `git cat-file --batch --follow-symlinks` writes: `ID KIND SIZE`, or a word for what could not be read. */
export function parseBatch(output: Buffer): { kind: string; content: Buffer }[] {
  const answers: { kind: string; content: Buffer }[] = [];
  for (let at = 0; at < output.length; ) {
    const end = output.indexOf(10, at);
    if (end < 0) break;
    const line = output.toString('utf8', at, end);
    at = end + 1;
    const object = /^[0-9a-f]{40,64} (blob|tree|commit|tag) (\d+)$/.exec(line);
    const broken = /^(dangling|loop|notdir|symlink) (\d+)$/.exec(line);
    const [, kind = 'missing', size] = object ?? broken ?? [];
    const length = size === undefined ? 0 : Number(size);
    answers.push({ kind, content: output.subarray(at, at + length) });
    if (size !== undefined) at += length + 1;
  }
  return answers;
}

/** What a person should know about a commit before work starts on it. */
export type BaseDescription = {
  /** Paths of submodules: they stay empty in the sandbox. */
  submodules: string[];
  /** Whether some files are kept in Git LFS: the sandbox sees their pointers. */
  lfs: boolean;
};

/** Lists the tree of a commit. Costs time in proportion to its size, so it is asked for only where it is shown. */
export async function describeBase(repository: Repository, commit: string): Promise<BaseDescription> {
  const listing = await runGit(['ls-tree', '-r', '-z', '--full-tree', commit], repositorySettings(repository));
  const entries = listing
    .toString()
    .split('\0')
    .filter((line) => line !== '');
  const paths = entries.map((line) => line.slice(line.indexOf('\t') + 1));
  const attributes = paths.filter((path) => /(^|\/)\.gitattributes$/.test(path));
  const files = attributes.length === 0 ? [] : (await readBaseFiles(repository, commit, attributes)).values();
  return {
    submodules: paths.filter((_, index) => entries[index]?.startsWith('160000 ')),
    lfs: [...files].some((text) => /^[^#].*\sfilter=lfs(\s|$)/m.test(text.toString())),
  };
}

/** Who the user is to git; Drydock itself where git was not told. */
export async function readIdentity(repository: Repository): Promise<{ name: string; email: string }> {
  const args = ['config', '-z', '--get-regexp', '^user\\.(name|email)$'];
  const output = await runGit(args, { ...repositorySettings(repository), accept: [1] });
  const values = new Map(
    output
      .toString()
      .split('\0')
      .map((record) => {
        const at = record.indexOf('\n');
        return [record.slice(0, at), record.slice(at + 1)];
      }),
  );
  return { name: values.get('user.name') || IDENTITY.name, email: values.get('user.email') || IDENTITY.email };
}
