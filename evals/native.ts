/** The native format of a task: a folder. Its description is docs/evals.md, its schema docs/task.schema.json. */
import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { basename, dirname, join, posix, relative, resolve, sep } from 'node:path';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { durationMs, room } from '../agent/index.ts';
import { digestOfBase } from './base.ts';
import { digestOf } from './digest.ts';
import { imageDigest } from './image.ts';
import {
  type NamedPatch,
  type OverlayFile,
  RUNNERS,
  type Task,
  type TaskBase,
  TaskError,
  type TaskImage,
} from './task.ts';
import { taskYaml } from './yaml.ts';

const DEFAULT_TEST_TIMEOUT_MS = 5 * 60_000;
/** What is read of a task's texts at most. */
const MAX_TEXT_BYTES = 8 * 1024 ** 2;

const path = z
  .string()
  .refine(
    (text) => text !== '' && !posix.isAbsolute(text) && !posix.normalize(text).startsWith('..') && !text.includes('\0'),
    'is not a path below the repository',
  );
const names = z.array(z.string().min(1)).refine((list) => new Set(list).size === list.length, 'names a test twice');

/** `task.yaml`. */
export const taskFileSchema = z.strictObject({
  version: z.literal(1).describe('of this format'),
  title: z.string().min(1).describe('one line'),
  tags: z.array(z.string()).default([]).describe('language, kind of task, what it tries'),
  repository: z
    .strictObject({ bundle: z.string(), commit: z.string().min(4) })
    .optional()
    .describe('a git bundle in this folder and the base commit in it, in place of repo/'),
  environment: z
    .union([
      z.strictObject({ image: z.string().min(1) }),
      z.strictObject({ dockerfile: z.string().min(1).describe('relative to this folder; it sees no other file') }),
    ])
    .optional()
    .describe('where the agent works and the work is graded; left out: the image of Drydock itself'),
  tests: z.strictObject({
    runner: z.enum(RUNNERS),
    prepare: z.string().optional().describe('shell text, run in the workspace before the tests'),
    files: z.array(path).min(1).describe('what the runner is given'),
    fail_to_pass: names.min(1).describe('tests that fail at the base and pass with the solution'),
    pass_to_pass: names.default([]).describe('tests that pass at both'),
    restore: z.array(z.string().min(1)).default([]).describe('files that are put back to the base before the tests'),
    timeout: durationMs.optional().describe('of all tests together: 90s, 5m'),
  }),
  limits: z
    .strictObject({ timeout: durationMs.optional(), memory: room.optional(), cpus: z.number().positive().optional() })
    .default({})
    .describe('of an attempt; a configuration may say less'),
});
export type TaskFile = z.output<typeof taskFileSchema>;

/** Reads a task's folder (absolute). Throws `TaskError` that names the file and the field. */
export async function readNativeTask(folder: string): Promise<Task> {
  const file = join(folder, 'task.yaml');
  const said = parseTaskFile(file, await readText(file));
  const { tests, limits, environment } = said;
  const base = await baseOf(folder, said);
  const image = imageOf(folder, environment);
  const overlay = await readOverlay(join(folder, 'tests'));
  const problem = await readText(join(folder, 'problem.md'));
  const solution = await readOptional(join(folder, 'solution.patch'));
  const parts = {
    problem,
    tests: {
      kind: 'runner' as const,
      runner: tests.runner,
      prepare: tests.prepare ?? null,
      files: tests.files,
      failToPass: tests.fail_to_pass,
      passToPass: tests.pass_to_pass,
      overlay,
      restore: tests.restore,
      timeoutMs: tests.timeout ?? DEFAULT_TEST_TIMEOUT_MS,
    },
    solution: solution === null ? null : { kind: 'patch' as const, patch: solution },
    limits: {
      timeoutMs: limits.timeout ?? null,
      memoryBytes: limits.memory ?? null,
      cpus: limits.cpus ?? null,
    },
  };
  const digest = digestOf({ ...parts, base: await digestOfBase(base), image: await imageDigest(image) });
  return {
    ...parts,
    id: basename(folder),
    digest,
    format: 'native',
    origin: folder,
    title: said.title,
    tags: said.tags,
    base,
    image,
    cheats: await readCheats(join(folder, 'cheats')),
    extra: {},
  };
}

/** Checks `task.yaml`. Throws `TaskError` that names the field, and the line where YAML itself is broken. */
export function parseTaskFile(file: string, text: string): TaskFile {
  const document = parseDocument(text);
  const [broken] = document.errors;
  if (broken) {
    const line = broken.linePos?.[0].line;
    throw new TaskError(`${file}${line === undefined ? '' : `:${line}`}: ${broken.message.split('\n')[0]}`);
  }
  const result = taskFileSchema.safeParse(taskYaml(document, file));
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const at = issue?.path.join('.') ?? '';
  throw new TaskError(
    `${file}: ${at === '' ? '' : `${at}: `}${issue?.message ?? 'is not valid'}`,
    'docs/evals.md has the format',
  );
}

async function baseOf(folder: string, { repository }: TaskFile): Promise<TaskBase> {
  const files = join(folder, 'repo');
  if (repository === undefined) {
    await lstat(files).catch((error: unknown) => {
      throw new TaskError(
        `${folder}: neither repo/ nor a repository in task.yaml`,
        'put the files of the base into repo/',
        {
          cause: error,
        },
      );
    });
    return { kind: 'folder', path: files };
  }
  return { kind: 'bundle', path: resolve(folder, repository.bundle), commit: repository.commit };
}

function imageOf(folder: string, environment: TaskFile['environment']): TaskImage {
  if (environment === undefined) return { kind: 'own' };
  if ('image' in environment) return { kind: 'image', name: environment.image };
  const dockerfile = resolve(folder, environment.dockerfile);
  return {
    kind: 'build',
    folder: dirname(dockerfile),
    dockerfile: basename(dockerfile),
    files: [basename(dockerfile)],
  };
}

/** The files below a folder that is laid over the workspace; none where there is no folder. */
export async function readOverlay(folder: string): Promise<OverlayFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  });
  const files: OverlayFile[] = [];
  for (const entry of entries) {
    const full = join(entry.parentPath, entry.name);
    if (entry.isSymbolicLink()) throw new TaskError(`${full}: a link (to ${await readlink(full)}) cannot be laid over`);
    if (!entry.isFile()) continue;
    const executable = ((await lstat(full)).mode & 0o100) !== 0;
    files.push({ path: relative(folder, full).split(sep).join('/'), executable, bytes: await readFile(full) });
  }
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

async function readCheats(folder: string): Promise<NamedPatch[]> {
  const files = await readOverlay(folder);
  return files.map(({ path, bytes }) => {
    if (!path.endsWith('.patch')) throw new TaskError(`${join(folder, path)}: a cheat is a .patch file`);
    return { name: path.replace(/\.patch$/, ''), patch: bytes };
  });
}

async function readText(file: string): Promise<string> {
  const bytes = await readOptional(file);
  if (bytes === null) throw new TaskError(`${file} is missing`);
  return bytes.toString('utf8');
}

async function readOptional(file: string): Promise<Buffer | null> {
  try {
    const bytes = await readFile(file);
    if (bytes.length > MAX_TEXT_BYTES) throw new TaskError(`${file} is larger than ${MAX_TEXT_BYTES} bytes`);
    return bytes;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
