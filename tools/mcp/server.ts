/** One MCP server: started when it is needed, started again a few times when it ends, and asked. */
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { z } from 'zod';
import { type ProcessSandbox, SandboxError } from '../../sandbox/index.ts';
import { cleanOutput } from '../clean.ts';
import { httpTransport, readHeaders } from './http-transport.ts';
import { oneLine } from './offer.ts';
import { type EndingTransport, sandboxTransport, type TransportEnd } from './sandbox-transport.ts';
import type { McpServer } from './settings.ts';

/** Restarts of a server in a run; one that ends again and again is broken. */
const MAX_RESTARTS = 3;
/** Progress resets the timeout of a call, but not for ever: it may take so many timeouts in all. */
const MAX_TIMEOUTS = 10;
/** A list of tools comes in pages; a server could go on for ever. */
const MAX_PAGES = 20;
/** One that changes while it is read is read again, so many times in all. */
const MAX_LISTS = 3;

/** Of the end of what it wrote to stderr, from which secrets have been taken out. */
const LAST_WORDS = 4 * 1024;

/** What has happened to a server that the user should know of. */
export type McpNews = { server: string; state: 'failed' | 'ended' | 'restarted'; text: string };

export type ServerWorld = {
  sandbox: ProcessSandbox;
  env: Readonly<Record<string, string | undefined>>;
  version: string;
  /** Takes secrets out of what a server says of itself, before it is cut. */
  redact(text: string): string;
  tell(news: McpNews): void;
  /** The server says that its list of tools has changed, which may or may not matter. */
  listChanged(): void;
};

/** A call that came to no result. `maybe`: it may have had effects. */
export class McpCallError extends Error {
  override readonly name = 'McpCallError';
  readonly maybe: boolean;
  constructor(message: string, maybe: boolean) {
    super(message);
    this.maybe = maybe;
  }
}

export type RunningServer = {
  readonly server: McpServer;
  /** All that the server lists. Throws an `Error` of one line, or `SandboxError`. */
  list(signal: AbortSignal): Promise<unknown[]>;
  /** The result as the server gave it. Throws `McpCallError`, `SandboxError`, and what an abort throws. */
  call(tool: string, input: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<unknown>;
  /** Takes secrets of ours out of what the server says. */
  hide(text: string): string;
  close(): Promise<void>;
};

type Connection = { client: Client; transport: EndingTransport; open: boolean };

const page = z.object({ tools: z.array(z.unknown()), nextCursor: z.string().optional() });
const anything = z.looseObject({});

export function runServer(server: McpServer, world: ServerWorld): RunningServer {
  let current: Promise<Connection> | undefined;
  let restarts = 0;
  let closed = false;
  let changes = 0;
  let hide = (text: string) => text;
  const withoutSecrets = (text: string) => world.redact(cleanOutput(hide(text)));
  const said = (error: unknown) => oneLine(withoutSecrets(wordsOf(error)));
  const lastWords = ({ fault, words }: TransportEnd) =>
    oneLine([fault, withoutSecrets(words).slice(-LAST_WORDS).trim()].filter(Boolean).join('; '));

  const openTransport = async (): Promise<EndingTransport> => {
    if (server.transport.kind === 'stdio') return sandboxTransport(world.sandbox, server.transport);
    const read = await readHeaders(server.transport.headers, world.env);
    hide = read.hide;
    return httpTransport(server.transport, read.headers, world.env);
  };

  const connect = async (signal: AbortSignal): Promise<Connection> => {
    const [{ Client }, { ToolListChangedNotificationSchema }] = await Promise.all([
      import('@modelcontextprotocol/sdk/client/index.js'),
      import('@modelcontextprotocol/sdk/types.js'),
    ]);
    const transport = await openTransport();
    // Nothing is offered to the server: no roots, no sampling, no elicitation.
    const client = new Client({ name: 'drydock', version: world.version }, { capabilities: {} });
    const connection: Connection = { client, transport, open: true };
    client.onclose = () => {
      connection.open = false;
    };
    client.setNotificationHandler(ToolListChangedNotificationSchema, () => {
      changes += 1;
      world.listChanged();
    });
    try {
      const options = { timeout: server.startTimeoutMs };
      await withSignal(signal, (own) => client.connect(transport, { ...options, signal: own }));
      return connection;
    } catch (error) {
      connection.open = false;
      await transport.close();
      if (error instanceof SandboxError || signal.aborted) throw error;
      const end = transport.end();
      if (end.lost) throw gone();
      throw new Error([startFailure(error, server.startTimeoutMs, said), lastWords(end)].filter(Boolean).join(': '));
    }
  };

  /** The connection that is open, or another. */
  const connected = async (signal: AbortSignal): Promise<Connection> => {
    if (closed) throw new McpCallError('the run is ending', false);
    const seen = current;
    // Whoever asked for it has been told why it did not come about.
    const before = await seen?.catch(() => undefined);
    // Another call has opened one meanwhile.
    if (current !== seen) return connected(signal);
    if (before?.open) return before;
    if (current !== undefined && !before?.transport.end().lost) {
      if (restarts === MAX_RESTARTS) {
        const text = `it has failed ${MAX_RESTARTS + 1} times and is not started again in this run`;
        throw new McpCallError(text, false);
      }
      restarts += 1;
      const words = before ? lastWords(before.transport.end()) : '';
      const text = `started again, ${restarts} of at most ${MAX_RESTARTS} times${words === '' ? '' : `: ${words}`}`;
      world.tell({ server: server.name, state: 'restarted', text });
    }
    current = connect(signal);
    return current;
  };

  const readList = async (client: Client, signal: AbortSignal): Promise<unknown[]> => {
    const tools: unknown[] = [];
    let cursor: string | undefined;
    for (let pages = 0; pages < MAX_PAGES; pages += 1) {
      const request = { method: 'tools/list' as const, params: cursor === undefined ? {} : { cursor } };
      const answer = await withSignal(signal, (own) =>
        client.request(request, page, { timeout: server.startTimeoutMs, signal: own }),
      ).catch((error: unknown) => {
        if (signal.aborted) throw error;
        throw new Error(`it does not list its tools: ${said(error)}`);
      });
      tools.push(...answer.tools);
      cursor = answer.nextCursor;
      if (cursor === undefined) break;
    }
    return tools;
  };

  return {
    server,
    async list(signal) {
      const { client } = await connected(signal);
      for (let lists = 1; ; lists += 1) {
        const before = changes;
        const tools = await readList(client, signal);
        if (changes === before || lists === MAX_LISTS) return tools;
      }
    },
    async call(tool, input, signal) {
      let connection: Connection;
      try {
        connection = await connected(signal);
      } catch (error) {
        if (error instanceof SandboxError || error instanceof McpCallError || signal.aborted) throw error;
        world.tell({ server: server.name, state: 'failed', text: said(error) });
        throw new McpCallError(`it could not be started: ${said(error)}`, false);
      }
      const { client, transport } = connection;
      try {
        const request = { method: 'tools/call' as const, params: { name: tool, arguments: input } };
        const options = {
          timeout: server.timeoutMs,
          maxTotalTimeout: server.timeoutMs * MAX_TIMEOUTS,
          resetTimeoutOnProgress: true,
          // Without it the server is not asked for progress.
          onprogress: () => undefined,
        };
        return await withSignal(signal, (own) => client.request(request, anything, { ...options, signal: own }));
      } catch (error) {
        if (signal.aborted) throw error;
        if (isTimeout(error)) {
          const seconds = server.timeoutMs / 1000;
          throw new McpCallError(
            `no result in time (${seconds} s, at most ${seconds * MAX_TIMEOUTS} s with progress)`,
            true,
          );
        }
        if (connection.open && isAnswer(error)) throw new McpCallError(said(error), false);
        const end = transport.end();
        if (end.lost) throw gone();
        connection.open = false;
        await client.close();
        const text = [said(error), lastWords(end)].filter(Boolean).join(': ');
        world.tell({ server: server.name, state: 'ended', text });
        throw new McpCallError(`the connection to the server was lost (${text})`, true);
      }
    },
    hide: (text) => hide(text),
    async close() {
      closed = true;
      // One that did not come about needs no closing.
      const connection = await current?.catch(() => undefined);
      await connection?.transport.close();
    },
  };
}

function gone(): SandboxError {
  return new SandboxError('lost', 'the sandbox was lost while an MCP server ran in it', 'go on with `drydock resume`');
}

/** The SDK leaves its listener on a signal for ever, and would cancel requests that have long been answered. */
async function withSignal<T>(signal: AbortSignal, work: (own: AbortSignal) => Promise<T>): Promise<T> {
  const own = new AbortController();
  const pass = () => own.abort(signal.reason);
  if (signal.aborted) pass();
  signal.addEventListener('abort', pass, { once: true });
  try {
    return await work(own.signal);
  } finally {
    signal.removeEventListener('abort', pass);
  }
}

/** An error of the SDK's own. Codes of servers may be the same as the SDK's, but the words of these are not. */
const sdkError = z.object({ name: z.literal('McpError'), message: z.string() });

/** Whether the server has answered, with an error; else the connection has failed. */
function isAnswer(error: unknown): boolean {
  return sdkError.safeParse(error).success;
}

function isTimeout(error: unknown): boolean {
  return /^MCP error -32001: (Request timed out|Maximum total timeout)/.test(
    sdkError.safeParse(error).data?.message ?? '',
  );
}

/** An error's message, and that of its cause: Node's fetch says nothing in its own. */
function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error && cause.message !== '' ? `${error.message}: ${cause.message}` : error.message;
}

function startFailure(error: unknown, startTimeoutMs: number, said: (error: unknown) => string): string {
  if (isTimeout(error)) return `it has not answered within ${startTimeoutMs / 1000} s`;
  const text = said(error);
  return text === 'MCP error -32000: Connection closed' ? 'it ended before it answered' : text;
}
