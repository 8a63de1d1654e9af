/**
 * Some files of the base commit, for an engine: chosen by path into a git tree, whose id says names, modes and contents
 * at once, and packed as a tar of exactly the bytes that were committed. It works on git objects only, in a bare
 * repository of its own, so neither the working tree nor the user's repository has a part in it.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type GitCall, GitError, runGit } from '../workspace/git.ts';
import { missingObjects, type Repository, repositorySettings } from '../workspace/repository.ts';
import { openTrusted, type TrustedRepository, trustedSettings } from '../workspace/trusted.ts';

/** A choice of files of one commit. */
export type BaseTree = {
  /** Writes the tar. Throws `RepositoryError` where objects are missing. */
  pack(file: string): Promise<void>;
  /** Id of the git tree. */
  id: string;
};

/** Overrides whatever the commit's own attributes say: nothing is left out, converted, expanded or filtered. */
const ATTRIBUTES = '* -text -eol -ident -filter -working-tree-encoding -export-ignore -export-subst\n';

/** Opens a bare repository at `folder` that borrows the user's objects. */
export async function openScratch(folder: string, repository: Repository): Promise<TrustedRepository> {
  const scratch = await openTrusted(folder, repository);
  await mkdir(join(folder, 'info'), { recursive: true });
  await writeFile(join(folder, 'info', 'attributes'), ATTRIBUTES);
  return scratch;
}

/**
 * Chooses files below `folder` (`''`: the root) of a commit: those that `keep` wants, by their path below it. The path's
 * characters are its bytes. `more` is another file of the commit, by its path below the root, that is put in as `name`.
 */
export async function chooseFiles(
  scratch: TrustedRepository,
  repository: Repository,
  choice: {
    commit: string;
    folder: string;
    keep: (path: string) => boolean;
    more?: { name: string; from: string };
  },
): Promise<BaseTree> {
  const { commit, folder, keep, more } = choice;
  const settings = { ...trustedSettings(scratch), variables: { GIT_INDEX_FILE: join(scratch.gitDir, 'chosen.index') } };
  const git = async (args: string[], call: Partial<GitCall> = {}) => {
    try {
      return await runGit(args, { ...settings, ...call });
    } catch (error) {
      if (error instanceof GitError && error.kind === 'failed') throw missingObjects(repository, commit, error);
      throw error;
    }
  };
  const records = async (args: string[]) =>
    (await git(['ls-tree', '-z', ...args]))
      .toString('latin1')
      .split('\0')
      .filter((record) => record !== '');
  const listing = (await records(['-r', `${commit}:${folder}`])).filter((record) => keep(pathOf(record)));
  if (more) {
    const [record = ''] = await records([commit, '--', more.from]);
    listing.push(`${record.slice(0, record.indexOf('\t'))}\t${more.name}`);
  }
  const stdin = Buffer.from(listing.map((record) => `${record}\0`).join(''), 'latin1');
  await git(['read-tree', '--empty']);
  await git(['update-index', '-z', '--index-info'], { stdin });
  const id = (await git(['write-tree', '--missing-ok'])).toString().trim();
  return {
    id,
    pack: async (file) => {
      // Whatever mask the user has set for archives, the same commit gives the same modes.
      await git(['archive', '--format=tar', `--output=${file}`, id], { config: [['tar.umask', '0022']] });
    },
  };
}

/** What the paths (below the root) are in a commit; one that is not there is absent. */
export async function kindsOf(
  repository: Repository,
  commit: string,
  paths: readonly string[],
): Promise<Map<string, 'blob' | 'tree' | 'commit'>> {
  // -t: a folder is also listed where a path in it is asked for.
  const args = ['--literal-pathspecs', 'ls-tree', '-t', '-z', '--full-tree', commit, '--', ...paths];
  const records = (await runGit(args, repositorySettings(repository))).toString().split('\0');
  return new Map(
    records.flatMap((record): [string, 'blob' | 'tree' | 'commit'][] => {
      const [, kind] = /^\d+ (blob|tree|commit) /.exec(record) ?? [];
      return kind === 'blob' || kind === 'tree' || kind === 'commit' ? [[pathOf(record), kind]] : [];
    }),
  );
}

function pathOf(record: string): string {
  return record.slice(record.indexOf('\t') + 1);
}
