/**
 * The trusted bare repository of a session: the only place where the host looks at git objects that a sandbox made. It
 * borrows the user's objects and writes none of its own into the user's repository.
 */
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Environment, type GitSettings, runGit } from './git.ts';
import type { ObjectFormat, Repository } from './repository.ts';

export type TrustedRepository = { gitDir: string; objectFormat: ObjectFormat; env: Environment };

/** How to call git on the trusted repository. */
export function trustedSettings(trusted: TrustedRepository): GitSettings {
  return { env: trusted.env, cwd: trusted.gitDir, gitDir: trusted.gitDir };
}

/** Opens the trusted repository at `folder` (absolute), or makes it. Its objects folder leads on to the user's. */
export async function openTrusted(folder: string, repository: Repository): Promise<TrustedRepository> {
  const { env, objectFormat, objectsDir } = repository;
  const trusted = { gitDir: folder, objectFormat, env };
  const isThere = await stat(join(folder, 'HEAD')).then(
    () => true,
    () => false,
  );
  if (!isThere) {
    await mkdir(folder, { recursive: true });
    // No template: the user's may hold hooks.
    const args = ['init', '--bare', '--quiet', '--template=', `--object-format=${objectFormat}`];
    await runGit(args, { env, cwd: folder, gitDir: folder });
  }
  await mkdir(join(folder, 'objects', 'info'), { recursive: true });
  await writeFile(join(folder, 'objects', 'info', 'alternates'), `${quotePath(objectsDir)}\n`);
  return trusted;
}

/** git's C-style quoting, which `alternates` understands: needed for a path that starts with `"` or `#`. */
function quotePath(path: string): string {
  return `"${path.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

export type CommitPerson = { name: string; email: string };

export type NewCommit = {
  tree: string;
  parents: readonly string[];
  message: string;
  author: CommitPerson;
  /** Seconds since 1970; the time of the call when it is left out. */
  time?: number;
};

/** Writes a commit into the trusted repository and gives its id. */
export async function writeCommit(trusted: TrustedRepository, commit: NewCommit): Promise<string> {
  const date =
    commit.time === undefined
      ? {}
      : { GIT_AUTHOR_DATE: `@${commit.time} +0000`, GIT_COMMITTER_DATE: `@${commit.time} +0000` };
  const variables = {
    GIT_AUTHOR_NAME: commit.author.name,
    GIT_AUTHOR_EMAIL: commit.author.email,
    GIT_COMMITTER_NAME: commit.author.name,
    GIT_COMMITTER_EMAIL: commit.author.email,
    ...date,
  };
  const args = ['commit-tree', commit.tree, ...commit.parents.flatMap((parent) => ['-p', parent]), '-F', '-'];
  const id = await runGit(args, { ...trustedSettings(trusted), stdin: commit.message, variables });
  return id.toString().trim();
}

/** Points a ref of the trusted repository at a commit, which also keeps it from ever being pruned. */
export async function setTrustedRef(trusted: TrustedRepository, ref: string, commit: string): Promise<void> {
  await runGit(['update-ref', '--no-deref', ref, commit], trustedSettings(trusted));
}

/** The commit that a ref of the trusted repository points at; null where there is no such ref. */
export async function readTrustedRef(trusted: TrustedRepository, ref: string): Promise<string | null> {
  const args = ['rev-parse', '--verify', '--quiet', ref];
  const id = (await runGit(args, { ...trustedSettings(trusted), accept: [1] })).toString().trim();
  return id === '' ? null : id;
}

/** The tree of a commit. */
export async function treeOf(trusted: TrustedRepository, commit: string): Promise<string> {
  return (await runGit(['rev-parse', '--verify', `${commit}^{tree}`], trustedSettings(trusted))).toString().trim();
}
