/**
 * History as one file, between processes that do not trust each other: a git bundle of chosen commits, and the bare repository
 * that is made of it at the other end.
 */
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type BundleHeader, readBundle } from './bundle-header.ts';
import { type Environment, GitError, runGit } from './git.ts';
import { isBranchName, isRefName } from './ref-name.ts';
import { missingObjects, type Repository, RepositoryError } from './repository.ts';
import {
  createTrusted,
  openAt,
  openTrusted,
  setTrustedRef,
  type TrustedHead,
  type TrustedRepository,
  trustedSettings,
} from './trusted.ts';

const COMMIT = /^([0-9a-f]{40}|[0-9a-f]{64})$/;

/**
 * Writes the bundle `file` (absolute): these commits under these names of refs (in full), with their whole history, or with that
 * part of it that `without` does not have. The same objects in the same repository give the same bytes. Throws `RepositoryError`,
 * and `GitError` where the file cannot be written.
 */
export async function bundleCommits(
  file: string,
  from: Repository | TrustedRepository,
  refs: Readonly<Record<string, string>>,
  { without = [] }: { without?: readonly string[] } = {},
): Promise<void> {
  const source = 'objectsDir' in from ? from : objectsOf(from);
  const names = Object.keys(refs);
  for (const text of [...Object.values(refs), ...without]) {
    if (!COMMIT.test(text))
      throw new RepositoryError('no_commit', `${JSON.stringify(text)} is not the full id of a commit`);
  }
  const wrong = names.find((name) => !isRefName(name));
  if (wrong !== undefined) throw new RepositoryError('bundle', `${JSON.stringify(wrong)} is not a full name of a ref`);
  if (source.shallow) {
    const hint = 'fetch the whole history: git fetch --unshallow';
    throw new RepositoryError(
      'missing_objects',
      'the repository is a shallow clone, and a bundle is to hold its history',
      hint,
    );
  }
  const folder = await mkdtemp(join(tmpdir(), 'drydock-parcel-'));
  try {
    // A repository of our own that borrows the objects: the source gets no refs, and no other ref of it can be meant.
    const own = await openTrusted(join(folder, 'parcel.git'), source);
    for (const [name, commit] of Object.entries(refs)) await setTrustedRef(own, name, commit);
    const stdin = [...names, ...without.map((commit) => `^${commit}`)].map((line) => `${line}\n`).join('');
    const settings = { ...trustedSettings(own), config: [['pack.threads', '1'] as const], stdin };
    await runGit(['bundle', 'create', '--quiet', file, '--stdin'], settings);
  } catch (error) {
    if (!(error instanceof GitError) || error.kind !== 'failed') throw error;
    if (error.stderr.includes('empty bundle')) {
      throw new RepositoryError('bundle', 'there is nothing to bundle: all of it is to be left out', '', {
        cause: error,
      });
    }
    const commits = [...Object.values(refs), ...without];
    if (/bad object|missing|not a valid|broken/i.test(error.stderr))
      throw missingObjects(source, commits[0] ?? '', error);
    throw error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function objectsOf(trusted: TrustedRepository) {
  const { gitDir } = trusted;
  return {
    ...trusted,
    objectsDir: join(gitDir, 'objects'),
    shallow: existsSync(join(gitDir, 'shallow')),
    partial: false,
  };
}

/** Writes the pack of a bundle as a file of its own, for `receiveTree`, and gives the bundle's header. Throws `RepositoryError`. */
export async function extractPack(bundle: string, pack: string): Promise<BundleHeader> {
  const header = await readBundle(bundle);
  await pipeline(createReadStream(bundle, { start: header.packOffset }), createWriteStream(pack));
  return header;
}

/**
 * Makes the bare repository `folder` (absolute; it must not be there) of a bundle that needs nothing else. The names in the bundle
 * are not taken over: only HEAD's branch is made. All objects must be there and be what their ids say; they are not held against
 * git's rules for new objects, which real histories break (`fetchCommits` says why that is safe). Throws `RepositoryError`.
 */
export async function openBundle(
  file: string,
  folder: string,
  head: TrustedHead,
  env: Environment,
): Promise<Repository> {
  const { prerequisites, objectFormat, packOffset } = await readBundle(file);
  const refuse = (why: string, cause?: unknown) =>
    new RepositoryError('bundle', `the bundle ${file} cannot be used: ${why}`, 'have it made anew', { cause });
  if (prerequisites.length > 0) throw refuse('it does not hold the whole history');
  if (head.branch !== null && !isBranchName(head.branch)) throw refuse(`${JSON.stringify(head.branch)} is no branch`);
  if (!COMMIT.test(head.commit)) throw refuse(`${JSON.stringify(head.commit)} is not the full id of a commit`);
  await mkdir(folder);
  const trusted = await createTrusted(folder, objectFormat, env);
  const settings = trustedSettings(trusted);
  try {
    // It also follows every link of every object, and fails where one leads nowhere.
    const args = ['index-pack', '--stdin', '--check-self-contained-and-connected'];
    await runGit(args, { ...settings, stdin: createReadStream(file, { start: packOffset }) });
    await runGit(['cat-file', '-e', `${head.commit}^{commit}`], settings);
  } catch (error) {
    if (!(error instanceof GitError) || error.kind !== 'failed') throw error;
    throw refuse(error.message, error);
  }
  return openAt(trusted, head);
}
