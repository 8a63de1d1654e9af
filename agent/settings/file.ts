/** A settings file: YAML, of which JSON is a part. */
import { didYouMean } from '../../models/index.ts';
import { SettingsError } from './errors.ts';
import type { Layer, LayerKind } from './layers.ts';
import { kebab, SETTING_NAMES, type SettingName } from './schema.ts';
import { yamlContent } from './yaml-content.ts';

/** A settings file is written by hand; far more than this is another file. */
export const MAX_SETTINGS_BYTES = 256 * 1024;

/** Reads a file's bytes as a layer. Throws `SettingsError` that names the file and, where there is one, the line. */
export async function parseSettings(kind: LayerKind, where: string, bytes: Buffer): Promise<Layer> {
  if (bytes.length > MAX_SETTINGS_BYTES) {
    throw new SettingsError(`${where} is larger than ${MAX_SETTINGS_BYTES / 1024} KiB`, 'it is no settings file');
  }
  const yaml = await import('yaml');
  const document = yaml.parseDocument(bytes.toString('utf8'), { prettyErrors: true });
  const [problem] = [...document.errors, ...document.warnings];
  if (problem !== undefined) {
    const at = problem.linePos?.[0];
    const line = at === undefined ? '' : `, line ${at.line}`;
    throw new SettingsError(`${where}${line}: ${problem.message.split('\n')[0]?.replace(/ at line \d+.*$/, '')}`);
  }
  const content = yamlContent(document, (what, hint) => new SettingsError(`${where}: ${what}`, hint));
  if (content === null || content === undefined) return { kind, where, values: {} };
  if (typeof content !== 'object' || Array.isArray(content)) {
    throw new SettingsError(`${where} holds no settings: it must be a list of NAME: VALUE lines`);
  }
  const byKey = new Map(SETTING_NAMES.map((name) => [kebab(name), name]));
  const values: Partial<Record<SettingName, unknown>> = {};
  for (const [key, value] of Object.entries(content)) {
    const name = byKey.get(key);
    if (name === undefined) {
      throw new SettingsError(
        `${where}: there is no setting ${JSON.stringify(key)}.${didYouMean(key, [...byKey.keys()])}`,
        'docs/settings.md lists all',
      );
    }
    if (value === null) throw new SettingsError(`${where}: ${key} has no value`, 'give it one, or take the line out');
    values[name] = written(value, LISTS.has(name));
  }
  return { kind, where, values };
}

/** Settings that are lists: a single value stands for a list of one. */
const LISTS: ReadonlySet<SettingName> = new Set(['setup', 'allow', 'env']);

/** Numbers as text, as they are in a flag. */
function written(value: unknown, isList: boolean): unknown {
  if (Array.isArray(value)) return value.map((entry) => written(entry, false));
  const text = typeof value === 'number' ? String(value) : value;
  return isList ? [text] : text;
}
