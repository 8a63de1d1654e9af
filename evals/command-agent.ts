/**
 * Other agents on the same tasks: a command line that is run in the task's container, with the problem in a file. Its key stays in
 * this process: what it asks the model for goes through a gateway that puts the key in.
 */
import { readFile, rm } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { durationMs, type Layer, resolveSettings, withKey } from '../agent/index.ts';
import { endpointOf, type Provider } from '../models/index.ts';
import {
  createDockerSandbox,
  DEFAULT_LIMITS,
  diffFile,
  type Engine,
  GATEWAY_URL,
  type Gateway,
  openTrusted,
  receiveTree,
} from '../sandbox/index.ts';
import type { ReadyPlace } from './base.ts';
import { digestOf } from './digest.ts';
import { MAX_LOG_BYTES, textOf } from './grading/place.ts';
import { type Task, TaskError } from './task.ts';
import { taskYaml } from './yaml.ts';

/** A file that `--command` names. */
export const commandFileSchema = z.strictObject({
  command: z.string().min(1).describe('shell text, run in the workspace; the problem is in the file $DRYDOCK_PROBLEM'),
  provider: z
    .enum(['openai', 'anthropic'])
    .optional()
    .describe('whose model it asks, through the gateway; left out: none'),
  model: z.string().optional().describe('what it is called in reports'),
  setup: z
    .array(z.string())
    .default([])
    .describe('commands, run once as root with the network, that install it in the image'),
  env: z.record(z.string().regex(/^[A-Za-z_]\w*$/), z.string()).default({}),
  timeout: durationMs.default(30 * 60_000).describe('of one attempt: 30m'),
});
export type CommandFile = z.output<typeof commandFileSchema>;

/** Reads such a file. Throws `TaskError` that names the field. */
export async function readCommandAgent(path: string): Promise<{ name: string; digest: string; file: CommandFile }> {
  const text = await readFile(resolve(path), 'utf8').catch((error: unknown) => {
    throw new TaskError(`there is no file at ${path}`, 'docs/evals.md says what --command takes', { cause: error });
  });
  const document = parseDocument(text);
  const [broken] = document.errors;
  if (broken) throw new TaskError(`${path}: ${broken.message.split('\n')[0]}`);
  const result = commandFileSchema.safeParse(taskYaml(document, path));
  if (!result.success) {
    const issue = result.error.issues[0];
    throw new TaskError(
      `${path}: ${issue?.path.join('.')}: ${issue?.message}`,
      'docs/evals.md says what --command takes',
    );
  }
  return {
    name: basename(path).replace(/\.(ya?ml|json)$/, ''),
    digest: digestOf({ command: result.data }),
    file: result.data,
  };
}

/** What came of a command. `end` is in the words of a run's end. */
export type CommandWork = { patch: Buffer; end: { outcome: string; message: string }; output: string };

export type CommandPlace = ReadyPlace & {
  engine: Engine;
  env: NodeJS.ProcessEnv;
  keys: readonly Layer[];
  dockerfile: string;
  /** A folder for what is made on the way, absolute. */
  folder: string;
  sessionId: string;
  owner: string;
  signal: AbortSignal;
};

/** Where the problem lies in the container. */
const PROBLEM_FOLDER = '/task';

/** Runs the command on a task and takes the workspace's change out. Throws `SandboxError`, and what a missing key throws. */
export async function runCommandAgent(task: Task, file: CommandFile, place: CommandPlace): Promise<CommandWork> {
  const { base, image, folder, signal } = place;
  const { command, provider, setup } = file;
  const gateway = provider === undefined ? undefined : await gatewayTo(provider, place);
  const { memoryBytes, cpus } = task.limits;
  const recipe = { build: null, env: {}, user: null, setup: { commands: setup, network: 'full' as const } };
  const sandbox = createDockerSandbox(Promise.resolve(place.engine), {
    ...{ sessionId: place.sessionId, owner: place.owner, image, dockerfile: place.dockerfile },
    ...(setup.length === 0
      ? {}
      : { source: { recipe, repository: base.repository, base: base.repository.head, scratch: folder } }),
    limits: {
      ...DEFAULT_LIMITS,
      ...(memoryBytes === null ? {} : { memoryBytes }),
      ...(cpus === null ? {} : { cpus }),
    },
    network: gateway === undefined ? 'none' : { allow: [], onEvent: () => undefined, gateway },
    env: { ...file.env, ...commandEnv(provider) },
    onProgress: () => undefined,
  });
  const dispose = () => void sandbox.dispose().catch(() => undefined);
  signal.addEventListener('abort', dispose, { once: true });
  try {
    await sandbox.importRepository({ ...base.pack, branch: 'main', objectFormat: base.repository.objectFormat });
    const problem = { path: 'problem.md', executable: false, bytes: Buffer.from(task.problem) };
    await sandbox.place(PROBLEM_FOLDER, [problem]);
    const timeoutMs = Math.min(file.timeout, task.limits.timeoutMs ?? file.timeout);
    const process = await sandbox.spawn({ command, timeoutMs, maxOutputBytes: MAX_LOG_BYTES });
    const { exitCode, reason, output } = await process.ended;
    await process.kill();
    signal.throwIfAborted();
    const packPath = join(folder, 'work.pack');
    const exported = await sandbox.exportTree({ base: base.repository.head, packPath, known: null });
    const patch = exported.as === 'base' ? Buffer.alloc(0) : await patchOf(place, packPath, exported);
    const outcome = reason === 'timeout' ? 'limit' : exitCode === 0 ? 'completed' : 'gave_up';
    const message =
      reason === 'timeout' ? `stopped after ${timeoutMs / 1000} s` : `the command ended with ${exitCode ?? reason}`;
    return { patch, end: { outcome, message }, output: textOf(output) };
  } finally {
    signal.removeEventListener('abort', dispose);
    await sandbox.dispose();
  }
}

async function patchOf(
  { base, folder }: CommandPlace,
  packPath: string,
  { as, tree }: { as: 'base' | 'known' | 'new'; tree: string },
): Promise<Buffer> {
  const git = join(folder, 'work.git');
  const file = join(folder, 'work.diff');
  try {
    const trusted = await openTrusted(git, base.repository);
    const author = { name: 'Drydock', email: 'drydock@localhost' };
    const received = {
      pack: as === 'new' ? packPath : null,
      tree,
      base: base.repository.head,
      message: 'Work\n',
      author,
    };
    const { commit } = await receiveTree(trusted, received);
    await diffFile(trusted, base.repository.head, commit, file);
    return await readFile(file);
  } finally {
    for (const path of [git, file, packPath]) await rm(path, { recursive: true, force: true });
  }
}

/** Where the model's server is from inside, and a key that opens nothing. */
function commandEnv(provider: Provider | undefined): Record<string, string> {
  const common = { DRYDOCK_PROBLEM: `${PROBLEM_FOLDER}/problem.md`, DRYDOCK_WORKSPACE: '/workspace' };
  if (provider === undefined) return common;
  return provider === 'anthropic'
    ? { ...common, ANTHROPIC_BASE_URL: GATEWAY_URL, ANTHROPIC_API_KEY: 'gateway' }
    : { ...common, OPENAI_BASE_URL: `${GATEWAY_URL}/v1`, OPENAI_API_KEY: 'gateway' };
}

const OWN_ADDRESS: Readonly<Record<'openai' | 'anthropic', string>> = {
  openai: 'https://api.openai.com',
  anthropic: 'https://api.anthropic.com',
};

/** The base URL without the version, which clients put into the path themselves. */
async function gatewayTo(provider: 'openai' | 'anthropic', { env, keys }: CommandPlace): Promise<Gateway> {
  const { settings } = resolveSettings(keys);
  const { baseURL, apiKey } = endpointOf(provider, await withKey(env, settings.keys, provider));
  const baseUrl = (baseURL ?? OWN_ADDRESS[provider]).replace(/\/v1\/?$/, '');
  return provider === 'anthropic'
    ? { baseUrl, headers: { 'x-api-key': apiKey } }
    : { baseUrl, headers: { Authorization: `Bearer ${apiKey}` } };
}
