/** Where suites are: the user's own by path, those that come with Drydock by name. */
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { readSuite, type Suite } from '../evals/index.ts';
import { dockerfilePath } from './dockerfile.ts';
import { UsageError } from './errors.ts';

/** What the commands take about suites. */
export const suiteOptions = z.object({
  task: z.array(z.string()).default([]),
  repos: z.string().min(1, 'is empty').optional(),
  image: z.string().min(1, 'is empty').optional(),
  testCommand: z.string().min(1, 'is empty').optional(),
});

/** Reads a suite, and leaves all out but the tasks that are named; none: all. */
export async function chosenSuite(name: string, options: z.infer<typeof suiteOptions>): Promise<Suite> {
  const { task: only, repos, image, testCommand } = options;
  const bundled = join(dirname(dockerfilePath()), 'evals', 'suites', name);
  const isBundled = /^[\w-]+$/.test(name) && !existsSync(name) && existsSync(bundled);
  const suite = await readSuite(isBundled ? bundled : name, {
    ...(repos === undefined ? {} : { repos: resolve(repos) }),
    ...(image === undefined ? {} : { image: { kind: 'image', name: image } }),
    ...(testCommand === undefined ? {} : { testCommand }),
  });
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
