/** What the command line says, as values: every string is parsed here, once. */
import { z } from 'zod';
import { expandAllow, type NetworkPolicy, PRESETS } from '../sandbox/index.ts';
import { UsageError } from './errors.ts';

const UNIT_MS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Node's timers cannot wait longer: they would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

const durationMs = z.string().transform((text, context) => {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text.trim());
  const ms = match ? Number(match[1]) * (UNIT_MS[match[2] ?? 's'] ?? 0) : 0;
  if (ms > 0 && ms <= LONGEST_TIMER_MS) return ms;
  const message = ms > 0 ? 'is longer than 24 days' : 'is not a duration such as 90s, 30m or 2h';
  context.issues.push({ code: 'custom', message, input: text });
  return z.NEVER;
});

const DAY_MS = 86_400_000;

/** An age, which no timer waits for: `30d`, `12h`, `0d`. In milliseconds. */
export const ageMs = z
  .string()
  .regex(/^\d+(?:\.\d+)?[smhd]$/, 'is not an age such as 12h or 30d')
  .transform((text) => Number.parseFloat(text) * ({ ...UNIT_MS, d: DAY_MS }[text.slice(-1)] ?? 0))
  .refine(Number.isFinite, 'is too large');

const count = (least: number) =>
  z
    .string()
    .regex(/^\d+$/, 'is not a whole number')
    .transform(Number)
    .refine((value) => value >= least, `is below ${least}`)
    .refine(Number.isSafeInteger, 'is too large');

/** The number of a turn of a session; 0: before its first. */
export const turnOption = count(0).optional();

const dollars = z
  .string()
  .regex(/^\d+(\.\d+)?$/, 'is not an amount of dollars such as 2.50')
  .transform(Number)
  .refine((value) => value > 0, 'is not above zero')
  .refine(Number.isFinite, 'is too large');

const UNIT_BYTES: Record<string, number> = { k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 };

/** A size of memory or disk: `512m`, `4g`, `5GB`. In bytes. */
export const byteSize = z
  .string()
  .transform((text, context) => {
    const match = /^(\d+(?:\.\d+)?)([kmgt])(?:i?b)?$/i.exec(text.trim());
    if (match) return Math.round(Number(match[1]) * (UNIT_BYTES[match[2]?.toLowerCase() ?? ''] ?? 0));
    context.issues.push({ code: 'custom', message: 'is not a size such as 512m or 4g', input: text });
    return z.NEVER;
  })
  .refine(Number.isSafeInteger, 'is too large');

/** Less than this leaves no room for git and a shell. */
const LEAST_BYTES = 64 * 1024 ** 2;
const room = byteSize.refine((value) => value >= LEAST_BYTES, 'is below 64m');

/** Parts of a core are fine. */
const cores = z
  .string()
  .regex(/^\d+(\.\d+)?$/, 'is not a number of cores such as 2 or 0.5')
  .transform(Number)
  .refine((value) => value >= 0.01, 'is below 0.01')
  .refine((value) => value <= 10_000, 'is too large');

/** The lanes that commands run through, git and a shell need so many. */
const LEAST_PIDS = 64;

/** Options that a new run and a resumed one share. */
export const limitOptions = z.object({
  maxTurns: count(1).optional(),
  maxCost: dollars.optional(),
  timeout: durationMs.optional(),
  verify: z.string().min(1, 'is empty').optional(),
  verifyAttempts: count(0).optional(),
  json: z.boolean().default(false),
  sessionDir: z.string().min(1, 'is empty').optional(),
  apply: z.boolean().default(false),
  output: z.enum(['branch', 'patch'], 'is neither branch nor patch').default('branch'),
  env: z.array(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'is not a variable name')).default([]),
});

const allowed = z.string().transform((text, context) => {
  const rules = expandAllow(text);
  if (rules !== null) return rules;
  const presets = Object.keys(PRESETS).join(', ');
  const message = `is none of HOST, HOST:PORT, *.HOST with a full host name, and no preset (${presets})`;
  context.issues.push({ code: 'custom', message, input: text });
  return z.NEVER;
});

/** The options of `drydock run`. */
export const runOptions = limitOptions.extend({
  file: z.string().optional(),
  cd: z.string().optional(),
  model: z.string().optional(),
  contextWindow: count(1000).optional(),
  effort: z.enum(['none', 'low', 'medium', 'high'], 'is none of none, low, medium, high').optional(),
  sandbox: z.enum(['docker', 'host'], 'is neither docker nor host').default('docker'),
  image: z.string().min(1, 'is empty').optional(),
  dockerfile: z.string().min(1, 'is empty').optional(),
  devcontainer: z.boolean().default(false),
  setup: z.array(z.string().min(1, 'is empty')).default([]),
  setupNetwork: z.enum(['none', 'full'], 'is neither none nor full').optional(),
  network: z.enum(['none', 'allow', 'full'], 'is none of none, allow, full').optional(),
  allow: z.array(allowed).default([]),
  memory: room.optional(),
  cpus: cores.optional(),
  pids: count(LEAST_PIDS).optional(),
  disk: room.optional(),
  includeDirty: z.boolean().default(false),
  hostUser: z.string().min(1, 'is empty').optional(),
});

export type LimitOptions = z.infer<typeof limitOptions>;
export type RunOptions = z.infer<typeof runOptions>;

/** The policy that `--network` and `--allow` come to: the latter alone means `allow`. Throws where they contradict. */
export function networkPolicy({ network, allow }: Pick<RunOptions, 'network' | 'allow'>): {
  network: NetworkPolicy;
  allow: string[];
} {
  if (allow.length > 0 && (network === 'none' || network === 'full')) {
    throw new UsageError(`--allow contradicts --network ${network}`, 'leave one of them out');
  }
  if (allow.length === 0 && network === 'allow') {
    throw new UsageError('--network allow needs to know what to allow', 'add --allow HOST[:PORT], as often as needed');
  }
  return { network: allow.length > 0 ? 'allow' : (network ?? 'none'), allow: [...new Set(allow.flat())] };
}

/** Parses commander's raw options; throws `UsageError` that names the flag, its value and what is wrong. */
export function parseOptions<T>(schema: z.ZodType<T>, raw: Record<string, unknown>): T {
  const result = schema.safeParse(raw);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const [key, index] = issue?.path ?? [];
  const name = String(key ?? '');
  const given = raw[name];
  const value = Array.isArray(given) && typeof index === 'number' ? given[index] : given;
  const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  throw new UsageError(`${flag} ${JSON.stringify(value)} ${issue?.message ?? 'is not valid'}`);
}
