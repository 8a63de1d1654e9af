/** The repository on its way in: a pack of what the sandbox lacks, and the tags. */
import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { GitError, runGit } from './git.ts';
import { KEEP_MEMORY } from './memory.ts';
import { missingObjects, type Repository, repositorySettings } from './repository.ts';
import { type TrustedRepository, treeOf, trustedSettings, writeCommit } from './trusted.ts';

/** `full`: the ancestors of the base and the tags among them. `none`: one commit without a parent. */
export type History = 'full' | 'none';

/** What a sandbox has of a repository before the import; see `RepositoryPack.tagsDigest`. */
export type KnownImport = { commit: string; tagsDigest: string };

export type RepositoryPack = {
  /** The pack and its index on the host; null: the sandbox has all objects. `name` is the pack's own, without suffixes. */
  pack: { name: string; pack: string; index: string } | null;
  /** The commit that the sandbox's HEAD names: the one asked for, or its parentless twin. */
  base: string;
  /** The commit whose files are checked out: `base`, or one on top of it that holds the checkpoint's tree. */
  files: string;
  /** `ID NAME` lines, as in `packed-refs`. */
  tags: string;
  tagsDigest: string;
};

export type PackRequest = {
  /** A commit in the user's or the trusted repository. */
  commit: string;
  /** The checkpoint to go on from, a tree in the trusted repository; null: the commit's own files. */
  tree: string | null;
  history: History;
  /** A folder for the pack; it is made, and left to the caller to remove. */
  folder: string;
  known: KnownImport | null;
};

/** Fixed, so that the same tree always gives the same commit. */
const OWN_COMMIT = { author: { name: 'Drydock', email: 'drydock@localhost' }, time: 0 };

/** Packs what a sandbox lacks. Throws `RepositoryError` where objects are missing. */
export async function makePack(
  trusted: TrustedRepository,
  repository: Repository,
  request: PackRequest,
): Promise<RepositoryPack> {
  const { commit, tree, known } = request;
  // A shallow or partial clone cannot give its history.
  const history = repository.shallow || repository.partial ? 'none' : request.history;
  try {
    const base = history === 'full' ? commit : await writeRoot(trusted, commit);
    const tags = history === 'full' ? await tagsOf(trusted, repository, commit) : '';
    const tagsDigest = createHash('sha256').update(tags).digest('hex');
    const own = { ...OWN_COMMIT, message: 'Checkpoint\n', parents: [base] };
    const files = tree === null ? base : await writeCommit(trusted, { ...own, tree });
    const hasAll = files === known?.commit && tagsDigest === known.tagsDigest;
    const pack = hasAll ? null : await packObjects(trusted, request, { wanted: [base, files], tags });
    return { pack, base, files, tags, tagsDigest };
  } catch (error) {
    if (error instanceof GitError && error.kind === 'failed') throw missingObjects(repository, commit, error);
    throw error;
  }
}

async function packObjects(
  trusted: TrustedRepository,
  { folder, known }: PackRequest,
  { wanted, tags }: { wanted: string[]; tags: string },
): Promise<RepositoryPack['pack']> {
  await mkdir(folder, { recursive: true });
  const settings = trustedSettings(trusted);
  const ids = tags.split('\n').map((line) => line.slice(0, line.indexOf(' ')));
  const without = known !== null && (await hasCommit(trusted, known.commit)) ? [`^${known.commit}`] : [];
  const stdin = [...wanted, ...ids.filter((id) => id !== ''), ...without].map((line) => `${line}\n`).join('');
  // The way is short and the pack is thrown away: packing at all what lies loose would cost more than it saves.
  const config = [['pack.window', '0'] as const, ['pack.compression', '0'] as const];
  const args = ['pack-objects', '--revs', '--quiet', '--non-empty', '--delta-base-offset', join(folder, 'pack')];
  const hash = (await runGit(args, { ...settings, config, variables: KEEP_MEMORY, stdin })).toString().trim();
  if (hash === '') return null;
  const name = `pack-${hash}`;
  return { name, pack: join(folder, `${name}.pack`), index: join(folder, `${name}.idx`) };
}

/** A commit that an earlier import knew may be gone, after a rebase. */
async function hasCommit(trusted: TrustedRepository, commit: string): Promise<boolean> {
  const args = ['rev-parse', '--verify', '--quiet', `${commit}^{commit}`];
  return (await runGit(args, { ...trustedSettings(trusted), accept: [1] })).length > 0;
}

async function writeRoot(trusted: TrustedRepository, commit: string): Promise<string> {
  return writeCommit(trusted, { ...OWN_COMMIT, message: 'Base\n', tree: await treeOf(trusted, commit), parents: [] });
}

/** The tags within the ancestry of the commit. */
async function tagsOf(trusted: TrustedRepository, repository: Repository, commit: string): Promise<string> {
  // A snapshot of uncommitted work lies in the trusted repository only.
  const variables = { GIT_ALTERNATE_OBJECT_DIRECTORIES: join(trusted.gitDir, 'objects') };
  const args = ['for-each-ref', '--format=%(objectname) %(refname)', `--merged=${commit}`, 'refs/tags/'];
  return (await runGit(args, { ...repositorySettings(repository), variables })).toString();
}
