/** What the formats share whose tasks are a container and a script that gives a reward. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { folderEntries } from '../digest.ts';
import { type OverlayFile, TaskError } from '../task.ts';
import { workdirOf } from './dockerfile.ts';
import { isThere, readText } from './files.ts';

/** Where such tasks are at home when nothing says otherwise. */
const USUAL_WORKDIR = '/app';

/** The last WORKDIR of a Dockerfile, or the usual one. Throws a TaskError where it is not known without a build. */
export async function readWorkdir(dockerfile: string): Promise<string> {
  const found = workdirOf(await readText(dockerfile));
  if ('unknown' in found)
    throw new TaskError(`${dockerfile}: WORKDIR: ${found.unknown} has a variable that is not known`);
  return found.workdir ?? USUAL_WORKDIR;
}

/** The files below a folder, by path; none where there is no folder. `programs` are executable in any case. */
export async function readFiles(folder: string, programs: readonly string[]): Promise<OverlayFile[]> {
  if (!(await isThere(folder))) return [];
  const files: OverlayFile[] = [];
  for (const { path, kind } of await folderEntries(folder)) {
    if (kind === 'link') throw new TaskError(`${join(folder, path)}: links are not supported here`);
    const executable = kind === 'executable' || programs.includes(path);
    files.push({ path, executable, bytes: await readFile(join(folder, path)) });
  }
  return files;
}
