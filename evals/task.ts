/**
 * What a task is, whatever format it was written in: a repository at a base commit, a problem, a container, tests that must turn
 * from failing to passing and tests that must keep passing, a reference solution. Plain data.
 */

/** The files that the agent starts from. Paths are absolute; a commit is a full object id, or what git makes one of. */
export type TaskBase =
  | { kind: 'folder'; path: string }
  | { kind: 'bundle'; path: string; commit: string }
  | { kind: 'repository'; path: string; commit: string }
  /** The files that the image has below `workdir`. */
  | { kind: 'image'; workdir: string };

/** The image that the agent works in, and that the work is graded in. */
export type TaskImage =
  | { kind: 'own' }
  | { kind: 'image'; name: string }
  /** Built from a folder's Dockerfile. `files` is what of the folder the build sees; null: all of it. */
  | { kind: 'build'; folder: string; dockerfile: string; files: readonly string[] | null };

/** How tests are run, and read. */
export const RUNNERS = ['node-test', 'unittest', 'pytest', 'vitest', 'jest', 'mocha', 'go', 'tap', 'script'] as const;
export type RunnerName = (typeof RUNNERS)[number];

/** A file that is laid over the workspace before the tests. `path` is relative to the workspace. */
export type OverlayFile = { path: string; executable: boolean; bytes: Buffer };

/** Names of tests, as the runner's report has them; see docs/evals.md. */
export type ExpectedTests = { failToPass: readonly string[]; passToPass: readonly string[] };

export type TestPlan =
  | (ExpectedTests & {
      kind: 'runner';
      runner: RunnerName;
      /** Shell text, run in the workspace before the tests; null: none. */
      prepare: string | null;
      /** What the runner is given. */
      files: readonly string[];
      overlay: readonly OverlayFile[];
      /** Patterns of files that are put back to the base before the tests, beyond those of the runner. */
      restore: readonly string[];
      timeoutMs: number;
    })
  /** A script whose output tells of the tests, as in SWE-bench: `testPatch` goes on top of the agent's. */
  | (ExpectedTests & {
      kind: 'log';
      script: string;
      parser: string;
      testPatch: Buffer;
      timeoutMs: number;
    })
  /** A script that writes a reward, as in Harbor: `files` lie in /tests while it runs. */
  | {
      kind: 'reward';
      script: string;
      files: readonly OverlayFile[];
      env: Readonly<Record<string, string>>;
      timeoutMs: number;
    };

/** A patch that goes with a task, such as one that tries to pass without doing the work. */
export type NamedPatch = { name: string; patch: Buffer };

/** A script that solves a task where no patch does, as in Harbor; `files` lie in /solution while it runs. */
export type SolutionScript = { script: string; files: readonly OverlayFile[]; env: Readonly<Record<string, string>> };

export type TaskFormat = 'native' | 'swe-bench' | 'swe-bench-folder' | 'harbor' | 'terminal-bench';

export type Task = {
  id: string;
  /** Of all that decides about an attempt's outcome: sha256, hexadecimal. */
  digest: string;
  format: TaskFormat;
  /** Where it was read from: a folder, or `FILE:LINE`. */
  origin: string;
  title: string;
  tags: readonly string[];
  problem: string;
  base: TaskBase;
  image: TaskImage;
  tests: TestPlan;
  solution: { kind: 'patch'; patch: Buffer } | ({ kind: 'script' } & SolutionScript) | null;
  cheats: readonly NamedPatch[];
  /** Of the agent's sandbox, where the task says them. */
  limits: { timeoutMs: number | null; memoryBytes: number | null; cpus: number | null };
  /** What the format says beyond this, as it was read. */
  extra: Readonly<Record<string, unknown>>;
};

/** A task that cannot be used, and why. It is told by name and counted; it is never silently left out. */
export type InvalidTask = { id: string; origin: string; problem: string };

/** `root` is absolute. */
export type Suite = { name: string; root: string; tasks: readonly Task[]; invalid: readonly InvalidTask[] };

/** A task or a file of an eval cannot be read. `message` is one line that names file, line and field where they are known. */
export class TaskError extends Error {
  readonly hint: string;
  constructor(message: string, hint = '', options?: ErrorOptions) {
    super(message, options);
    this.name = 'TaskError';
    this.hint = hint;
  }
}

/** The names of the tests that a verdict is made of; a task that is graded by a reward has none. */
export function expectedTests(plan: TestPlan): ExpectedTests {
  return plan.kind === 'reward' ? { failToPass: [], passToPass: [] } : plan;
}
