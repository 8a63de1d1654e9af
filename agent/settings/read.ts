/** Where settings lie, and reading them. */
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { inspectRepository, RepositoryError, readBaseFiles } from '../../sandbox/index.ts';
import { SettingsError } from './errors.ts';
import { MAX_SETTINGS_BYTES, parseSettings } from './file.ts';
import type { Layer } from './layers.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** The project's own settings, read from the base commit. */
export const PROJECT_FILE = '.drydock/config.yaml';

/** The folder of the user's settings. */
export function userFolder(env: Env): string {
  return join(env.XDG_CONFIG_HOME || join(env.HOME || homedir(), '.config'), 'drydock');
}

/** The user's own settings file; it need not be there. */
export function userFile(env: Env): string {
  return join(userFolder(env), 'config.yaml');
}

/** The user's layer; null: there is no such file. Throws `SettingsError`. */
export async function readUserLayer(env: Env): Promise<Layer | null> {
  const path = userFile(env);
  const bytes = await read(path);
  return bytes === null ? null : parseSettings('user', path, bytes);
}

/** The layer of an agent configuration that a flag names. Throws `SettingsError`. */
export async function readConfigurationLayer(path: string): Promise<Layer> {
  const bytes = await read(resolve(path));
  if (bytes === null) throw new SettingsError(`there is no agent configuration at ${path}`);
  return parseSettings('configuration', path, bytes);
}

/** The layer of the project's file; null: it has none. Throws `SettingsError`. */
export async function projectLayer(bytes: Buffer | undefined): Promise<Layer | null> {
  return bytes === undefined ? null : parseSettings('project', PROJECT_FILE, bytes);
}

/** The project's layer of the repository around a folder; null: there is no repository, or no such file. */
export async function projectLayerOf(folder: string, env: NodeJS.ProcessEnv): Promise<Layer | null> {
  try {
    const repository = await inspectRepository(folder, env);
    return await projectLayer((await readBaseFiles(repository, repository.head, [PROJECT_FILE])).get(PROJECT_FILE));
  } catch (error) {
    if (error instanceof RepositoryError && ['not_a_repository', 'no_commit'].includes(error.kind)) return null;
    throw error;
  }
}

/** Puts the project's layer in its place: above the user's file, below all that was said for this run. */
export function withProject(layers: readonly Layer[], project: Layer | null): Layer[] {
  if (project === null) return [...layers];
  const at = layers.filter(({ kind }) => kind === 'user').length;
  return [...layers.slice(0, at), project, ...layers.slice(at)];
}

async function read(path: string): Promise<Buffer | null> {
  try {
    const bytes = await readFile(path);
    return bytes.subarray(0, MAX_SETTINGS_BYTES + 1);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw new SettingsError(`${path} cannot be read: ${error instanceof Error ? error.message : error}`);
  }
}
