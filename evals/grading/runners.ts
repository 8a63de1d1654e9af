/** The runners that we have, by name. */
import type { RunnerName } from '../task.ts';
import { go, jest, mocha, vitest } from './javascript.ts';
import { nodeTest } from './node-test.ts';
import { pytest, unittest } from './python.ts';
import type { Runner } from './runner.ts';
import { script, tap } from './shell.ts';

const RUNNERS: Record<RunnerName, Runner> = {
  'node-test': nodeTest,
  unittest,
  pytest,
  vitest,
  jest,
  mocha,
  go,
  tap,
  script,
};

/** The runner of that name. */
export function runnerOf(name: RunnerName): Runner {
  return RUNNERS[name];
}
