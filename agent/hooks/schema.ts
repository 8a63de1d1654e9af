/** The section `hooks` of the user's own settings file: commands of theirs at points of a run. */
import { z } from 'zod';
import { knownKeys } from '../../models/index.ts';
import { durationMs } from '../settings/values.ts';

/** Where a hook can stand. */
export const HOOK_POINTS = [
  'session-start',
  'before-tool',
  'after-tool',
  'before-compaction',
  'after-compaction',
  'stop',
  'session-end',
] as const;
export type HookPoint = (typeof HOOK_POINTS)[number];

const DEFAULT_TIMEOUT_MS = 60_000;

const command = z.string('must be text').min(1, 'is empty');
const timeout = durationMs.default(DEFAULT_TIMEOUT_MS);
const plain = command.transform((text) => ({ command: text, timeout: DEFAULT_TIMEOUT_MS }));
/** A command, or an object with one. `rule` says so. */
const hook = <Shape extends z.ZodRawShape>(shape: Shape, rule: string) =>
  z.union([plain, z.strictObject(shape, knownKeys(Object.keys(shape), rule))], rule);
const anywhere = hook({ command, timeout }, 'is no hook: write a command, or command and timeout');
const atTools = hook(
  { command, timeout, tools: z.array(z.string()).exactOptional() },
  'is no hook: write a command, or command, timeout and tools',
);
const list = <T extends z.ZodType>(each: T) => z.array(each, 'is no list of hooks').exactOptional();

export const hooksSchema = z.strictObject(
  {
    'session-start': list(anywhere),
    'before-tool': list(atTools),
    'after-tool': list(atTools),
    'before-compaction': list(anywhere),
    'after-compaction': list(anywhere),
    stop: list(anywhere),
    'session-end': list(anywhere),
  } satisfies Record<HookPoint, z.ZodType>,
  knownKeys(HOOK_POINTS, `must hold lists of hooks under ${HOOK_POINTS.join(', ')}, and nothing else`),
);

/** `tools`: names, with `*` for any characters; absent: all. `timeout` in milliseconds. */
export type Hook = { command: string; timeout: number; tools?: readonly string[] };
export type Hooks = Readonly<Partial<Record<HookPoint, readonly Hook[]>>>;
