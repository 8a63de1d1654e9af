/** A suite: tasks of a folder or a file, in whichever format they are written. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { readNativeTask } from './native.ts';
import { readHarbor } from './readers/harbor.ts';
import { readSweBench } from './readers/swe-bench.ts';
import { readSweBenchFolder } from './readers/swe-bench-folder.ts';
import type { SweBenchOptions } from './readers/swe-bench-task.ts';
import { readTerminalBench } from './readers/terminal-bench.ts';
import { type InvalidTask, type Suite, type Task, TaskError, type TaskFormat } from './task.ts';

type Found = { tasks: Task[]; invalid: InvalidTask[] };

/** What marks a task's folder of each format. A folder with several is the first. */
const SIGNS: readonly [TaskFormat, (names: ReadonlySet<string>, yaml: string) => boolean][] = [
  ['harbor', (names) => names.has('task.toml')],
  ['swe-bench-folder', (names) => names.has('gold.patch') || names.has('tests.json')],
  ['terminal-bench', (names, yaml) => names.has('run-tests.sh') || /^instruction:/m.test(yaml)],
  ['native', (names) => names.has('task.yaml')],
];

/**
 * Reads a suite: a file of SWE-bench's instances, or a folder of tasks (or of `tasks/`), or a task's own folder. A task that cannot be read is among
 * the invalid ones. Throws `TaskError` where there is no task at all.
 */
export async function readSuite(path: string, options: Partial<SweBenchOptions> = {}): Promise<Suite> {
  const root = resolve(path);
  const found = await stat(root).catch((error: unknown) => {
    const hint = 'name a folder of tasks, a file of SWE-bench, or one of the bundled suites: smoke, core';
    throw new TaskError(`there is no suite at ${path}`, hint, { cause: error });
  });
  const name = basename(root).replace(/\.jsonl?$/, '');
  if (!found.isDirectory()) return { name, root, ...(await readSweBench(root, options)) };
  const format = await formatOf(root);
  if (format === null) throw new TaskError(`${path} has no task in it`, 'docs/evals.md says what a task looks like');
  return { name, root, ...(await readFormat(format, root, options)) };
}

function readFormat(format: TaskFormat, root: string, options: Partial<SweBenchOptions>): Promise<Found> {
  switch (format) {
    case 'harbor':
      return readHarbor(root);
    case 'terminal-bench':
      return readTerminalBench(root);
    case 'swe-bench-folder':
    case 'swe-bench':
      return readSweBenchFolder(root, options);
    case 'native':
      return readNative(root);
  }
}

/** By the first task of the folder. */
async function formatOf(root: string): Promise<TaskFormat | null> {
  const folders = [root, ...(await foldersIn(join(root, 'tasks'))), ...(await foldersIn(root))];
  for (const folder of folders) {
    const names = new Set(await readdir(folder));
    const yaml = names.has('task.yaml') ? await readFile(join(folder, 'task.yaml'), 'utf8') : '';
    const format = SIGNS.find(([, isOne]) => isOne(names, yaml))?.[0];
    if (format !== undefined) return format;
  }
  return null;
}

async function readNative(root: string): Promise<Found> {
  const tasks: Task[] = [];
  const invalid: InvalidTask[] = [];
  for (const folder of [root, ...(await foldersIn(root))]) {
    if (!(await isThere(join(folder, 'task.yaml')))) continue;
    try {
      tasks.push(await readNativeTask(folder));
    } catch (error) {
      if (!(error instanceof TaskError)) throw error;
      invalid.push({ id: basename(folder), origin: folder, problem: error.message });
    }
  }
  return { tasks, invalid };
}

async function foldersIn(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  const names = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.')).map(({ name }) => name);
  return names.sort().map((name) => join(path, name));
}

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
