/** Folders of files, read into memory and written again: a user's skill, and a session's copy of its skills. */
import { chmod, lstat, mkdir, readdir, readFile, realpath, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import type { PlacedFile } from '../../sandbox/index.ts';

export type ReadFolder = { files: PlacedFile[]; left: string[] };

/** A folder is larger than it may be. */
export class TooLarge extends Error {}

/**
 * All regular files below `root`, by path. A link to a file that lies below `root` too stands for that file; all other links,
 * and what is no file, are in `left`. A `.git` is passed over: whoever clones a skill has one. Throws `TooLarge`, and
 * errors of the file system.
 */
export async function readFolder(root: string, most: { files: number; bytes: number }): Promise<ReadFolder> {
  const real = await realpath(root);
  const files: PlacedFile[] = [];
  const left: string[] = [];
  let bytes = 0;
  const take = async (path: string, from: string): Promise<void> => {
    const { size, mode } = await stat(from);
    bytes += size;
    if (files.length >= most.files) throw new TooLarge(`it has more than ${most.files} files`);
    if (bytes > most.bytes) throw new TooLarge(`it is larger than ${most.bytes / 1024 ** 2} MiB`);
    files.push({ path, executable: (mode & 0o111) !== 0, bytes: await readFile(from) });
  };
  const walk = async (folder: string): Promise<void> => {
    for (const name of (await readdir(folder)).sort()) {
      const full = join(folder, name);
      const path = relative(real, full);
      const entry = await lstat(full);
      if (name === '.git') continue;
      if (entry.isDirectory()) await walk(full);
      else if (entry.isFile()) await take(path, full);
      else {
        const target = entry.isSymbolicLink() ? await fileBehind(full, real) : null;
        if (target === null) left.push(path);
        else await take(path, target);
      }
    }
  };
  await walk(real);
  return { files, left };
}

/** The regular file below `root` that a link leads to; null: it leads elsewhere. */
async function fileBehind(link: string, root: string): Promise<string | null> {
  try {
    const target = await realpath(link);
    return target.startsWith(root + sep) && (await stat(target)).isFile() ? target : null;
  } catch {
    // It leads nowhere, or round in a circle.
    return null;
  }
}

/** Writes files below `root`, which is made: for everybody to read, for nobody to write. */
export async function writeFolder(root: string, files: readonly PlacedFile[]): Promise<void> {
  await mkdir(root);
  const folders = new Set(['', ...files.flatMap(({ path }) => foldersOf(path))]);
  for (const { path, executable, bytes } of files) {
    const full = join(root, path);
    await mkdir(dirname(full), { recursive: true });
    await writeFile(full, bytes, { flag: 'wx' });
    await chmod(full, executable ? 0o555 : 0o444);
  }
  // Whatever mask the user has. Folders stay writable for their owner, who has to remove them.
  for (const folder of folders) await chmod(join(root, folder), 0o755);
}

/** All folders on the way to a file. */
function foldersOf(path: string): string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}
