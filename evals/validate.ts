/**
 * Whether tasks can be trusted: the solution resolves each, again and again and in other time zones; nothing resolves none; no cheat does.
 * What does not hold is written down, and a task of which it is written is not run.
 */
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { locateEngine, openEngine, SandboxError } from '../sandbox/index.ts';
import { thisProcess } from '../session/index.ts';
import { type Grade, grade } from './grading/grade.ts';
import { inParallel } from './parallel.ts';
import { type PlaceOptions, readyPlaces } from './places.ts';
import { type SolutionScript, type Suite, type Task, TaskError } from './task.ts';

/** One run of the matrix: what was tried, and what came of it. */
export type ValidationRun = { what: string; timeZone: string; outcome: string; reason: string; seconds: number };

const runSchema = z.object({
  what: z.string(),
  timeZone: z.string(),
  outcome: z.string(),
  reason: z.string(),
  seconds: z.number(),
});
const taskRecordSchema = z.object({
  digest: z.string(),
  valid: z.boolean(),
  /** Why it is not; empty where it is. */
  problems: z.array(z.string()),
  runs: z.array(runSchema),
});
const recordSchema = z.object({
  version: z.literal(1),
  drydockVersion: z.string(),
  date: z.string(),
  tasks: z.record(z.string(), taskRecordSchema),
});
export type TaskValidation = z.output<typeof taskRecordSchema>;
export type ValidationRecord = z.output<typeof recordSchema>;

/** In the suite's folder. */
export const VALIDATION_FILE = 'validation.json';

/** As many times as solution and nothing are tried, and where: no other test of the day changes as much as these zones. */
export const ZONES = ['UTC', 'Pacific/Kiritimati', 'America/St_Johns'];

export type ValidateOptions = PlaceOptions & {
  jobs: number;
  version: string;
  onTask: (task: Task, validation: TaskValidation) => void;
};

/** Validates tasks. Throws `SandboxError` where there is no engine, and the signal's reason. */
export async function validateTasks(
  tasks: readonly Task[],
  options: Omit<ValidateOptions, 'folder'>,
): Promise<Map<string, TaskValidation>> {
  const { signal, jobs, onTask } = options;
  const engine = await openEngine(await locateEngine(options.env));
  const folder = await mkdtemp(join(tmpdir(), 'drydock-validate-'));
  const ready = readyPlaces(engine, { ...options, folder });
  const owner = JSON.stringify(thisProcess());
  const found = new Map<string, TaskValidation>();
  const attempts = tasks.flatMap((task) => matrixOf(task).map((attempt) => ({ task, ...attempt })));
  const runs = new Map<string, { attempt: Attempt; grade: Grade | null; run: ValidationRun }[]>();
  try {
    await inParallel(attempts, jobs, signal, async ({ task, ...attempt }): Promise<void> => {
      const startedAt = performance.now();
      const sessionId = `eval-validate-${process.pid}-${task.digest.slice(0, 8)}-${attempt.what.replace(/\W+/g, '-')}-${ZONES.indexOf(attempt.timeZone)}`;
      const common = { task, work: attempt.work, dockerfile: options.dockerfile, sessionId, owner, signal };
      const attemptOnce = async () =>
        grade(engine, { ...common, ...(await ready(task)), testEnv: { TZ: attempt.timeZone } });
      const graded = await withTries(attemptOnce);
      const failed = graded instanceof SandboxError;
      const run = {
        what: attempt.what,
        timeZone: attempt.timeZone,
        outcome: failed ? 'infra' : graded.outcome,
        reason: failed ? graded.message : graded.reason,
        seconds: Math.round((performance.now() - startedAt) / 100) / 10,
      };
      const list = runs.get(task.id) ?? [];
      runs.set(task.id, [...list, { attempt, grade: failed ? null : graded, run }]);
      if (list.length + 1 < matrixOf(task).length) return;
      const validation = judgeMatrix(task, inOrder(task, runs.get(task.id) ?? []));
      found.set(task.id, validation);
      onTask(task, validation);
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return found;
}

type Attempt = { what: string; kind: 'gold' | 'nop' | 'cheat'; timeZone: string; work: Buffer | SolutionScript };

function matrixOf(task: Task): Attempt[] {
  const solution = task.solution?.kind === 'patch' ? task.solution.patch : task.solution;
  return [
    ...ZONES.flatMap((timeZone) => [
      ...(solution === null ? [] : [{ what: 'gold', kind: 'gold' as const, timeZone, work: solution }]),
      { what: 'nop', kind: 'nop' as const, timeZone, work: Buffer.alloc(0) },
    ]),
    ...task.cheats.map(({ name, patch }) => ({
      what: `cheat:${name}`,
      kind: 'cheat' as const,
      timeZone: 'UTC',
      work: patch,
    })),
  ];
}

/** What infrastructure makes fail says nothing of a task until it has failed so often. */
const TRIES = 3;

/** Does something in a sandbox again where the sandbox itself fails; gives the failure of the last try. Throws where there is no engine. */
export async function withTries<T>(work: () => Promise<T>): Promise<T | SandboxError> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof SandboxError) || error.kind === 'engine_unreachable') throw error;
      if (tries >= TRIES) return error;
    }
  }
}

/** They end in any order; the record has the matrix's. */
function inOrder<T extends { attempt: Attempt }>(task: Task, runs: readonly T[]): T[] {
  const place = ({ attempt }: T) =>
    matrixOf(task).findIndex(({ what, timeZone }) => what === attempt.what && timeZone === attempt.timeZone);
  return [...runs].sort((a, b) => place(a) - place(b));
}

/** What the runs of the matrix say of a task. Pure. */
export function judgeMatrix(
  task: Pick<Task, 'digest' | 'solution'>,
  runs: readonly { attempt: Pick<Attempt, 'kind'>; grade: Grade | null; run: ValidationRun }[],
): TaskValidation {
  const problems = runs.flatMap(({ attempt: { kind }, grade, run }) => {
    const at = `${run.what} (${run.timeZone})`;
    if (grade === null) return [`${at}: ${run.reason}`];
    if (kind === 'gold') return grade.outcome === 'resolved' ? [] : [`${at} does not resolve it: ${grade.detail}`];
    if (grade.outcome === 'resolved') return [`${at} resolves it`];
    if (kind === 'cheat') return grade.reason === 'patch_does_not_apply' ? [`${at} does not apply`] : [];
    const early = grade.tests.filter(({ expected, status }) => expected === 'fail_to_pass' && status === 'passed');
    const broken = grade.tests.filter(({ expected, status }) => expected === 'pass_to_pass' && status !== 'passed');
    return [
      ...early.map(({ name }) => `${at}: ${name} passes at the base already`),
      ...broken.map(({ name, status }) => `${at}: ${name} is ${status} at the base`),
    ];
  });
  if (task.solution === null) problems.unshift('it has no solution');
  const flaky = ['gold', 'nop'].filter((kind) => {
    const said = runs
      .filter(({ attempt }) => attempt.kind === kind)
      .map(({ grade }) => JSON.stringify(grade?.tests ?? null));
    return new Set(said).size > 1;
  });
  return {
    digest: task.digest,
    valid: problems.length === 0 && flaky.length === 0,
    problems: [...flaky.map((kind) => `flaky: the tests of ${kind} do not say the same each time`), ...problems],
    runs: runs.map(({ run }) => run),
  };
}

/**
 * The record of a suite; null where it has none. Throws `TaskError` for one that cannot be read: what it keeps from being run must not run
 * because of that.
 */
export async function readValidation(root: string): Promise<ValidationRecord | null> {
  const file = join(root, VALIDATION_FILE);
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    // A suite that is one file has no folder for a record.
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return null;
    throw new TaskError(`${file} cannot be read: ${error instanceof Error ? error.message : error}`);
  });
  if (text === null) return null;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = null;
  }
  const record = recordSchema.safeParse(value);
  if (record.success) return record.data;
  throw new TaskError(`${file} is no record of a validation`, 'remove it, and run drydock eval validate again');
}

/** Puts what was found into the suite's record; what is there of other tasks stays. */
export async function writeValidation(
  root: string,
  version: string,
  found: ReadonlyMap<string, TaskValidation>,
): Promise<void> {
  const before = await readValidation(root);
  const tasks = Object.fromEntries(
    [...Object.entries(before?.tasks ?? {}), ...found].sort(([a], [b]) => (a < b ? -1 : 1)),
  );
  const record: ValidationRecord = {
    version: 1,
    drydockVersion: version,
    date: new Date().toISOString().slice(0, 10),
    tasks,
  };
  const file = join(root, VALIDATION_FILE);
  await writeFile(`${file}.new`, `${JSON.stringify(record, null, 2)}\n`);
  await rename(`${file}.new`, file);
}

/** A suite without the tasks that its record says are not valid; a record of an earlier state of a task says nothing. */
export function withoutQuarantined(
  suite: Suite,
  record: ValidationRecord | null,
): { suite: Suite; unchecked: string[] } {
  const said = (task: Task) => {
    const validation = record?.tasks[task.id];
    return validation?.digest === task.digest ? validation : null;
  };
  const quarantined = suite.tasks.filter((task) => said(task)?.valid === false);
  return {
    suite: {
      ...suite,
      tasks: suite.tasks.filter((task) => !quarantined.includes(task)),
      invalid: [
        ...suite.invalid,
        ...quarantined.map((task) => ({
          id: task.id,
          origin: task.origin,
          problem: `quarantined: ${said(task)?.problems[0] ?? 'it is not valid'}`,
        })),
      ],
    },
    unchecked: suite.tasks.filter((task) => said(task) === null).map(({ id }) => id),
  };
}
