/**
 * Reads tasks from folders of Terminal-Bench 1. Its tests give no reward but print what pytest prints: a script of ours makes a
 * reward of that: 1 where `run-tests.sh` ends with 0 and pytest's summaries name tests that passed and none that did not.
 */
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { folderEntries } from '../digest.ts';
import { type InvalidTask, type Task, TaskError } from '../task.ts';
import { fieldsOf, isThere, readText, readTextIfThere, readYaml } from './files.ts';
import { readFolders } from './folders.ts';
import { readFiles, readWorkdir } from './reward-task.ts';
import { digestOfTask, type ReadBase } from './task-digest.ts';
import { checkCompose } from './terminal-bench-compose.ts';

const TASK_FILE = 'task.yaml';
const TESTS_SCRIPT = 'run-tests.sh';
/** What the build of an image has no use for, or must not see. */
const NOT_FOR_BUILDS = new Set([
  TASK_FILE,
  TESTS_SCRIPT,
  'tests',
  'solution.sh',
  'solution.yaml',
  'docker-compose.yaml',
]);

const SECONDS = z.number().positive();
const TASK = z.looseObject({
  instruction: z.string().min(1),
  parser_name: z.string().default('pytest'),
  max_agent_timeout_sec: SECONDS.default(360),
  max_test_timeout_sec: SECONDS.default(60),
  run_tests_in_same_shell: z.boolean().default(false),
  difficulty: z.string().nullish(),
  category: z.string().nullish(),
  tags: z.array(z.string()).nullish(),
});
const SOLUTION = z.array(
  z.looseObject({ command: z.string(), append_enter: z.boolean().default(true), block: z.boolean().default(true) }),
);

/**
 * Shell text that makes the reward. The tests' exit code alone would not do: a script may do more after pytest. What they print
 * alone would not either: the code that they test can print too.
 */
export const REWARD_SCRIPT = `mkdir -p /logs/verifier
export TEST_DIR=/tests
bash /tests/${TESTS_SCRIPT} > /logs/verifier/output.txt 2>&1
code=$?
cat /logs/verifier/output.txt
reward=0
if [ "$code" -eq 0 ] && grep -Eq '[1-9][0-9]* passed.* in [0-9.]+s' /logs/verifier/output.txt &&
  ! grep -Eq '[1-9][0-9]* (failed|errors?)\\b.* in [0-9.]+s' /logs/verifier/output.txt; then
  reward=1
fi
echo "$reward" > /logs/verifier/reward.txt
`;

/**
 * The tasks of a folder (see `readFolders`). One that is broken, or wants what cannot be done here (another parser than pytest,
 * tests in the agent's shell, more than one container), is `invalid`, with file, line and field. Throws a TaskError where
 * there is no task at all.
 */
export function readTerminalBench(path: string): Promise<{ tasks: Task[]; invalid: InvalidTask[] }> {
  return readFolders(path, [TASK_FILE, TESTS_SCRIPT], readTask);
}

async function readTask(folder: string): Promise<Task> {
  const path = join(folder, TASK_FILE);
  const { data: file, raw } = await readYaml(path, TASK);
  if (file.parser_name !== 'pytest')
    throw new TaskError(`${path}: parser_name: ${file.parser_name} is not a parser that there is`);
  if (file.run_tests_in_same_shell) {
    throw new TaskError(`${path}: run_tests_in_same_shell: tests run in a shell, and a container, of their own here`);
  }
  await checkCompose(join(folder, 'docker-compose.yaml'));
  const script = {
    path: TESTS_SCRIPT,
    executable: true,
    bytes: Buffer.from(await readText(join(folder, TESTS_SCRIPT))),
  };
  const workdir = await readWorkdir(join(folder, 'Dockerfile'));
  const names = (await readdir(folder)).filter((name) => !NOT_FOR_BUILDS.has(name));
  const files = (await folderEntries(folder, names)).map((entry) => entry.path);
  const task: Omit<Task, 'digest'> & { base: ReadBase } = {
    id: basename(folder),
    format: 'terminal-bench',
    origin: folder,
    title: basename(folder),
    tags: [...new Set([...(file.tags ?? []), file.category ?? '', file.difficulty ?? ''])].filter((tag) => tag !== ''),
    problem: file.instruction,
    base: { kind: 'image', workdir },
    image: { kind: 'build', folder, dockerfile: 'Dockerfile', files },
    tests: {
      kind: 'reward',
      script: REWARD_SCRIPT,
      files: [...(await readFiles(join(folder, 'tests'), [])).filter((test) => test.path !== TESTS_SCRIPT), script],
      env: {},
      timeoutMs: Math.round(file.max_test_timeout_sec * 1000),
    },
    solution: await solutionOf(folder),
    cheats: [],
    limits: { timeoutMs: Math.round(file.max_agent_timeout_sec * 1000), memoryBytes: null, cpus: null },
    extra: fieldsOf(raw),
  };
  return { ...task, digest: await digestOfTask(task) };
}

/** `solution.sh`, or the commands of `solution.yaml` as lines of a script; null where they are keys rather than commands. */
async function solutionOf(folder: string): Promise<Task['solution']> {
  const text =
    (await readTextIfThere(join(folder, 'solution.sh'))) ?? (await readCommands(join(folder, 'solution.yaml')));
  if (text === null) return null;
  const file = { path: 'solution.sh', executable: true, bytes: Buffer.from(text) };
  return { kind: 'script', script: 'bash /solution/solution.sh', files: [file], env: {} };
}

async function readCommands(path: string): Promise<string | null> {
  if (!(await isThere(path))) return null;
  const { data: commands } = await readYaml(path, SOLUTION);
  if (commands.some(({ append_enter, block }) => !append_enter || !block)) return null;
  return commands.map(({ command }) => `${command}\n`).join('');
}
