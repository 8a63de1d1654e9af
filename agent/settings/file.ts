/** A settings file: YAML, of which JSON is a part. */
import type { Document } from 'yaml';
import { didYouMean } from '../../models/index.ts';
import { SettingsError } from './errors.ts';
import type { Layer, LayerKind } from './layers.ts';
import { kebab, SETTING_NAMES, type SettingName } from './schema.ts';

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
  const content = plainContent(document, where);
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

/** What a document holds. Its aliases are looked up now only, and a bomb of them is refused by the library. */
function plainContent(document: Document.Parsed, where: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    const what = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    throw new SettingsError(
      `${where}: ${what.replace(/ at line \d+.*$/, '')}`,
      'put a value that begins with * or & in quotes',
    );
  }
}

/** Settings that are lists: a single value stands for a list of one. */
const LISTS: ReadonlySet<SettingName> = new Set(['setup', 'allow', 'env']);

/** Numbers as text, as they are in a flag. */
function written(value: unknown, isList: boolean): unknown {
  if (Array.isArray(value)) return value.map((entry) => written(entry, false));
  const text = typeof value === 'number' ? String(value) : value;
  return isList ? [text] : text;
}
