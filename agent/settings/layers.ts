/** Settings from layers, the later above the earlier: defaults, user, project, environment, agent configuration, flags. */
import { z } from 'zod';
import { SettingsError } from './errors.ts';
import {
  kebab,
  MERGED_LEVELS,
  PROJECT_MAY,
  SECTIONS,
  SETTING_NAMES,
  type SettingName,
  type Settings,
  settingsSchema,
  USER_ONLY,
} from './schema.ts';

export type LayerKind = 'user' | 'project' | 'environment' | 'configuration' | 'flags';

/** What one place says. `where` is the file's path; empty for the environment and the flags. Values are as written. */
export type Layer = { kind: LayerKind; where: string; values: Readonly<Partial<Record<SettingName, unknown>>> };

/** Which layer a value comes from; a default has no entry. A section's parts may come from several: then the highest. */
export type Origins = ReadonlyMap<SettingName, Pick<Layer, 'kind' | 'where'>>;

/** `written` has the values as they were written, without defaults. `notes` are lines for the user. */
export type Resolved = {
  settings: Settings;
  origins: Origins;
  written: Readonly<Partial<Record<SettingName, unknown>>>;
  notes: string[];
};

/**
 * Settings that answer one question: a layer that says one of them takes away what lower layers say of the others. Adding to what
 * may be reached (`network: allow`) takes nothing away.
 */
const ONE_QUESTION: readonly (readonly SettingName[])[] = [
  ['image', 'dockerfile', 'devcontainer'],
  ['network', 'allow'],
];

/** What the project's file cannot decide where the sandbox does not hold what it runs. */
const NOT_ON_HOST: readonly SettingName[] = ['verify', 'mcp'];

/** Checks each layer and puts them on top of each other. Throws `SettingsError`. */
export function resolveSettings(layers: readonly Layer[]): Resolved {
  const raw: Partial<Record<SettingName, unknown>> = {};
  const origins = new Map<SettingName, Layer>();
  const notes: string[] = [];
  const own = layers.filter((layer) => layer.kind !== 'project');
  for (const layer of layers) {
    const taken = SETTING_NAMES.filter((name) => {
      const value = layer.values[name];
      if (value === undefined) return false;
      if (USER_ONLY.has(name) && layer.kind !== 'user') throw userOnly(name, layer);
      check(name, value, layer);
      return layer.kind !== 'project' || mayTake(name, value, raw, own, layer, notes);
    });
    for (const name of ONE_QUESTION.filter((names) => names.some((name) => answers(name, layer, taken))).flat()) {
      delete raw[name];
      origins.delete(name);
    }
    for (const name of taken) {
      raw[name] = merge(raw[name], layer.values[name], MERGED_LEVELS[name]);
      // Parts that are right each for itself may be too much together.
      if (SECTIONS.has(name)) check(name, raw[name], layer);
      origins.set(name, layer);
    }
  }
  return { settings: settingsSchema.parse(raw), origins, written: raw, notes };
}

function answers(name: SettingName, layer: Layer, taken: readonly SettingName[]): boolean {
  return taken.includes(name) && !(name === 'network' && layer.values.network === 'allow');
}

function userOnly(name: SettingName, layer: Layer): SettingsError {
  return new SettingsError(
    `${kebab(name)} in ${layer.where}: only your own settings file may have it`,
    'it reaches for what lies on your machine',
  );
}

/** How a layer calls a setting: `--max-turns`, `DRYDOCK_MAX_TURNS`, `max-turns`. */
export function nameIn(layer: Pick<Layer, 'kind'>, name: SettingName): string {
  if (layer.kind === 'flags') return `--${kebab(name)}`;
  return layer.kind === 'environment' ? variableOf(name) : kebab(name);
}

/** `maxTurns` as `DRYDOCK_MAX_TURNS`. */
export function variableOf(name: SettingName): string {
  return `DRYDOCK_${kebab(name).replaceAll('-', '_').toUpperCase()}`;
}

function check(name: SettingName, value: unknown, layer: Layer): void {
  const result = settingsSchema.shape[name].safeParse(value);
  if (result.success) return;
  const issue = result.error.issues[0];
  const path = issue?.path ?? [];
  const [index] = path;
  const given = Array.isArray(value) && typeof index === 'number' ? value[index] : value;
  const inside = typeof given === 'object' && given !== null;
  const what = inside ? ` ${path.join('.')}`.trimEnd() : ` ${JSON.stringify(given)}`;
  const place = layer.where === '' ? '' : ` in ${layer.where}`;
  throw new SettingsError(`${nameIn(layer, name)}${what}${place} ${issue?.message ?? 'is not valid'}`);
}

/** Sections are objects, whose parts are put together, `levels` deep; all else is replaced. */
function merge(below: unknown, above: unknown, levels = Number.POSITIVE_INFINITY): unknown {
  if (levels === 0 || !isPlain(below) || !isPlain(above)) return above;
  const keys = [...new Set([...Object.keys(below), ...Object.keys(above)])];
  return Object.fromEntries(
    keys.map((key) => {
      const [lower, upper] = [below[key], above[key]];
      if (Array.isArray(lower) && Array.isArray(upper)) return [key, [...lower, ...upper]];
      return [key, upper === undefined ? lower : merge(lower, upper, levels - 1)];
    }),
  );
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether what the project's file says is taken. Throws where it must not say it. */
function mayTake(
  name: SettingName,
  value: unknown,
  below: Partial<Record<SettingName, unknown>>,
  own: readonly Layer[],
  layer: Layer,
  notes: string[],
): boolean {
  const rule = PROJECT_MAY[name];
  const refuse = (what: string) =>
    new SettingsError(
      `${kebab(name)} in ${layer.where}: ${what}`,
      'whoever writes the repository writes that file; put it into your own settings, or pass --no-project',
    );
  if (rule === undefined) throw refuse('the project’s file may not set it');
  if (typeof rule === 'function') {
    const problem = rule(value, below[name]);
    if (problem !== null) throw refuse(problem);
  }
  if (rule === 'takes' || rule === 'trusted' || typeof rule === 'function') {
    const said = (setting: SettingName) => own.findLast(({ values }) => values[setting] !== undefined)?.values[setting];
    const host = said('sandbox') === 'host' && NOT_ON_HOST.includes(name);
    if ((rule !== 'trusted' && !host) || said('trustProject') === true) return true;
    notes.push(`note: ${kebab(name)} of ${layer.where} is not taken (--trust-project takes it)`);
    return false;
  }
  if (rule === 'lowers') {
    const shape = settingsSchema.shape[name];
    const [ours, theirs] = [shape.parse(below[name]), shape.parse(value)];
    return typeof theirs === 'number' && (typeof ours !== 'number' || theirs < ours);
  }
  if (rule instanceof z.ZodType) {
    const { error } = rule.safeParse(value);
    if (error === undefined) {
      // What a default denies, a rule that asks would open.
      const shut = own.some(({ values }) => isPlain(values.policy) && values.policy.default === 'deny');
      if (shut && name === 'policy' && isPlain(value) && value.ask !== undefined) {
        throw refuse('its ask rules would open what your own default denies');
      }
      return true;
    }
    throw refuse(`it ${error.issues[0]?.message ?? 'is not valid'}`);
  }
  if (typeof value === 'string' && rule.includes(value)) return true;
  throw refuse(`it may only be ${rule.join(' or ')} there`);
}
