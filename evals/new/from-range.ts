/** A task made of a change that a repository has had: its base, its tests, its solution, and which tests tell of it. */
import { chmod, copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative, sep } from 'node:path';
import {
  bundleSingleCommit,
  type CommitRange,
  inspectRepository,
  patchOfChanges,
  type RangeChange,
  type Repository,
  readBaseFiles,
  readRange,
  readRangeFile,
} from '../../sandbox/index.ts';
import { digestOf } from '../digest.ts';
import { runnerOf } from '../grading/runners.ts';
import { matches } from '../grading/workspace.ts';
import { readNativeTask } from '../native.ts';
import { type OverlayFile, type RunnerName, type Task, TaskError, type TaskImage } from '../task.ts';
import { readValidation, type TaskValidation, validateTasks, writeValidation } from '../validate.ts';
import type { Comparison } from './compare-runs.ts';
import { guessRunner, TELLING_FILES } from './guess-runner.ts';
import { type Measured, type MeasureOptions, measureTests } from './measure.ts';
import { draftProblem, draftTitle } from './problem-text.ts';
import { openTaskFolder, putFiles } from './scaffold.ts';
import { splitChange } from './split-change.ts';
import { type TaskText, tagsFor, taskText } from './task-text.ts';
import { filesForRunner } from './test-paths.ts';

const BUNDLE = 'repo.bundle';
/** For the first runs of the tests, of which nobody knows how long they take. */
const MEASURE_TIMEOUT_MS = 15 * 60_000;
/** A run for a grade may take so many times as long as the slowest that was seen, on a machine that is slower and busy. */
const SLACK = 4;
const SHORTEST_TIMEOUT_S = 60;

/** Paths are absolute. */
export type RangeRequest = {
  folder: string;
  repository: string;
  /** `BASE..FIX`, or one commit. */
  range: string;
  /** Globs of the files that are tests; none: the conventions of languages. */
  tests: readonly string[];
  /** Null: guessed. */
  runner: RunnerName | null;
  /** Null: Drydock's own. */
  environment: { image: string } | { dockerfile: string } | null;
  prepare: string | null;
};

export type RangeOptions = MeasureOptions & {
  /** Of Drydock, for the record of the validation. */
  version: string;
};

export type RangeResult = {
  runner: RunnerName;
  files: readonly string[];
  comparison: Comparison;
  measured: Measured;
  /** Null: no test turns from failing to passing, so that there is no task to validate. */
  validation: TaskValidation | null;
};

/**
 * Makes the folder of a task from a range of commits. Throws `RepositoryError` and `TaskError` for what cannot be made into a task,
 * before the folder is there; `SandboxError` and the signal's reason later: then the folder stays.
 */
export async function taskFromRange(request: RangeRequest, options: RangeOptions): Promise<RangeResult> {
  const { folder, environment } = request;
  const repository = await inspectRepository(request.repository, options.env);
  if (repository.objectFormat !== 'sha1') {
    throw new TaskError(`${request.repository} has ids of ${repository.objectFormat}`, 'only those of sha1 are read');
  }
  const range = await readRange(repository, request.range);
  const change = await readChange(repository, range, request);
  await openTaskFolder(folder);
  for (const note of change.notes) options.onNote(note);

  const commit = await writeParts(repository, range, change, folder);
  const said = await putEnvironment(folder, environment);
  const { runner, files, overlay, solution } = change;
  const common = {
    ...{ title: draftTitle(range.messages, range.fix), tags: tagsFor(runner), runner, prepare: request.prepare, files },
    ...{ bundle: { file: BUNDLE, commit }, environment: said },
  };
  const write = (rest: Pick<TaskText, 'head' | 'failToPass' | 'passToPass' | 'timeout'>) =>
    writeFile(join(folder, 'task.yaml'), taskText({ ...common, ...rest }));
  const origin = `Made of ${range.base.slice(0, 12)}..${range.fix.slice(0, 12)}.`;
  const unfinished =
    'The lists of tests are missing: the tests have not been run, or none turns from failing to passing.';
  await write({ head: [origin, unfinished], failToPass: [], passToPass: [], timeout: '5m' });

  const measured = await measureTests(
    {
      ...{
        id: basename(folder),
        digest: digestOf({ folder, range: range.fix }),
        format: 'native',
        origin: folder,
        title: common.title,
      },
      ...{ tags: [], problem: '', cheats: [], extra: {}, limits: { timeoutMs: null, memoryBytes: null, cpus: null } },
      base: { kind: 'bundle', path: join(folder, BUNDLE), commit },
      image: imageOf(folder, said),
      solution: { kind: 'patch', patch: solution },
      tests: {
        ...{ kind: 'runner', runner, prepare: request.prepare, files, overlay, restore: [] },
        ...{ failToPass: [], passToPass: [], timeoutMs: MEASURE_TIMEOUT_MS },
      },
    },
    solution,
    options,
  );
  const { comparison } = measured;
  const result = { runner, files, comparison, measured };
  if (comparison.failToPass.length === 0) return { ...result, validation: null };
  const { failToPass, passToPass } = comparison;
  const seconds = Math.max(SHORTEST_TIMEOUT_S, Math.ceil((SLACK * measured.testMs) / 1000));
  await write({ head: [origin], failToPass, passToPass, timeout: `${seconds}s` });
  return { ...result, validation: await validate(await readNativeTask(folder), options) };
}

type Change = {
  source: RangeChange[];
  overlay: OverlayFile[];
  runner: RunnerName;
  files: string[];
  solution: Buffer;
  notes: string[];
};

/** What a range comes to as a task. Nothing is written. */
async function readChange(repository: Repository, range: CommitRange, request: RangeRequest): Promise<Change> {
  const split = splitChange(range.changes, request.tests);
  const notes = [...split.notes];
  if (range.changes.length === 0) throw new TaskError(`${request.range} changes nothing`, 'name a range that does');
  if (split.source.length === 0) {
    const hint = 'name a range with a fix in it, or say with --tests which files are tests';
    throw new TaskError(`${request.range} changes nothing but tests (${named(range.changes)})`, hint);
  }
  if (split.tests.length === 0) {
    const hint = 'say with --tests which files are tests, or name a range that has some';
    throw new TaskError(`${request.range} changes no test (it changes ${named(range.changes)})`, hint);
  }
  const tests = await overlayOf(repository, split.tests);
  const settings = await readBaseFiles(repository, range.fix, TELLING_FILES);
  const runner = request.runner ?? guessRunner(tests, settings);
  if (runner === null) {
    throw new TaskError(`nothing tells how ${named(split.tests)} are run`, 'say it with --runner');
  }
  const files = filesForRunner(runner, tests);
  if (files.length === 0) {
    const hint = 'say another with --runner, or with --tests which files are tests';
    throw new TaskError(`none of the changed tests is one for ${runner} (${named(split.tests)})`, hint);
  }
  // A grade puts these back to the base, so that the solution's own would not be there.
  const settled = split.source.filter(
    ({ path, after }) => after?.mode.startsWith('100') && matches(path, runnerOf(runner).configuration),
  );
  if (settled.length > 0) {
    notes.push(`${named(settled)} says how tests are run: it is in tests/ too, as the range leaves it`);
  }
  const overlay = [...tests, ...(await overlayOf(repository, settled))];
  const scratch = await mkdtemp(join(tmpdir(), 'drydock-range-'));
  try {
    const solution = await patchOfChanges(repository, range.base, split.source, scratch);
    return { source: split.source, overlay, runner, files, solution, notes };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function overlayOf(repository: Repository, changes: readonly RangeChange[]): Promise<OverlayFile[]> {
  const files: OverlayFile[] = [];
  for (const { path, after } of changes) {
    if (after === null) continue;
    files.push({ path, executable: after.mode === '100755', bytes: await readRangeFile(repository, after) });
  }
  return files;
}

function named(changes: readonly { path: string }[]): string {
  const paths = changes.slice(0, 3).map(({ path }) => path);
  return `${paths.join(', ')}${changes.length > 3 ? ` and ${changes.length - 3} more` : ''}`;
}

/** Writes all but `task.yaml`; gives the commit in the bundle. */
async function writeParts(
  repository: Repository,
  range: CommitRange,
  { overlay, solution }: Change,
  folder: string,
): Promise<string> {
  const source = { kind: 'repository' as const, path: repository.root ?? repository.gitDir, commit: range.base };
  const commit = await bundleSingleCommit(join(folder, BUNDLE), source, repository.env);
  const tests = Object.fromEntries(overlay.map(({ path, bytes }) => [`tests/${path}`, bytes]));
  await putFiles(folder, { ...tests, 'solution.patch': solution, 'problem.md': draftProblem(range.messages) });
  for (const { path, executable } of overlay) if (executable) await chmod(join(folder, 'tests', path), 0o755);
  return commit;
}

/** What `task.yaml` says of the image. A Dockerfile that is not in the suite's folder is copied into the task's. */
async function putEnvironment(
  folder: string,
  environment: RangeRequest['environment'],
): Promise<TaskText['environment']> {
  if (environment === null || 'image' in environment) return environment;
  const path = relative(folder, environment.dockerfile).split(sep).join('/');
  if (path === `../${basename(path)}`) return { dockerfile: path };
  await copyFile(environment.dockerfile, join(folder, 'Dockerfile'));
  return { dockerfile: 'Dockerfile' };
}

function imageOf(folder: string, environment: TaskText['environment']): TaskImage {
  if (environment === null) return { kind: 'own' };
  if ('image' in environment) return { kind: 'image', name: environment.image };
  const path = join(folder, environment.dockerfile);
  return { kind: 'build', folder: dirname(path), dockerfile: basename(path), files: [basename(path)] };
}

/** Validates the task, and writes the record into its folder, and into its suite's where that has one. */
async function validate(task: Task, options: RangeOptions): Promise<TaskValidation> {
  const found = await validateTasks([task], { ...options, jobs: 2, onTask: () => undefined });
  const suite = dirname(task.origin);
  for (const root of (await readValidation(suite)) === null ? [task.origin] : [task.origin, suite]) {
    await writeValidation(root, options.version, found);
  }
  const validation = found.get(task.id);
  if (validation === undefined) throw new Error(`${task.id} was not validated`);
  return validation;
}
