/** Instances of SWE-bench as they are in its files: version 4, and what version 5 adds. */
import { z } from 'zod';
import { type Task, TaskError } from '../task.ts';
import { checked } from './files.ts';

const TEXT = z.string().refine((text) => text.isWellFormed(), 'has half a character');

/** SWE-bench's data sets have lists as JSON in a string too. Kept as it was read; see `listOf`. */
const LIST = z.custom<string | readonly string[]>(
  (value) => parseList(value) !== null,
  'not a list of strings, nor JSON of one in a string',
);

/** Ids are names of files and parts of commands elsewhere. */
export const ID = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._+-]*$/, 'has other characters than letters, digits and . _ + -');

const INSTANCE = z.looseObject({
  instance_id: ID,
  repo: z.string().regex(/^[A-Za-z0-9][\w.-]*\/[\w.-]*[A-Za-z0-9_-]$/, 'not OWNER/NAME'),
  base_commit: z.string().regex(/^[A-Za-z0-9][\w./-]*$/, 'not a commit'),
  patch: TEXT,
  test_patch: TEXT,
  problem_statement: z.string(),
  FAIL_TO_PASS: LIST,
  PASS_TO_PASS: LIST,
  hints_text: z.string().nullish(),
  created_at: z.union([z.string(), z.number()]).nullish(),
  version: z.union([z.string(), z.number()]).nullish(),
  environment_setup_commit: z.string().nullish(),
  difficulty: z.string().nullish(),
  image: z.string().min(1).nullish(),
  eval_script: z.string().nullish(),
  log_parser: z.string().nullish(),
  eval_type: z.string().nullish(),
  split: z.string().nullish(),
  datasets: LIST.nullish(),
});

/** An instance as it was read: with the fields that nobody knows, and lists in the form that they had. */
export type SweBenchInstance = z.infer<typeof INSTANCE>;

/** An instance, checked. Throws a TaskError such as `PLACE: FIELD: what is wrong`. */
export function parseInstance(value: unknown, placeOf: (field: string) => string): SweBenchInstance {
  return checked(INSTANCE, value, ([field]) => placeOf(String(field ?? '')));
}

/** A list that was read, whichever form it has. */
export function listOf(list: string | readonly string[]): readonly string[] {
  return parseList(list) ?? [];
}

function parseList(value: unknown): readonly string[] | null {
  if (typeof value !== 'string') return z.array(z.string()).safeParse(value).data ?? null;
  try {
    return z.array(z.string()).safeParse(JSON.parse(value)).data ?? null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** The instance that a task was read from. Throws a TaskError for a task of another format. */
export function instanceOfTask(task: Task): SweBenchInstance {
  if (task.tests.kind !== 'log')
    throw new TaskError(`${task.id}: is of the format ${task.format}, not an instance of SWE-bench`);
  return parseInstance(
    {
      instance_id: task.id,
      patch: task.solution?.kind === 'patch' ? task.solution.patch.toString() : '',
      test_patch: task.tests.testPatch.toString(),
      problem_statement: task.problem,
      ...task.extra,
    },
    () => task.id,
  );
}

/** What of an instance a task has nowhere else; `instanceOfTask` puts both together again. */
export function extraOf(instance: SweBenchInstance): Record<string, unknown> {
  const { instance_id: _id, patch: _patch, test_patch: _tests, problem_statement: _problem, ...extra } = instance;
  return extra;
}

/** Instances as JSON Lines. Throws a TaskError with id and field for one that is broken. */
export function writeSweBench(instances: readonly SweBenchInstance[]): string {
  return instances
    .map((instance) => `${JSON.stringify(parseInstance(instance, () => String(instance.instance_id)))}\n`)
    .join('');
}
