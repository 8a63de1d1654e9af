/** What a command takes beside settings, as values; and the settings that its flags say. */
import { z } from 'zod';
import { count, kebab, type Layer, SECTIONS, SETTING_NAMES, type SettingName } from '../agent/index.ts';
import { UsageError } from './errors.ts';

/** The number of a turn of a session; 0: before its first. */
export const turnOption = count(0).optional();

/** What `run` and `resume` share beside settings. */
export const callOptions = z.object({
  file: z.string().optional(),
  attach: z.array(z.string()).default([]),
  json: z.boolean().default(false),
  trajectory: z.string().min(1, 'is empty').optional(),
  patchOut: z.string().min(1, 'is empty').optional(),
  sessionDir: z.string().min(1, 'is empty').optional(),
});
export type CallOptions = z.infer<typeof callOptions>;

/** What `run` takes beside settings. */
export const runOptions = callOptions.extend({
  cd: z.string().optional(),
  config: z.string().min(1, 'is empty').optional(),
  project: z.boolean().default(true),
});

/** The settings that have a flag. */
export const FLAG_NAMES = SETTING_NAMES.filter((name) => !SECTIONS.has(name));

/** The layer that a command's flags make. */
export function flagLayer(raw: Record<string, unknown>): Layer {
  const values: Partial<Record<SettingName, unknown>> = {};
  for (const name of FLAG_NAMES) if (raw[name] !== undefined) values[name] = raw[name];
  return { kind: 'flags', where: '', values };
}

/** Parses commander's raw options; throws `UsageError` that names the flag, its value and what is wrong. */
export function parseOptions<T>(schema: z.ZodType<T>, raw: Record<string, unknown>): T {
  const result = schema.safeParse(raw);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const name = String(issue?.path[0] ?? '');
  throw new UsageError(`--${kebab(name)} ${JSON.stringify(raw[name])} ${issue?.message ?? 'is not valid'}`);
}
