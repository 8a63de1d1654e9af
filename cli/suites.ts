/** Where suites are: the user's own by path, those that come with Drydock by name. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readSuite, type Suite } from '../evals/index.ts';
import { dockerfilePath } from './dockerfile.ts';
import { UsageError } from './errors.ts';

/** Reads a suite, and leaves all out but the tasks that are named; none: all. */
export async function chosenSuite(name: string, only: readonly string[]): Promise<Suite> {
  const bundled = join(dirname(dockerfilePath()), 'evals', 'suites', name);
  const isBundled = /^[\w-]+$/.test(name) && !existsSync(name) && existsSync(bundled);
  const suite = await readSuite(isBundled ? bundled : name);
  const known = [...suite.tasks, ...suite.invalid].map(({ id }) => id);
  const unknown = only.find((id) => !known.includes(id));
  if (unknown !== undefined)
    throw new UsageError(`${suite.name} has no task ${unknown}`, `its tasks: ${known.join(', ')}`);
  if (only.length === 0) return suite;
  return {
    ...suite,
    tasks: suite.tasks.filter(({ id }) => only.includes(id)),
    invalid: suite.invalid.filter(({ id }) => only.includes(id)),
  };
}
