/** Runs the tests of a task that is being made, with and without its solution, and finds those that can be relied on. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Engine, locateEngine, openEngine, SandboxError } from '../../sandbox/index.ts';
import { thisProcess } from '../../session/index.ts';
import { runTests, type TestRun } from '../grading/by-runner.ts';
import { inParallel } from '../parallel.ts';
import { type PlaceOptions, readyPlaces } from '../places.ts';
import { type Task, TaskError, type TestPlan } from '../task.ts';
import { withTries, ZONES } from '../validate.ts';
import { type Comparison, compareRuns } from './compare-runs.ts';

/** Containers at the same time: a run without the solution beside one with it. */
const JOBS = 2;

export type MeasureOptions = Omit<PlaceOptions, 'folder'>;

export type Measured = {
  comparison: Comparison;
  /** One run of each kind, to be shown where they say nothing. */
  atBase: TestRun;
  solved: TestRun;
  /** Of the slowest run. */
  testMs: number;
};

/**
 * Runs the tests as they are run for a grade, as often and in the same time zones as a validation does, so that what depends on
 * these is left out. `task` has a plan by a runner and a patch for its solution. Throws `SandboxError`, `TaskError` and the signal's reason.
 */
export async function measureTests(
  task: Task & { tests: Extract<TestPlan, { kind: 'runner' }> },
  solution: Buffer,
  options: MeasureOptions,
): Promise<Measured> {
  const engine: Engine = await openEngine(await locateEngine(options.env));
  const folder = await mkdtemp(join(tmpdir(), 'drydock-new-'));
  const { dockerfile, signal } = options;
  const owner = JSON.stringify(thisProcess());
  const runs: Record<'base' | 'solved', TestRun[]> = { base: [], solved: [] };
  try {
    const ready = readyPlaces(engine, { ...options, folder });
    const attempts = ZONES.flatMap((zone, index) => [
      { kind: 'base' as const, work: Buffer.alloc(0), zone, index },
      { kind: 'solved' as const, work: solution, zone, index },
    ]);
    await inParallel(attempts, JOBS, signal, async ({ kind, work, zone, index }): Promise<void> => {
      const sessionId = `eval-new-${process.pid}-${task.digest.slice(0, 8)}-${kind}-${index}`;
      const request = { task, work, dockerfile, sessionId, owner, signal, testEnv: { TZ: zone } };
      const run = await withTries(async () => runTests(engine, { ...request, ...(await ready(task)) }, task.tests));
      if (run instanceof SandboxError) throw run;
      if (run === null) throw new TaskError('the source change does not apply to the base', 'report this, please');
      runs[kind].push(run);
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const [atBase, solved] = [runs.base[0], runs.solved[0]];
  if (atBase === undefined || solved === undefined) throw new Error('no run of the tests was made');
  const reports = (kind: 'base' | 'solved') => runs[kind].map((run) => run.reports);
  const testMs = Math.max(...runs.base.map((run) => run.testMs), ...runs.solved.map((run) => run.testMs));
  return { comparison: compareRuns(reports('base'), reports('solved')), atBase, solved, testMs };
}
