/**
 * Every setting of a run. One name everywhere: the setting `maxTurns` is the flag `--max-turns`, the key `max-turns` of a
 * file and the variable `DRYDOCK_MAX_TURNS`.
 */
import { z } from 'zod';
import { REASONING_EFFORTS } from '../../models/index.ts';
import { COMPACTION_STRATEGIES } from '../../session/index.ts';
import { mcpSection, projectMcpProblem } from '../../tools/index.ts';
import { guardSchema } from '../guard/schema.ts';
import { hooksSchema } from '../hooks/schema.ts';
import { narrowingSchema, policySchema } from '../policy/rules.ts';
import { keysSchema } from './keys.ts';
import { allowed, cores, count, dollars, durationMs, room, variableName, words } from './values.ts';

/** The lanes that commands run through, git and a shell need so many. */
const LEAST_PIDS = 64;

/** Turns that a long task may take; a loop that needs more is lost. */
const MAX_TURNS = 100;
const VERIFY_ATTEMPTS = 3;

/**
 * The values as they are written, with their defaults: text for numbers, so that a flag, a variable and a file are read by one
 * rule.
 */
export const settingsSchema = z.strictObject({
  model: words.optional(),
  contextWindow: count(1000).optional(),
  effort: z.enum(REASONING_EFFORTS, `is none of ${REASONING_EFFORTS.join(', ')}`).optional(),
  fallback: words.optional(),
  compaction: z.enum(COMPACTION_STRATEGIES, `is none of ${COMPACTION_STRATEGIES.join(', ')}`).default('layered'),
  compactAt: count(1000).optional(),
  maxTurns: count(1).default(MAX_TURNS),
  maxCost: dollars.optional(),
  timeout: durationMs.optional(),
  idleTimeout: durationMs.optional(),
  verify: words.optional(),
  verifyAttempts: count(0).default(VERIFY_ATTEMPTS),
  maxDiff: count(1).optional(),
  maxDiffFiles: count(1).optional(),
  sandbox: z.enum(['docker', 'host'], 'is neither docker nor host').default('docker'),
  hostUser: words.optional(),
  image: words.optional(),
  dockerfile: words.optional(),
  devcontainer: z.boolean('is neither true nor false').default(false),
  setup: z.array(words).default([]),
  setupNetwork: z.enum(['none', 'full'], 'is neither none nor full').optional(),
  network: z.enum(['none', 'allow', 'full'], 'is none of none, allow, full').optional(),
  allow: z.array(allowed).default([]),
  memory: room.optional(),
  cpus: cores.optional(),
  pids: count(LEAST_PIDS).optional(),
  disk: room.optional(),
  skills: z.enum(['all', 'user', 'none'], 'is none of all, user, none').default('all'),
  env: z.array(variableName).default([]),
  includeDirty: z.boolean('is neither true nor false').default(false),
  apply: z.boolean('is neither true nor false').default(false),
  output: z.enum(['branch', 'patch'], 'is neither branch nor patch').default('branch'),
  trustProject: z.boolean('is neither true nor false').default(false),
  keys: keysSchema.optional(),
  // Inside a section a number is one, and not text.
  mcp: mcpSection(z.preprocess((value) => (typeof value === 'number' ? String(value) : value), durationMs)).optional(),
  policy: policySchema.optional(),
  guard: guardSchema.optional(),
  hooks: hooksSchema.optional(),
});

export type Settings = z.output<typeof settingsSchema>;
export type SettingName = keyof Settings;

/** All names, in the order of the schema. */
export const SETTING_NAMES = Object.keys(settingsSchema.shape).filter((name): name is SettingName =>
  Object.hasOwn(settingsSchema.shape, name),
);

/** Settings with parts of their own: they stand in files only, and layers are put together part by part. */
export const SECTIONS: ReadonlySet<SettingName> = new Set(['keys', 'mcp', 'policy', 'guard', 'hooks']);

/** How deep the parts of a section are put together; what lies below is replaced whole: half a server is none. */
export const MERGED_LEVELS: Readonly<Partial<Record<SettingName, number>>> = { mcp: 2 };

/** What only the user's own file may say, since it runs or reads what lies on the user's machine. */
export const USER_ONLY: ReadonlySet<SettingName> = new Set(['keys', 'hooks']);

/** What can be said again for a resumed run; all else is as the session was made. */
export const RESUME_SETTINGS: readonly SettingName[] = [
  'model',
  'contextWindow',
  'effort',
  'fallback',
  'maxTurns',
  'maxCost',
  'timeout',
  'idleTimeout',
  'verify',
  'verifyAttempts',
  'maxDiff',
  'maxDiffFiles',
  'apply',
  'output',
  'env',
];

type ProjectRule =
  | 'takes'
  | 'lowers'
  | 'trusted'
  | readonly string[]
  | z.ZodType
  | ((value: unknown, below: unknown) => string | null);

/**
 * What the project's file, which whoever writes the repository writes, may say. It cannot widen what an agent may do:
 * `takes`: anything. `lowers`: less than the user's own settings give. `trusted`: only where the user's own settings say
 * `trust-project`. A list: one of these values. A schema: what fits it. A function: anything of which it says no problem,
 * given what the layers below say. What is not here it may not say at all.
 */
export const PROJECT_MAY: Readonly<Partial<Record<SettingName, ProjectRule>>> = {
  verify: 'takes',
  maxTurns: 'lowers',
  maxCost: 'lowers',
  timeout: 'lowers',
  verifyAttempts: 'lowers',
  maxDiff: 'lowers',
  maxDiffFiles: 'lowers',
  policy: narrowingSchema,
  memory: 'lowers',
  cpus: 'lowers',
  pids: 'lowers',
  disk: 'lowers',
  network: ['none'],
  image: 'trusted',
  dockerfile: 'trusted',
  devcontainer: 'trusted',
  setup: 'trusted',
  setupNetwork: ['none'],
  mcp: projectMcpProblem,
};

/** `maxTurns` as `max-turns`. */
export function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
