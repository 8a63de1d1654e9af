/**
 * The trusted bare repository of a session: the only place where the host looks at git objects that a sandbox made. It
 * borrows the user's objects and writes none of its own into the user's repository.
 */
import { createHash } from 'node:crypto';
import { mkdir, rename, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { type Environment, type GitSettings, runGit } from './git.ts';
import { inspectRepository, type ObjectFormat, type Repository } from './repository.ts';

export type TrustedRepository = { gitDir: string; objectFormat: ObjectFormat; env: Environment };

/** How to call git on the trusted repository. */
export function trustedSettings(trusted: TrustedRepository): GitSettings {
  return { env: trusted.env, cwd: trusted.gitDir, gitDir: trusted.gitDir };
}

/** What of a repository is needed to borrow its objects. */
export type ObjectSource = Pick<Repository, 'env' | 'objectFormat' | 'objectsDir'>;

/** Opens the trusted repository at `folder` (absolute), or makes it. Its objects folder leads on to the user's. */
export async function openTrusted(folder: string, repository: ObjectSource): Promise<TrustedRepository> {
  const { env, objectFormat, objectsDir } = repository;
  const isThere = await stat(join(folder, 'HEAD')).then(
    () => true,
    () => false,
  );
  const trusted = isThere ? { gitDir: folder, objectFormat, env } : await createTrusted(folder, objectFormat, env);
  await mkdir(join(folder, 'objects', 'info'), { recursive: true });
  await writeFile(join(folder, 'objects', 'info', 'alternates'), `${quotePath(objectsDir)}\n`);
  return trusted;
}

/** Makes an empty bare repository at `folder` (absolute) that borrows nothing. */
export async function createTrusted(
  folder: string,
  objectFormat: ObjectFormat,
  env: Environment,
): Promise<TrustedRepository> {
  await mkdir(folder, { recursive: true });
  // No template: the user's may hold hooks.
  const args = ['init', '--bare', '--quiet', '--template=', `--object-format=${objectFormat}`];
  // Refs as files, whatever the user prefers: `setTrustedRef` writes them.
  const variables = { GIT_DEFAULT_REF_FORMAT: 'files' };
  await runGit(args, { env, cwd: folder, gitDir: folder, variables });
  return { gitDir: folder, objectFormat, env };
}

/** Where HEAD is to be: on a branch at that commit, or detached at it. */
export type TrustedHead = { commit: string; branch: string | null };

/** Points HEAD at a commit that is there, and gives the repository as a run takes it. Throws `RepositoryError`. */
export async function openAt(trusted: TrustedRepository, { commit, branch }: TrustedHead): Promise<Repository> {
  if (branch !== null) await setTrustedRef(trusted, `refs/heads/${branch}`, commit);
  const head = branch === null ? commit : `ref: refs/heads/${branch}`;
  await writeFile(join(trusted.gitDir, 'HEAD'), `${head}\n`);
  return inspectRepository(trusted.gitDir, trusted.env);
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

/** Writes a commit into the trusted repository and gives its id. By hand, since each checkpoint would wait for a process. */
export async function writeCommit(trusted: TrustedRepository, commit: NewCommit): Promise<string> {
  const content = Buffer.from(commitText(commit));
  const object = Buffer.concat([Buffer.from(`commit ${content.length}\0`), content]);
  const id = createHash(trusted.objectFormat).update(object).digest('hex');
  await writeWhole(join(trusted.gitDir, 'objects', id.slice(0, 2), id.slice(2)), deflateSync(object));
  return id;
}

/** A commit as git writes it. What would break a line out of its place is left out. */
export function commitText({ tree, parents, message, author, time }: NewCommit): string {
  const plain = (text: string) => text.replace(/[<>\n\0]/g, '').trim();
  const when = time === undefined ? localTime(new Date()) : `${time} +0000`;
  const person = `${plain(author.name)} <${plain(author.email)}> ${when}`;
  const lines = [
    `tree ${tree}`,
    ...parents.map((parent) => `parent ${parent}`),
    `author ${person}`,
    `committer ${person}`,
  ];
  const text = message.replaceAll('\0', '');
  return `${lines.join('\n')}\n\n${text.endsWith('\n') ? text : `${text}\n`}`;
}

function localTime(date: Date): string {
  const minutes = -date.getTimezoneOffset();
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  const offset = `${minutes < 0 ? '-' : '+'}${String(hours).padStart(2, '0')}${String(rest).padStart(2, '0')}`;
  return `${Math.floor(date.getTime() / 1000)} ${offset}`;
}

/** Writes a file and its folders so that it is never seen half written. */
async function writeWhole(path: string, data: Buffer | string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.new`, data, { mode: 0o444 });
  await rename(`${path}.new`, path);
}

/** Points a ref of the trusted repository at a commit, which also keeps it from ever being pruned. */
export async function setTrustedRef(trusted: TrustedRepository, ref: string, commit: string): Promise<void> {
  await writeWhole(join(trusted.gitDir, ref), `${commit}\n`);
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
