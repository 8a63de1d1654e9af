/** A task, made of an instance of SWE-bench. */
import { shellQuote } from '../../sandbox/index.ts';
import { LOG_PARSERS } from '../parsers/log.ts';
import { END_MARKER, START_MARKER, withExitCode } from '../parsers/markers.ts';
import { type Task, TaskError, type TaskImage } from '../task.ts';
import { findMirror } from './mirrors.ts';
import { filesOfPatch } from './patch-files.ts';
import { extraOf, listOf, type SweBenchInstance } from './swe-bench-instance.ts';
import { digestOfTask, type ReadBase } from './task-digest.ts';

/** What an instance leaves open. */
export type SweBenchOptions = {
  /** A folder of mirrors (see `findMirror`); null: the files are those that the image has. */
  repos: string | null;
  /** For instances that name none. */
  image: TaskImage;
  /** Shell text, for instances without a script: the files that the test patch leaves there are put behind it. */
  testCommand: string;
  /** For instances that name none. */
  logParser: string;
};

export const SWE_BENCH_DEFAULTS: SweBenchOptions = {
  repos: null,
  image: { kind: 'own' },
  testCommand: 'python -m pytest -rA -p no:cacheprovider',
  logParser: 'parse_log_pytest',
};

/** As in SWE-bench's own harness. */
const TESTS_TIMEOUT_MS = 1_800_000;
/** Where images of SWE-bench have the repository, when the script does not say. */
const USUAL_WORKDIR = '/testbed';
/** A test command is given files of these kinds, and not the data that a test patch adds beside them. */
const CODE = /\.(?:py|[cm]?[jt]sx?|go|rs|rb|php|java|kt|c|cc|cpp|sh|bats)$/;

/**
 * The task. `placeOf` tells where a field stands; `image` is what the format has beside the instance's own image, null where it
 * has none. Throws a TaskError such as `PLACE: FIELD: why the task cannot be used`.
 */
export async function taskOfInstance(
  instance: SweBenchInstance,
  from: Pick<Task, 'format' | 'origin'> & {
    image: TaskImage | null;
    prepare: string;
    placeOf: (field: string) => string;
  },
  options: SweBenchOptions,
): Promise<Task> {
  const refuse = (field: string, problem: string) => new TaskError(`${from.placeOf(field)}: ${field}: ${problem}`);
  const parser = instance.log_parser ?? options.logParser;
  if (!LOG_PARSERS.includes(parser)) throw refuse('log_parser', `${parser} is not a parser that there is`);
  // With the others, a test that never ran would count as one that passed.
  if ((instance.eval_type ?? 'pass_and_fail') !== 'pass_and_fail') {
    throw refuse('eval_type', `${instance.eval_type} is not supported, only pass_and_fail`);
  }
  const failToPass = listOf(instance.FAIL_TO_PASS);
  if (failToPass.length === 0) throw refuse('FAIL_TO_PASS', 'has no test');
  const testPatch = Buffer.from(instance.test_patch);
  const image =
    typeof instance.image === 'string'
      ? ({ kind: 'image', name: instance.image } as const)
      : (from.image ?? options.image);
  const script = instance.eval_script ?? scriptFor(testPatch, options.testCommand);
  if (script === null) throw refuse('test_patch', 'has no file for the test command, and there is no eval_script');
  const task: Omit<Task, 'digest'> & { base: ReadBase } = {
    id: instance.instance_id,
    format: from.format,
    origin: from.origin,
    title: titleOf(instance),
    tags: [instance.repo, ...(typeof instance.difficulty === 'string' ? [instance.difficulty] : [])],
    problem: instance.problem_statement,
    base: await baseOf(instance, script, image, options, refuse),
    image,
    tests: {
      kind: 'log',
      script: withExitCode(beforeTests(script, from.prepare)),
      parser,
      testPatch,
      failToPass,
      passToPass: listOf(instance.PASS_TO_PASS),
      timeoutMs: TESTS_TIMEOUT_MS,
    },
    solution: instance.patch === '' ? null : { kind: 'patch', patch: Buffer.from(instance.patch) },
    cheats: [],
    limits: { timeoutMs: null, memoryBytes: null, cpus: null },
    extra: extraOf(instance),
  };
  return { ...task, digest: await digestOfTask(task) };
}

function titleOf({ problem_statement, instance_id }: SweBenchInstance): string {
  const first = problem_statement.split(/\r?\n/).find((line) => line.trim() !== '');
  return first === undefined ? instance_id : first.trim().slice(0, 120);
}

async function baseOf(
  { repo, base_commit }: SweBenchInstance,
  script: string,
  image: TaskImage,
  { repos }: SweBenchOptions,
  refuse: (field: string, problem: string) => TaskError,
): Promise<ReadBase> {
  if (repos === null) {
    if (image.kind === 'own')
      throw refuse('repo', `neither a folder with a mirror of ${repo} nor an image with its files was given`);
    return { kind: 'image', workdir: /^\s*cd (\/[\w./-]*)\s*$/m.exec(script)?.[1] ?? USUAL_WORKDIR };
  }
  const path = await findMirror(repos, repo);
  if (path === null) throw refuse('repo', `no mirror of ${repo} is in ${repos}`);
  return { kind: 'repository', path, commit: base_commit };
}

function scriptFor(testPatch: Buffer, testCommand: string): string | null {
  const files = filesOfPatch(testPatch)
    .filter(({ path, isDeleted }) => !isDeleted && CODE.test(path))
    .map(({ path }) => shellQuote(path));
  if (files.length === 0) return null;
  return `echo '${START_MARKER}'\n${testCommand} ${files.join(' ')}\necho '${END_MARKER}'\n`;
}

/** Puts shell text where everything is ready for the tests: before the line that marks their start. */
function beforeTests(script: string, text: string): string {
  if (text === '') return script;
  const lines = script.split('\n');
  const start = lines.findIndex((line) => line.includes(START_MARKER));
  return [...lines.slice(0, Math.max(start, 0)), text, ...lines.slice(Math.max(start, 0))].join('\n');
}
