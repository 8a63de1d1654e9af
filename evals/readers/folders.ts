import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type InvalidTask, type Task, TaskError } from '../task.ts';
import { isThere } from './files.ts';
import { ID } from './swe-bench-instance.ts';

/**
 * The tasks of a folder: of itself, where one of the files that are `signs` of a task is in it; else of the folders in `tasks/`,
 * or in itself where it has none. A folder without any of the signs is no task. One whose reading throws a TaskError is an
 * invalid task. Throws a TaskError where there is no task at all.
 */
export async function readFolders(
  path: string,
  signs: readonly string[],
  read: (folder: string) => Promise<Task>,
): Promise<{ tasks: Task[]; invalid: InvalidTask[] }> {
  const tasks: Task[] = [];
  const invalid: InvalidTask[] = [];
  for (const folder of await taskFolders(path, signs)) {
    const id = basename(folder);
    try {
      const named = ID.safeParse(id);
      if (!named.success) throw new TaskError(`${folder}: its name ${named.error.issues[0]?.message}`);
      tasks.push(await read(folder));
    } catch (error) {
      if (!(error instanceof TaskError)) throw error;
      invalid.push({ id, origin: folder, problem: error.message });
    }
  }
  if (tasks.length + invalid.length === 0)
    throw new TaskError(`${path}: has no task, which would have ${signs.join(' or ')}`);
  return { tasks, invalid };
}

async function taskFolders(path: string, signs: readonly string[]): Promise<string[]> {
  if (await hasSign(path, signs)) return [path];
  const parent = (await isThere(join(path, 'tasks'))) ? join(path, 'tasks') : path;
  if (!(await isThere(parent))) throw new TaskError(`${path}: not there`);
  const found: string[] = [];
  for (const entry of await readdir(parent, { withFileTypes: true })) {
    const folder = join(parent, entry.name);
    if (entry.isDirectory() && (await hasSign(folder, signs))) found.push(folder);
  }
  return found.sort();
}

async function hasSign(folder: string, signs: readonly string[]): Promise<boolean> {
  for (const sign of signs) if (await isThere(join(folder, sign))) return true;
  return false;
}
