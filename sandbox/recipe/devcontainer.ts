/**
 * Reads a `devcontainer.json` (https://containers.dev/implementors/json_reference/). What it asks of the host, or what
 * would widen the sandbox, is refused by name; what has no meaning here is left out and said.
 */
import { posix } from 'node:path';
import { z } from 'zod';
import { shellQuote } from '../quote.ts';
import { WORKSPACE } from '../sandbox.ts';
import { RepositoryError } from '../workspace/index.ts';
import { parseJsonc } from './jsonc.ts';
import { type Build, isRoot } from './recipe.ts';

export type Devcontainer = {
  /** Null: `build` makes it. */
  image: string | null;
  build: Build | null;
  env: Record<string, string>;
  user: string | null;
  /** The create commands, in their order. */
  commands: string[];
  /** Lines for a person. */
  notes: string[];
};

/** Where it is looked for, the first that is there. */
export const DEVCONTAINER_PATHS = ['.devcontainer/devcontainer.json', '.devcontainer.json'] as const;

/** Acts on the host, or opens the sandbox. */
const REFUSED: Record<string, string> = {
  initializeCommand: 'it runs on your machine',
  mounts: 'it mounts folders of your machine',
  workspaceMount: 'it mounts folders of your machine',
  runArgs: 'it changes how the container is isolated',
  privileged: 'it changes how the container is isolated',
  capAdd: 'it changes how the container is isolated',
  securityOpt: 'it changes how the container is isolated',
  features: 'features are not installed: put what they install into a Dockerfile, or use --setup',
  dockerComposeFile: 'a sandbox is one container',
  'build.options': 'they change how the engine builds',
};

const command = z.union([z.string(), z.array(z.string())]);
const commands = z.union([command, z.record(z.string(), command)]).optional();
const variables = z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string().nullable()).default({});
const path = z.string().min(1);

const schema = z.object({
  image: z.string().min(1).optional(),
  build: z
    .object({
      dockerfile: path,
      context: path.default('.'),
      args: variables,
      target: z.string().min(1).optional(),
    })
    .optional(),
  containerEnv: variables,
  remoteEnv: variables,
  containerUser: z.string().min(1).optional(),
  remoteUser: z.string().min(1).optional(),
  onCreateCommand: commands,
  updateContentCommand: commands,
  postCreateCommand: commands,
});

/** Says nothing about the container. */
const SILENT = ['$schema', 'name', 'customizations', 'init'];
const KNOWN = new Set([...Object.keys(schema.shape), ...SILENT, ...Object.keys(REFUSED)]);
const KNOWN_BUILD = ['dockerfile', 'context', 'args', 'target', 'options'];

/** Reads one; `file` is its path in the repository. Pure; throws `RepositoryError` that names what cannot be done. */
export function parseDevcontainer(text: string, file: string): Devcontainer {
  const fail = (what: string, hint = 'mend it, or use --image or --dockerfile') =>
    new RepositoryError('recipe', `${file}: ${what}`, hint);
  let value: unknown;
  try {
    value = parseJsonc(text);
  } catch (error) {
    throw fail(`not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const given = z.record(z.string(), z.unknown()).safeParse(value).data;
  if (given === undefined) throw fail('not an object');
  const refused = Object.keys(REFUSED).find((key) => isSet(at(given, key)));
  if (refused !== undefined) {
    throw fail(`${refused} is refused: ${REFUSED[refused]}`, 'take it out, or use --image or --dockerfile');
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw fail(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not valid'}`);
  }
  const { image, build, remoteUser, containerUser } = parsed.data;
  if ((image === undefined) === (build === undefined)) {
    throw fail(image === undefined ? 'neither image nor build.dockerfile is there' : 'both image and build are there');
  }

  const notes: string[] = [];
  const ignored = Object.keys(given).filter((key) => !KNOWN.has(key));
  if (isRecord(given.build)) {
    ignored.push(...Object.keys(given.build).flatMap((key) => (KNOWN_BUILD.includes(key) ? [] : [`build.${key}`])));
  }
  if (ignored.length > 0) notes.push(`note: ${file}: ignored: ${ignored.join(', ')}`);
  /** Only plain values: nothing of the user's environment is put in for `${localEnv:…}`. */
  const plain = (key: string, values: Record<string, string | null>): Record<string, string> =>
    Object.fromEntries(
      Object.entries(values).flatMap(([name, text]): [string, string][] => {
        if (text === null) return [];
        if (!text.includes('${')) return [[name, text]];
        notes.push(`note: ${file}: ${key}.${name} is left out: only plain values are taken`);
        return [];
      }),
    );
  const within = (key: string, relative: string): string => {
    const joined = posix.join(posix.dirname(file), relative).replace(/\/+$/, '');
    const escapes = relative.startsWith('/') || joined === '..' || joined.startsWith('../');
    if (escapes || relative.includes('${')) throw fail(`${key} ${JSON.stringify(relative)} is not in the repository`);
    return joined === '.' ? '' : joined;
  };
  const user = remoteUser ?? containerUser ?? null;
  if (user !== null && isRoot(user)) {
    notes.push(`note: ${file}: commands run as an unprivileged user, not as ${user}; only set-up runs as root`);
  }
  for (const [key, text] of [
    ['image', image],
    ['user', user],
  ]) {
    if (text?.includes('${')) throw fail(`${key} ${JSON.stringify(text)}: variables are not put in`);
  }
  return {
    image: image ?? null,
    build:
      build === undefined
        ? null
        : {
            kind: 'devcontainer',
            dockerfile: within('build.dockerfile', build.dockerfile),
            context: within('build.context', build.context),
            args: plain('build.args', build.args),
            target: build.target ?? null,
          },
    env: {
      ...plain('containerEnv', parsed.data.containerEnv),
      ...plain('remoteEnv', parsed.data.remoteEnv),
    },
    user,
    commands: (['onCreateCommand', 'updateContentCommand', 'postCreateCommand'] as const).flatMap((key) =>
      listOf(parsed.data[key]).map((text) => {
        const line = text.replace(/\$\{containerWorkspaceFolder\}/g, WORKSPACE);
        if (/\$\{(local|container)\w*[:}]/.test(line)) throw fail(`${key}: variables are not put in: ${text}`);
        return line;
      }),
    ),
    notes,
  };
}

/** A command as text for a shell; those of an object, which may run side by side, run one after the other. */
function listOf(given: z.infer<typeof commands>): string[] {
  if (given === undefined) return [];
  const all = typeof given === 'string' || Array.isArray(given) ? [given] : Object.values(given);
  return all
    .map((one) => (typeof one === 'string' ? one : one.map(shellQuote).join(' ')))
    .filter((text) => text !== '');
}

function at(given: Record<string, unknown>, key: string): unknown {
  if (key !== 'build.options') return given[key];
  return isRecord(given.build) ? given.build.options : undefined;
}

/** Whether a value asks for something: `false`, `[]` and `{}` do not. */
function isSet(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0;
  return value !== undefined && value !== null && value !== false && value !== '';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
