/** Harbor's `task.toml`: schema 1.4, and what older ones call otherwise. */
import { z } from 'zod';

const SECONDS = z.number().positive();
const ENV = z.record(z.string(), z.string()).default({});
const NETWORK = z.enum(['no-network', 'public', 'allowlist']).optional();
const USER = z.union([z.string(), z.number()]).optional();

/** Keys that are not here are kept, as they are by Harbor. */
export const HARBOR_TASK = z.looseObject({
  schema_version: z.string().optional(),
  version: z.string().optional(),
  task: z
    .looseObject({
      name: z.string().optional(),
      description: z.string().optional(),
      keywords: z.array(z.string()).default([]),
    })
    .prefault({}),
  metadata: z.looseObject({ tags: z.array(z.string()).default([]) }).prefault({}),
  agent: z.looseObject({ timeout_sec: SECONDS.optional(), network_mode: NETWORK, user: USER }).prefault({}),
  verifier: z
    .looseObject({
      timeout_sec: SECONDS.default(600),
      env: ENV,
      user: USER,
      network_mode: NETWORK,
      environment_mode: z.enum(['shared', 'separate']).default('shared'),
      environment: z.unknown().optional(),
      collect: z.array(z.unknown()).default([]),
    })
    .prefault({}),
  environment: z
    .looseObject({
      docker_image: z.string().min(1).optional(),
      cpus: z.number().positive().optional(),
      memory_mb: z.number().positive().optional(),
      memory: z
        .string()
        .regex(/^\d+(?:\.\d+)?[KMG]i?B?$/i, 'not a size such as 2G')
        .optional(),
      gpus: z.number().default(0),
      mcp_servers: z.array(z.unknown()).default([]),
      env: ENV,
      workdir: z.string().startsWith('/', 'not an absolute path').optional(),
      network_mode: NETWORK,
      healthcheck: z.unknown().optional(),
      os: z.string().default('linux'),
    })
    .prefault({}),
  solution: z.looseObject({ env: ENV }).prefault({}),
  steps: z.array(z.unknown()).default([]),
});
export type HarborFile = z.infer<typeof HARBOR_TASK>;

/** The newest schema that is known, and all before it. */
const KNOWN_SCHEMA = /^1(?:\.[0-4])?(?:\.\d+)?$/;

/**
 * What of a task cannot be done here, as `FIELD: why`; null: nothing. Not refused, and not carried out either, are
 * what does not decide about an attempt (`artifacts`, `storage_mb`, `build_timeout_sec`, `skills_dir`), the name of the agent's
 * user, since the sandbox has one of its own, and the agent's network, which is its configuration's.
 */
export function whatIsNotSupported(file: HarborFile): string | null {
  const { verifier, environment, solution, steps } = file;
  const schema = file.schema_version ?? file.version ?? '1.0';
  const network = verifier.network_mode ?? environment.network_mode ?? 'no-network';
  const where = verifier.network_mode === undefined ? 'environment' : 'verifier';
  const rules: readonly (readonly [boolean, string])[] = [
    [!KNOWN_SCHEMA.test(schema), `schema_version: ${schema} is not known, only up to 1.4`],
    [steps.length > 0, 'steps: tasks of several steps are not supported'],
    [network !== 'no-network', `${where}.network_mode: ${network}: tests run without network here`],
    [verifier.environment_mode === 'separate', 'verifier.environment_mode: separate is not supported, only shared'],
    [verifier.environment !== undefined, 'verifier.environment: an environment of the tests alone is not supported'],
    [verifier.collect.length > 0, 'verifier.collect: commands between agent and tests are not supported'],
    [!isRoot(verifier.user), `verifier.user: ${verifier.user}: tests run as root here`],
    [environment.mcp_servers.length > 0, 'environment.mcp_servers: servers beside the agent are not supported'],
    [environment.gpus > 0, `environment.gpus: ${environment.gpus}: none is given to a sandbox`],
    [environment.healthcheck !== undefined, 'environment.healthcheck: not supported'],
    [environment.os !== 'linux', `environment.os: ${environment.os} is not supported, only linux`],
    [Object.keys(environment.env).length > 0, 'environment.env: not supported; ENV of the Dockerfile is'],
    ...fromTheHost('verifier.env', verifier.env),
    ...fromTheHost('solution.env', solution.env),
  ];
  return rules.find(([applies]) => applies)?.[1] ?? null;
}

function isRoot(user: string | number | undefined): boolean {
  return user === undefined || user === 'root' || String(user) === '0';
}

/** `${NAME}` in a value is a variable of the host, most often a key. */
function fromTheHost(field: string, env: Readonly<Record<string, string>>): (readonly [boolean, string])[] {
  return Object.entries(env).map(([name, value]) => [
    value.includes('${'),
    `${field}.${name}: ${value}: variables of the host are not given to a sandbox`,
  ]);
}

/** In bytes; null: not said. */
export function memoryOf({ memory_mb, memory }: HarborFile['environment']): number | null {
  if (memory_mb !== undefined) return Math.round(memory_mb * 1024 ** 2);
  const [, amount = '', unit = ''] = /^([\d.]+)([KMG])/i.exec(memory ?? '') ?? [];
  if (amount === '') return null;
  return Math.round(Number.parseFloat(amount) * 1024 ** ('KMG'.indexOf(unit.toUpperCase()) + 1));
}
