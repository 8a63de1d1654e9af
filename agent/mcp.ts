/** The MCP servers of a run: what they offer is asked once in a session's life, before its first request. */
import type { ProcessSandbox } from '../sandbox/index.ts';
import type { Session } from '../session/index.ts';
import { listTools, mcpTools, type OfferedTool, type RunningServer, runServer, type Tool } from '../tools/index.ts';
import { digestWithTools } from './configuration.ts';
import type { RunEnd } from './limits.ts';
import type { Log } from './turn.ts';

export type Mcp = {
  tools: readonly Tool[];
  /** Ends the servers, so that the files stand still; may be called twice. */
  close(): Promise<void>;
};

export const NO_MCP: Mcp = { tools: [], close: async () => undefined };

/** Whether the first request must wait for the sandbox, since servers in it have to tell what they offer. */
export function asksInSandbox({ created, state }: Session): boolean {
  return state().mcp === null && (created.mcp ?? []).some(({ transport }) => transport.kind === 'stdio');
}

export type McpOptions = {
  sandbox: ProcessSandbox;
  /** Awaited before a call, so that no checkpoint is being taken. */
  still: () => Promise<void>;
  env: NodeJS.ProcessEnv;
  version: string;
  /** Takes secrets out of what servers say of themselves. */
  redact: (text: string) => string;
  signal: AbortSignal;
  log: Log;
  /** Ends the run: a server that it requires is not to be had. */
  stop: (end: RunEnd) => void;
};

/**
 * What is offered is the same for the whole of a session: tools are part of every request, which a provider's cache knows by
 * its beginning. So it is logged, and a resumed run takes it from there; its servers start when they are first called.
 */
export async function openMcp(session: Session, options: McpOptions): Promise<Mcp> {
  const { mcp: configured = [], configurationDigest } = session.created;
  if (configured.length === 0) return NO_MCP;
  const { log, signal, still, redact } = options;
  let offered = session.state().mcp?.tools ?? null;
  const told = new Set<string>();
  let closing = false;
  /** A server may say so of itself without any difference; what is offered stays as it is in any case. */
  const compare = async (server: RunningServer): Promise<void> => {
    const { name } = server.server;
    if (closing || offered === null || told.has(name)) return;
    const { tools, failed } = await listTools([server], signal);
    if (closing || failed.length > 0 || told.has(name)) return;
    const change = changed(
      offered.filter((tool) => tool.server === name),
      tools,
    );
    if (change === null) return;
    told.add(name);
    log({ type: 'mcp.server', server: name, state: 'list_changed', text: redact(change) });
  };
  const checks: Merged[] = [];
  const servers: RunningServer[] = configured.map((server) => {
    const check = merged(() => compare(running));
    checks.push(check);
    const running: RunningServer = runServer(server, {
      ...options,
      tell: (news) => log({ type: 'mcp.server', ...news }),
      listChanged: check.ask,
    });
    return running;
  });
  const close = async () => {
    closing = true;
    // One that does not end goes with its sandbox, or with this process's connection.
    await Promise.allSettled(servers.map((server) => server.close()));
    await Promise.allSettled(checks.map((check) => check.ended()));
  };
  if (offered !== null) return { tools: mcpTools(offered, servers, still), close };
  const { tools, problems: found, failed } = await listTools(servers, signal);
  const problems = found.map(({ server, text }) => ({ server, text: redact(text) }));
  // The run ends, perhaps since the sandbox could not be had: a later one asks again.
  if (signal.aborted) return { tools: [], close };
  const missing = configured.find(({ name, required }) => required && failed.includes(name));
  if (missing !== undefined) {
    const why = problems.find(({ server }) => server === missing.name)?.text ?? 'it did not start';
    options.stop({
      outcome: 'usage',
      message: `the MCP server ${missing.name} is required, and is not to be had: ${why}`,
      hint: 'mend it, or take `required` out of its settings; see docs/mcp.md',
    });
    return { tools: [], close };
  }
  offered = tools;
  log({ type: 'mcp.listed', configurationDigest: digestWithTools(configurationDigest, tools), tools, problems });
  return { tools: mcpTools(tools, servers, still), close };
}

type Merged = { ask(): void; ended(): Promise<void> };

/** Work of which one at a time is under way and one waits, however often it is asked for. */
function merged(work: () => Promise<void>): Merged {
  let last = Promise.resolve();
  let waits = false;
  return {
    ask() {
      if (waits) return;
      waits = true;
      last = last.then(() => {
        waits = false;
        return work();
      });
    },
    ended: () => last,
  };
}

/** What differs between what is offered of a server and what it lists now, as a line; null: nothing. */
export function changed(offered: readonly OfferedTool[], now: readonly OfferedTool[]): string | null {
  const described = (tools: readonly OfferedTool[]) =>
    new Map(tools.map(({ tool, description, parameters }) => [tool, JSON.stringify([description, parameters])]));
  const [before, after] = [described(offered), described(now)];
  const words = [
    list(
      'new',
      [...after.keys()].filter((tool) => !before.has(tool)),
    ),
    list(
      'gone',
      [...before.keys()].filter((tool) => !after.has(tool)),
    ),
    list(
      'changed',
      [...before.keys()].filter((tool) => after.has(tool) && after.get(tool) !== before.get(tool)),
    ),
  ].flat();
  if (words.length === 0) return null;
  return `its list of tools has changed (${words.join('; ')}); this session keeps the one that it began with`;
}

function list(what: string, tools: readonly string[]): string[] {
  return tools.length === 0 ? [] : [`${what}: ${tools.slice(0, 5).join(', ')}`];
}
