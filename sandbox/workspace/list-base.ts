/** What lies in folders of a commit. */
import { runGit } from './git.ts';
import { type Repository, repositorySettings } from './repository.ts';

/** An entry of a commit, by its path from the root. `id` is its git object's, which says its content. */
export type BaseEntry = {
  path: string;
  kind: 'folder' | 'file' | 'executable' | 'symlink' | 'other';
  id: string;
  size: number;
};

const KINDS: Readonly<Record<string, BaseEntry['kind']>> = {
  '040000': 'folder',
  '100644': 'file',
  '100664': 'file',
  '100755': 'executable',
  '120000': 'symlink',
};

/** More than this is no listing that a person has made. */
const MAX_LISTING_BYTES = 4 * 1024 * 1024;

/** All entries below the folders, at any depth; links are not followed. Throws `GitError`: `too_much_output` and others. */
export async function listBase(
  repository: Repository,
  commit: string,
  folders: readonly string[],
): Promise<BaseEntry[]> {
  const args = ['--literal-pathspecs', 'ls-tree', '-r', '-t', '-l', '-z', '--full-tree', commit, '--'];
  const call = { ...repositorySettings(repository), maxBytes: MAX_LISTING_BYTES };
  const listing = await runGit([...args, ...folders.map((folder) => `${folder}/`)], call);
  return listing
    .toString()
    .split('\0')
    .flatMap((record): BaseEntry[] => {
      const [, mode = '', id = '', size, path = ''] = /^(\d+) \w+ ([0-9a-f]+) +(\d+|-)\t(.*)$/s.exec(record) ?? [];
      return path === '' ? [] : [{ path, kind: KINDS[mode] ?? 'other', id, size: Number(size === '-' ? 0 : size) }];
    });
}
