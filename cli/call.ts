/** What surrounds a command: the folder that it works in, and what the user says beside flags. */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import {
  environmentLayer,
  type Layer,
  readConfigurationLayer,
  readUserLayer,
  resolveSettings,
} from '../agent/index.ts';
import { UsageError } from './errors.ts';
import { flagLayer } from './options.ts';

/** The user's file, the environment, and the agent configuration that a flag names; the lowest layer first. */
export async function ownLayers(configuration?: string): Promise<Layer[]> {
  const user = await readUserLayer(process.env);
  return [
    ...(user === null ? [] : [user]),
    environmentLayer(process.env),
    ...(configuration === undefined ? [] : [await readConfigurationLayer(configuration)]),
  ];
}

/** The same for the bot's work, with what its flags say. Throws `UsageError` and `SettingsError`. */
export async function layersOfBot(config: string | undefined, raw: Record<string, unknown>): Promise<Layer[]> {
  const layers = [...(await ownLayers(config)), flagLayer(raw)];
  if (resolveSettings(layers).settings.sandbox !== 'host') return layers;
  throw new UsageError('the bot works in a container only', 'leave out `sandbox: host`');
}

/** The folder to work in. Throws `UsageError` where it is none. */
export function folderOfRun(cd: string | undefined): string {
  const folder = absolute(cd ?? '.');
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw new UsageError(`${folder} is not a folder`);
  return folder;
}

function absolute(path: string): string {
  try {
    return resolve(path);
  } catch (error) {
    // The process's own folder is needed for a relative path, and it may have been deleted.
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(`the current folder is gone (${why})`, 'go to another, or name one with --cd');
  }
}
