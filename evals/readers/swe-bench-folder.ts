/** Reads tasks from a repository of SWE-bench 5: `tasks/ID/` with a file for each part of an instance. */
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { shellQuote } from '../../sandbox/index.ts';
import { folderEntries } from '../digest.ts';
import { type InvalidTask, type Task, TaskError, type TaskImage } from '../task.ts';
import { checked, isThere, readText, readTextIfThere, readYaml } from './files.ts';
import { readFolders } from './folders.ts';
import { parseInstance, type SweBenchInstance } from './swe-bench-instance.ts';
import { SWE_BENCH_DEFAULTS, type SweBenchOptions, taskOfInstance } from './swe-bench-task.ts';

const TASK_FILE = 'task.yaml';
const TESTS_FILE = 'tests.json';
const ASSETS = 'test_assets';
/** The fields that are files, and whether they must be there. */
const FIELD_FILES = [
  ['patch', 'gold.patch', true],
  ['test_patch', 'test.patch', true],
  ['problem_statement', 'problem_statement.md', true],
  ['eval_script', 'eval.sh', false],
  ['hints_text', 'hints.md', false],
] as const;
/** What the build of an image has no use for, or must not see. */
const NOT_FOR_BUILDS = new Set<string>([
  TASK_FILE,
  TESTS_FILE,
  ASSETS,
  'problem_assets',
  ...FIELD_FILES.map(([, name]) => name),
]);

/**
 * The tasks below `tasks/` of a folder, or the one task whose folder it is (see `readFolders`). One that is broken or cannot be
 * used is `invalid`, with file, line and field. Throws a TaskError where there is no task at all.
 */
export async function readSweBenchFolder(
  path: string,
  options: Partial<SweBenchOptions> = {},
): Promise<{ tasks: Task[]; invalid: InvalidTask[] }> {
  return readFolders(path, [TASK_FILE, TESTS_FILE, 'gold.patch'], (folder) =>
    readTask(folder, { ...SWE_BENCH_DEFAULTS, ...options }),
  );
}

async function readTask(folder: string, options: SweBenchOptions): Promise<Task> {
  const { instance, placeOf } = await readInstance(folder);
  if (instance.instance_id !== basename(folder)) {
    throw new TaskError(`${placeOf('instance_id')}: instance_id: ${instance.instance_id} is not the folder's name`);
  }
  const image = await imageOf(folder);
  const prepare = await layAssets(folder, instance, placeOf('image_assets'));
  return taskOfInstance(instance, { format: 'swe-bench-folder', origin: folder, image, prepare, placeOf }, options);
}

/** The instance that a task's folder holds, and where each of its fields stands. */
async function readInstance(
  folder: string,
): Promise<{ instance: SweBenchInstance; placeOf: (field: string) => string }> {
  const files = new Map<string, string>(FIELD_FILES.map(([field, name]) => [field, join(folder, name)]));
  files.set('FAIL_TO_PASS', join(folder, TESTS_FILE)).set('PASS_TO_PASS', join(folder, TESTS_FILE));
  const { data: short } = await readYaml(join(folder, TASK_FILE), z.record(z.string(), z.unknown()));
  const fields: Record<string, unknown> = { ...short };
  for (const [field, name, isNeeded] of FIELD_FILES) {
    const file = join(folder, name);
    const text = isNeeded ? await readText(file) : await readTextIfThere(file);
    if (text !== null) fields[field] = text;
  }
  Object.assign(fields, await readTests(join(folder, TESTS_FILE)));
  const lines = new Map(
    (await readText(join(folder, TASK_FILE))).split('\n').map((line, index) => [line.split(':')[0], index + 1]),
  );
  const placeOf = (field: string) => {
    const line = lines.get(field);
    return files.get(field) ?? `${join(folder, TASK_FILE)}${line === undefined ? '' : `:${line}`}`;
  };
  return { instance: parseInstance(fields, placeOf), placeOf };
}

async function readTests(path: string): Promise<Record<string, unknown>> {
  const text = await readText(path);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new TaskError(`${path}: not JSON: ${(error as Error).message.split('\n')[0]}`, '', { cause: error });
  }
  return checked(z.record(z.string(), z.unknown()), value, () => path);
}

async function imageOf(folder: string): Promise<TaskImage | null> {
  if (!(await isThere(join(folder, 'Dockerfile')))) return null;
  const names = (await readdir(folder)).filter((name) => !NOT_FOR_BUILDS.has(name));
  return {
    kind: 'build',
    folder,
    dockerfile: 'Dockerfile',
    files: (await folderEntries(folder, names)).map(({ path }) => path),
  };
}

const ASSET_LIST = z.array(z.looseObject({ path: z.string() })).nullish();
const DECLARED = z.looseObject({ patch: ASSET_LIST, test_patch: ASSET_LIST });

/**
 * Shell text that lays the files of `test_assets/` over the workspace: those that a test patch cannot carry, such as
 * pictures. Files for the gold patch are not supported, since they would have to be laid before the tests of that alone.
 */
async function layAssets(folder: string, instance: SweBenchInstance, place: string): Promise<string> {
  const raw: unknown = instance.image_assets;
  const declared = checked(DECLARED, declaredIn(raw, place), () => place);
  if ((declared.patch ?? []).length > 0) {
    throw new TaskError(`${place}: image_assets.patch: files beside the gold patch are not supported`);
  }
  const isFolder = await isThere(join(folder, ASSETS));
  const there = isFolder ? (await folderEntries(join(folder, ASSETS))).filter(({ kind }) => kind !== 'link') : [];
  const paths = declared.test_patch?.map(({ path }) => path) ?? there.map(({ path }) => path);
  const commands: string[] = [];
  for (const path of paths) {
    if (!there.some((entry) => entry.path === path)) {
      throw new TaskError(`${place}: image_assets.test_patch: ${path} is not in ${ASSETS}/`);
    }
    const text = (await readFile(join(folder, ASSETS, path))).toString('base64').replace(/.{76}/g, '$&\n');
    const name = shellQuote(path);
    commands.push(`mkdir -p "$(dirname ${name})" && base64 -d > ${name} <<'DRYDOCK_ASSET'\n${text}\nDRYDOCK_ASSET`);
  }
  return commands.join('\n');
}

function declaredIn(raw: unknown, place: string): unknown {
  if (typeof raw !== 'string') return raw ?? {};
  try {
    return raw === '' ? {} : JSON.parse(raw);
  } catch (error) {
    throw new TaskError(`${place}: image_assets: not JSON`, '', { cause: error });
  }
}
