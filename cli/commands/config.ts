/** `drydock config`: each setting, its value, and where that was said. */
import {
  type Layer,
  modelFor,
  nameIn,
  projectLayerOf,
  type Resolved,
  resolveSettings,
  SETTING_NAMES,
  type SettingName,
  userFile,
  withProject,
} from '../../agent/index.ts';
import { ModelConfigError } from '../../models/index.ts';
import { folderOfRun, ownLayers } from '../call.ts';
import { parseOptions, runOptions } from '../options.ts';
import { writeOut } from '../output.ts';
import { painter, printable } from '../render/text.ts';

/** Prints the settings that a run in this folder would have. */
export async function configCommand(raw: Record<string, unknown>): Promise<number> {
  const options = parseOptions(runOptions.pick({ cd: true, config: true, project: true, json: true }), raw);
  const folder = folderOfRun(options.cd);
  const own = await ownLayers(options.config);
  const project = options.project ? await projectLayerOf(folder, process.env) : null;
  const resolved = resolveSettings(withProject(own, project));
  const rows = SETTING_NAMES.map((name) => ({
    name: nameIn({ kind: 'user' }, name),
    value: valueAs(name, resolved),
    origin: resolved.origins.get(name) ?? null,
  }));
  if (options.json) {
    const entries = rows.map(({ name, value, origin }) => [
      name,
      { value, origin: origin ?? { kind: 'default', where: '' } },
    ]);
    await writeOut(`${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`);
  } else {
    const paint = painter(process.stdout, process.env);
    const shown = rows.map(({ name, value, origin }) => [name, show(value), whereOf(origin)] as const);
    const widths = [0, 1].map((column) => Math.min(40, Math.max(...shown.map((row) => (row[column] ?? '').length))));
    for (const [name, value, where] of shown) {
      const line = `${name.padEnd(widths[0] ?? 0)}  ${value.padEnd(widths[1] ?? 0)}  ${where}`.trimEnd();
      await writeOut(`${where === 'default' ? paint('dim', line) : line}\n`);
    }
  }
  for (const note of resolved.notes) process.stderr.write(`${printable(note)}\n`);
  if (!own.some(({ kind }) => kind === 'user')) {
    process.stderr.write(`note: you have no settings file; it would be ${userFile(process.env)}\n`);
  }
  return 0;
}

/** As it was written; else the default; null: there is none. */
function valueAs(name: SettingName, { written, settings }: Resolved): unknown {
  if (name === 'model' && written.model === undefined) return defaultModelName(settings.keys);
  return written[name] ?? settings[name] ?? null;
}

/** Null: no key is there. */
function defaultModelName(keys: Resolved['settings']['keys']): string | null {
  try {
    return modelFor(process.env, keys);
  } catch (error) {
    // That a run needs a key is a run's to say.
    if (error instanceof ModelConfigError) return null;
    throw error;
  }
}

function show(value: unknown): string {
  if (value === null) return '-';
  return printable(typeof value === 'string' ? value : JSON.stringify(value));
}

function whereOf(origin: Pick<Layer, 'kind' | 'where'> | null): string {
  if (origin === null) return 'default';
  return origin.where === '' ? origin.kind : `${origin.kind}: ${printable(origin.where)}`;
}
