/** How the value of a setting is written, in whichever layer: every string is parsed here, once. */
import { z } from 'zod';
import { expandAllow, PRESETS } from '../../sandbox/index.ts';

const UNIT_MS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Node's timers cannot wait longer: they would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** `90s`, `30m`, `2h`, `250ms`; a bare number is seconds. In milliseconds. */
export const durationMs = z.string().transform((text, context) => {
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

/** A whole number of at least `least`. */
export const count = (least: number) =>
  z
    .string()
    .regex(/^\d+$/, 'is not a whole number')
    .transform(Number)
    .refine((value) => value >= least, `is below ${least}`)
    .refine(Number.isSafeInteger, 'is too large');

/** An amount of US dollars above zero. */
export const dollars = z
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
/** Memory or disk of a container, in bytes. */
export const room = byteSize.refine((value) => value >= LEAST_BYTES, 'is below 64m');

/** Cores of a container; parts of one are fine. */
export const cores = z
  .string()
  .regex(/^\d+(\.\d+)?$/, 'is not a number of cores such as 2 or 0.5')
  .transform(Number)
  .refine((value) => value >= 0.01, 'is below 0.01')
  .refine((value) => value <= 10_000, 'is too large');

/** Any text that is not empty. */
export const words = z.string('is not text: put it in quotes').min(1, 'is empty');

/** The name of a variable of the environment. */
export const variableName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'is not a variable name');

/** A host that may be reached, or a preset, as the rules that it stands for. */
export const allowed = z.string().transform((text, context) => {
  const rules = expandAllow(text);
  if (rules !== null) return rules;
  const presets = Object.keys(PRESETS).join(', ');
  const message = `is none of HOST, HOST:PORT, *.HOST with a full host name, and no preset (${presets})`;
  context.issues.push({ code: 'custom', message, input: text });
  return z.NEVER;
});
