import { z } from 'zod';
import { TaskError } from '../task.ts';
import { isThere, readYaml } from './files.ts';

/** What Terminal-Bench writes into every task: names and folders of its own, and a container that waits. */
const CLIENT = z.strictObject({
  build: z.union([
    z.enum(['.', './']),
    z.strictObject({
      dockerfile: z.enum(['Dockerfile', './Dockerfile']).optional(),
      context: z.enum(['.', './']).optional(),
    }),
  ]),
  image: z.string().optional(),
  container_name: z.string().optional(),
  command: z.union([
    z.literal('sleep infinity'),
    z.tuple([z.enum(['sh', 'bash', '/bin/sh', '/bin/bash']), z.literal('-c'), z.literal('sleep infinity')]),
  ]),
  environment: z
    .array(z.string().regex(/^\w+=\$\{T_BENCH_\w+\}$/, 'is more than a name for a folder of the harness'))
    .optional(),
  volumes: z
    .array(z.string().regex(/^\$\{T_BENCH_\w+\}:\$\{T_BENCH_\w+\}$/, 'is more than a folder of the harness'))
    .optional(),
});
const FILE = z.looseObject({ services: z.record(z.string(), z.unknown()) });

/**
 * Checks a compose file: it may say only what Terminal-Bench writes into every task, since the container is made without it.
 * Throws a TaskError with the field that says more.
 */
export async function checkCompose(path: string): Promise<void> {
  if (!(await isThere(path))) return;
  const { data } = await readYaml(path, FILE);
  const names = Object.keys(data.services);
  if (names.length !== 1)
    throw new TaskError(`${path}: services: ${names.join(', ')}: more than one container is not supported`);
  await readYaml(path, z.looseObject({ services: z.record(z.string(), CLIENT) }));
}
