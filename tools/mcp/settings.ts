/** The section `mcp` of a settings file: which MCP servers there are. */
import { z } from 'zod';
import { knownKeys } from '../../models/index.ts';

/** Where the secret value of a header comes from: a variable of Drydock's own environment, or a file on the host. */
export type HeaderSource = { env: string; prefix?: string } | { file: string; prefix?: string };

/** A server as it is started or reached. It holds no secret, so that a session's log may record it. */
export type McpServer = {
  name: string;
  /** `stdio`: a program in the sandbox; `http`: reached from the host by streamable HTTP. */
  transport:
    | { kind: 'stdio'; command: string[]; env: Record<string, string>; cwd: string | null }
    | { kind: 'http'; url: string; headers: Record<string, HeaderSource> };
  /** Of one call without a sign of progress. */
  timeoutMs: number;
  /** Until it has told its tools. */
  startTimeoutMs: number;
  /** Whether a session without it makes no sense. */
  required: boolean;
  /** The tools that are offered, by the server's own names; null: all. */
  tools: string[] | null;
  exclude: string[];
};

/** A server in the sandbox holds one of its 16 lanes, and commands need some. */
const MAX_SERVERS = 8;
const DEFAULT_TIMEOUT_MS = 60_000;
const DEFAULT_START_TIMEOUT_MS = 30_000;

const text = z.string('is no text').min(1, 'is empty');
const switchOf = z.boolean('is neither true nor false');
const variable = z.string('is no text').regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'is not a variable name');
const serverName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,23}$/, 'is no server name: 24 of a-z, 0-9, _ and -');
const headerName = z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, 'is not the name of a header');

const header = z
  .strictObject(
    {
      env: variable.optional(),
      file: z
        .string('is no text')
        .regex(/^(\/|~\/)/, 'is no absolute path')
        .optional(),
      prefix: text.optional(),
    },
    knownKeys(
      ['env', 'file', 'prefix'],
      'names neither a variable (env: NAME) nor a file (file: PATH) that has the value',
    ),
  )
  .transform(({ env, file, prefix }, context): HeaderSource => {
    const more = prefix === undefined ? {} : { prefix };
    if (env !== undefined && file === undefined) return { env, ...more };
    if (file !== undefined && env === undefined) return { file, ...more };
    return refuse(context, 'needs one of env and file');
  });

function refuse(context: z.core.$RefinementCtx, message: string): never {
  context.issues.push({ code: 'custom', message, input: context.value });
  return z.NEVER;
}

/** Why a URL cannot be a server's; null: it can. */
function urlProblem(text: string, hasHeaders: boolean): string | null {
  const url = URL.parse(text);
  if (url === null || !['http:', 'https:'].includes(url.protocol))
    return 'is no URL that begins with https:// or http://';
  if (url.username !== '' || url.password !== '') return 'holds a name or password: put it into a header';
  const local = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  if (hasHeaders && url.protocol === 'http:' && !local) return 'would send its headers unencrypted: use https://';
  return null;
}

/** `duration` reads a time as every other setting does, into milliseconds. */
export function mcpSection(duration: z.ZodType<number>) {
  const shape = {
    command: z.array(text, 'is no list of words').min(1, 'is empty').optional(),
    env: z.record(variable, z.string('is no text')).optional(),
    cwd: text.optional(),
    url: text.optional(),
    headers: z.record(headerName, header).optional(),
    timeout: duration.optional(),
    'start-timeout': duration.optional(),
    required: switchOf.default(false),
    tools: z.array(text, 'is no list of names').optional(),
    exclude: z.array(text, 'is no list of names').default([]),
  };
  const server = z
    .strictObject(shape, knownKeys(Object.keys(shape), 'is no server'))
    .transform((given, context): Omit<McpServer, 'name'> => {
      const common = {
        timeoutMs: given.timeout ?? DEFAULT_TIMEOUT_MS,
        startTimeoutMs: given['start-timeout'] ?? DEFAULT_START_TIMEOUT_MS,
        required: given.required,
        tools: given.tools ?? null,
        exclude: given.exclude,
      };
      const { command, env, cwd, url, headers } = given;
      if (command !== undefined && url === undefined) {
        if (headers !== undefined) return refuse(context, 'has headers, which only a url takes');
        return { transport: { kind: 'stdio', command, env: env ?? {}, cwd: cwd ?? null }, ...common };
      }
      if (url === undefined || command !== undefined) return refuse(context, 'needs one of command and url');
      if (env !== undefined || cwd !== undefined) return refuse(context, 'has env or cwd, which only a command takes');
      const problem = urlProblem(url, headers !== undefined);
      if (problem !== null) return refuse(context, `has a url that ${problem}`);
      return { transport: { kind: 'http', url, headers: headers ?? {} }, ...common };
    });
  return z
    .strictObject(
      { servers: z.record(serverName, server, 'is no list of servers').default({}) },
      knownKeys(['servers'], 'holds only `servers`'),
    )
    .transform(({ servers }, context): McpServer[] => {
      const all = Object.entries(servers).map(([name, given]) => ({ name, ...given }));
      if (all.length > MAX_SERVERS) return refuse(context, `has more than ${MAX_SERVERS} servers`);
      // One order, however the layers are laid: the tools are part of every request.
      return all.sort((a, b) => (a.name < b.name ? -1 : 1));
    });
}

const written = z.object({ servers: z.record(z.string(), z.record(z.string(), z.unknown())).default({}) });

/**
 * What the project's file must not say here; null: nothing. Its servers run in the sandbox, and none takes the place of one of
 * the user's. Both values are as written; `below` is what the layers below say.
 */
export function projectMcpProblem(value: unknown, below: unknown): string | null {
  const own = written.safeParse(below).data?.servers ?? {};
  for (const [name, server] of Object.entries(written.parse(value).servers)) {
    if (server.url !== undefined)
      return `the server ${name} is reached from the host, and only a command may stand there`;
    if (Object.hasOwn(own, name)) return `the server ${name} is one of your own settings`;
  }
  return null;
}
