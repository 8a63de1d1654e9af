/** Keys of providers that lie in a file or come from a command, where the environment has none. */
import { spawn } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { defaultModel, knownKeys, type Provider } from '../../models/index.ts';
import { SettingsError } from './errors.ts';
import { words } from './values.ts';

const source = z.union(
  [z.strictObject({ file: words }), z.strictObject({ command: words })],
  'is neither `file: PATH` nor `command: COMMAND`',
);
type Source = z.output<typeof source>;

/** Where each provider's key comes from. The key itself cannot stand here. */
export const keysSchema = z.strictObject(
  { anthropic: source.optional(), openai: source.optional() },
  knownKeys(['anthropic', 'openai'], 'may only have anthropic and openai'),
);
export type Keys = z.output<typeof keysSchema>;

type Env = NodeJS.ProcessEnv;

/** A password manager may ask a person for its own password. */
const COMMAND_TIMEOUT_MS = 60_000;
/** Keys are short; what is longer is not one. */
const MAX_KEY_BYTES = 8192;

function slotOf(provider: Provider): { source: keyof Keys; variable: string } {
  return provider === 'anthropic'
    ? { source: 'anthropic', variable: 'ANTHROPIC_API_KEY' }
    : { source: 'openai', variable: 'OPENAI_API_KEY' };
}

/** The model of a run that names none: one of the provider whose key is there, or known to be had. Throws `ModelConfigError`. */
export function modelFor(env: Env, keys: Keys | undefined): string {
  const known = (['anthropic', 'openai'] as const).flatMap((provider) =>
    keys?.[provider] === undefined ? [] : [[slotOf(provider).variable, env[slotOf(provider).variable] || 'known']],
  );
  return defaultModel({ ...env, ...Object.fromEntries(known) });
}

/**
 * The environment with the provider's key in it. What the environment has comes first; then nothing is read or run. Throws
 * `SettingsError`, which never holds the key.
 */
export async function withKey(env: Env, keys: Keys | undefined, provider: Provider): Promise<Env> {
  const slot = slotOf(provider);
  const from = keys?.[slot.source];
  if (env[slot.variable] || from === undefined) return env;
  const name = `keys.${slot.source}`;
  const text = 'file' in from ? await fromFile(name, from.file, env) : await fromCommand(name, from.command, env);
  const key = text.trim();
  if (key === '') throw new SettingsError(`${name}: ${whatOf(from)} gave nothing`);
  if (/\s/.test(key)) throw new SettingsError(`${name}: ${whatOf(from)} gave more than one word`, 'a key is one word');
  return { ...env, [slot.variable]: key };
}

function whatOf(from: Source): string {
  return 'file' in from ? `the file ${from.file}` : `\`${from.command}\``;
}

async function fromFile(name: string, path: string, env: Env): Promise<string> {
  const home = env.HOME || homedir();
  const file = path.startsWith('~/') ? join(home, path.slice(2)) : resolve(home, path);
  try {
    const found = await stat(file);
    if (!found.isFile() || found.size > MAX_KEY_BYTES) throw new SettingsError(`${name}: ${file} is no key file`);
    if ((found.mode & 0o077) !== 0) {
      throw new SettingsError(`${name}: others on this machine can get at ${file}`, `run: chmod 600 ${file}`);
    }
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof SettingsError) throw error;
    throw new SettingsError(`${name}: ${file} cannot be read: ${error instanceof Error ? error.message : error}`);
  }
}

/** The command may talk to the person at the terminal: only its stdout is ours. */
function fromCommand(name: string, command: string, env: Env): Promise<string> {
  return new Promise((done, fail) => {
    const child = spawn('/bin/sh', ['-c', command], {
      env,
      stdio: [process.stdin.isTTY ? 'inherit' : 'ignore', 'pipe', 'inherit'],
    });
    const chunks: Buffer[] = [];
    let bytes = 0;
    let problem = '';
    const stop = (why: string) => {
      problem ||= why;
      child.kill('SIGKILL');
      // Whatever it has started may hold the pipe open.
      child.stdout?.destroy();
    };
    const timer = setTimeout(() => stop(`took longer than ${COMMAND_TIMEOUT_MS / 1000} s`), COMMAND_TIMEOUT_MS);
    child.stdout?.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > MAX_KEY_BYTES) stop('printed too much for a key');
      else chunks.push(chunk);
    });
    child.on('error', (error) => stop(error.message));
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      if (code !== 0) problem ||= signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`;
      if (problem === '') done(Buffer.concat(chunks).toString('utf8'));
      else fail(new SettingsError(`${name}: \`${command}\` ${problem}`, 'try the command by hand'));
    });
  });
}
