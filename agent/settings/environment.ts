/** Settings from variables of the environment: `DRYDOCK_MAX_TURNS=20`. */
import { didYouMean } from '../../models/index.ts';
import { SettingsError } from './errors.ts';
import { type Layer, variableOf } from './layers.ts';
import { SECTIONS, SETTING_NAMES, type SettingName, settingsSchema } from './schema.ts';

/** What a list is written with in one variable: commands hold commas. */
const SEPARATORS: Readonly<Partial<Record<SettingName, string>>> = { allow: ',', env: ',', setup: '\n' };

/** Variables that are Drydock's and no settings. */
const OTHERS: readonly string[] = ['DRYDOCK_PROCESS'];

/** The layer that the environment makes. An empty variable says nothing. Throws `SettingsError` for one that is none. */
export function environmentLayer(env: Readonly<Record<string, string | undefined>>): Layer {
  const byVariable = new Map(SETTING_NAMES.flatMap((name) => (SECTIONS.has(name) ? [] : [[variableOf(name), name]])));
  const values: Partial<Record<SettingName, unknown>> = {};
  for (const [variable, text] of Object.entries(env)) {
    if (!variable.startsWith('DRYDOCK_') || OTHERS.includes(variable) || text === undefined || text === '') continue;
    const name = byVariable.get(variable);
    if (name === undefined) {
      const hint = 'docs/settings.md lists all';
      throw new SettingsError(
        `the environment has ${variable}, and there is no such setting.${didYouMean(variable, [...byVariable.keys()])}`,
        hint,
      );
    }
    values[name] = readText(name, text);
  }
  return { kind: 'environment', where: '', values };
}

function readText(name: SettingName, text: string): unknown {
  const separator = SEPARATORS[name];
  if (separator !== undefined) {
    return text
      .split(separator)
      .map((part) => part.trim())
      .filter((part) => part !== '');
  }
  // Only a switch takes a truth value.
  if (!settingsSchema.shape[name].safeParse(true).success) return text;
  return { true: true, '1': true, false: false, '0': false }[text] ?? text;
}
