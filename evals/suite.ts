/** A suite: a folder of tasks, each in a folder of its own. */
import { readdir, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { readNativeTask } from './native.ts';
import { type InvalidTask, type Suite, type Task, TaskError } from './task.ts';

/** Reads the tasks of a folder. One that cannot be read is among the invalid ones. Throws `TaskError` where there is none at all. */
export async function readSuite(path: string): Promise<Suite> {
  const root = resolve(path);
  const names = await readdir(root, { withFileTypes: true }).catch((error: unknown) => {
    throw new TaskError(
      `there is no suite at ${path}`,
      'name a folder of tasks, or one of the bundled suites: smoke, core',
      {
        cause: error,
      },
    );
  });
  const tasks: Task[] = [];
  const invalid: InvalidTask[] = [];
  for (const { name } of names.filter((entry) => entry.isDirectory()).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const folder = join(root, name);
    if (!(await isThere(join(folder, 'task.yaml')))) continue;
    try {
      tasks.push(await readNativeTask(folder));
    } catch (error) {
      if (!(error instanceof TaskError)) throw error;
      invalid.push({ id: name, origin: folder, problem: error.message });
    }
  }
  if (tasks.length + invalid.length === 0)
    throw new TaskError(`${path} has no task in it`, 'a task is a folder with a task.yaml');
  return { name: basename(root), root, tasks, invalid };
}

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
