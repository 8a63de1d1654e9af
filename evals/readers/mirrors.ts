import { join, resolve } from 'node:path';
import { isThere } from './files.ts';

/**
 * The repository `OWNER/NAME` in a folder of mirrors: `OWNER__NAME` or `OWNER/NAME`, with or without `.git`, bare or not.
 * Absolute; null where there is none.
 */
export async function findMirror(repos: string, repository: string): Promise<string | null> {
  const flat = repository.replaceAll('/', '__');
  for (const name of [flat, `${flat}.git`, repository, `${repository}.git`]) {
    const path = resolve(repos, name);
    if (await isThere(join(path, '.git'))) return path;
    if ((await isThere(join(path, 'HEAD'))) && (await isThere(join(path, 'objects')))) return path;
  }
  return null;
}
