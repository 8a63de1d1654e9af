/** The stdio transport of MCP over a process in the sandbox: one JSON-RPC message a line, both ways. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { type ProcessSandbox, type SandboxProcess, shellQuote } from '../../sandbox/index.ts';
import { createLines, MARK } from './lines.ts';
import type { McpServer } from './settings.ts';

/** A longer message is none that a model could use; with base64, images of 10 MB fit. */
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;
/** A server may greet on stdout; one that goes on is no MCP server. */
const MAX_GARBAGE_BYTES = 256 * 1024;
/** What is kept of the end of stderr: more than is shown, so that a secret on the edge is not shown in part. */
const WORDS_BYTES = 64 * 1024;
/** How long a server may take to end once its stdin has. */
const END_MS = 2_000;

/** Where a transport ended, and why, as far as it is known. `words`: what the server wrote to stderr. */
export type TransportEnd = { lost: boolean; fault: string; words: string };
export type EndingTransport = Transport & { end(): TransportEnd };

/**
 * The server's stdout is the process's own; of stderr, which a sandbox's processes have not apart, the end comes between
 * two marks when the server has ended.
 */
export function serverCommand(command: readonly string[]): string {
  const mark = `\\0${MARK.charCodeAt(0).toString(8)}`;
  const words = `{ words=$(tail -c ${WORDS_BYTES}); printf '${mark}%s${mark}\\n' "$words"; }`;
  return `{ ${command.map(shellQuote).join(' ')} 2>&1 >&3 3>&- | ${words}; } 3>&1`;
}

/** A transport that starts the server when it is started. Failures of the sandbox itself are thrown by `start`. */
export async function sandboxTransport(
  sandbox: ProcessSandbox,
  { command, env, cwd }: Extract<McpServer['transport'], { kind: 'stdio' }>,
): Promise<EndingTransport> {
  const { JSONRPCMessageSchema } = await import('@modelcontextprotocol/sdk/types.js');
  let process: SandboxProcess | undefined;
  let garbage = 0;
  let words = '';
  let fault = '';
  let lost = false;
  const giveUp = (why: string) => {
    if (fault !== '') return;
    fault = why;
    // The end is reported by `ended`.
    process?.kill().catch(() => undefined);
  };
  const onLine = (line: string) => {
    const message = JSONRPCMessageSchema.safeParse(parsed(line));
    if (message.success) return transport.onmessage?.(message.data);
    garbage += line.length;
    if (garbage > MAX_GARBAGE_BYTES) giveUp('it writes what is no MCP message to its stdout');
  };
  const lines = createLines(MAX_MESSAGE_BYTES, onLine, (text) => {
    words = text;
  });

  const transport: EndingTransport = {
    async start() {
      process = await sandbox.spawn({
        command: serverCommand(command),
        env,
        ...(cwd === null ? {} : { cwd }),
        stdin: true,
        maxOutputBytes: 0,
        onOutput: (data) => {
          if (fault === '' && !lines.push(data))
            giveUp(`it sent a message of more than ${MAX_MESSAGE_BYTES / 1024 ** 2} MiB`);
        },
      });
      void process.ended.then(({ reason }) => {
        lost = reason === 'lost';
        transport.onclose?.();
      });
    },
    async send(message) {
      if (!process?.write(`${JSON.stringify(message)}\n`)) throw new Error('the server takes no more messages');
    },
    async close() {
      if (process === undefined) return;
      process.closeStdin();
      const over = new AbortController();
      const late = delay(END_MS, 'late', { signal: over.signal }).catch(() => 'ended');
      if ((await Promise.race([process.ended, late])) === 'late') await process.kill();
      over.abort();
    },
    end: () => ({ lost, fault, words }),
  };
  return transport;
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined; // No message, then: it is counted as garbage.
  }
}
