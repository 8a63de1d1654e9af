/** The runners that we have, by name. */
import { type RunnerName, TaskError } from '../task.ts';
import { nodeTest } from './node-test.ts';
import { pytest, unittest } from './python.ts';
import type { Runner } from './runner.ts';
import { script, tap } from './shell.ts';

const RUNNERS: Partial<Record<RunnerName, Runner>> = { 'node-test': nodeTest, unittest, pytest, tap, script };

/** The runner of that name. Throws `TaskError` where there is none yet. */
export function runnerOf(name: RunnerName): Runner {
  const runner = RUNNERS[name];
  if (runner === undefined) throw new TaskError(`there is no runner ${name}`);
  return runner;
}
