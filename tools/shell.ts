/** `shell` runs a command, `process` goes on with one that is still running. */
import { z } from 'zod';
import type { ProcessEnd, SandboxProcess } from '../sandbox/index.ts';
import { KEPT_OUTPUT_BYTES, showOutput } from './output.ts';
import { absolutePath, errorResult } from './result.ts';
import { argument } from './schema.ts';
import type { Tool, ToolContext, ToolResult } from './tool.ts';

const DEFAULT_TIMEOUT_MS = 600_000;
/** Long enough for most builds and tests, so that few turns are spent on polling. */
const DEFAULT_YIELD_MS = 20_000;
/** A poll waits for an end; after a write an answer is due soon. */
const DEFAULT_POLL_MS = 20_000;
const DEFAULT_WRITE_WAIT_MS = 1_000;
/** The longest wait of one call: the loop's own limits must get a turn. */
const MAX_WAIT_MS = 300_000;
const MAX_TIMEOUT_MS = 24 * 3600 * 1000;
/** Linux takes 128 KiB as one argument of a program, which a command is to its shell. */
const MAX_COMMAND_BYTES = 128 * 1024 - 1;

const wait = z.int().min(0).max(MAX_WAIT_MS);
const shellInput = z.strictObject({
  command: argument.min(1),
  workdir: argument.optional(),
  timeout_ms: z.int().min(1).max(MAX_TIMEOUT_MS).optional().describe('kill after; default 600000'),
  yield_ms: wait.optional().describe('return after, still running; default 20000'),
  stdin: z.boolean().optional().describe('keep stdin open'),
});
type ShellInput = z.output<typeof shellInput>;

const processInput = z.strictObject({
  handle: z.string(),
  action: z.enum(['poll', 'write', 'close_stdin', 'kill']),
  data: z.string().optional().describe('for write; include \\n'),
  wait_ms: wait.optional(),
});
type ProcessInput = z.output<typeof processInput>;

function seconds(ms: number): string {
  return ms < 10_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 1000)} s`;
}

/** The words for an end: its cause or exit code, and the time. */
export function howItEnded(end: ProcessEnd): string {
  const after = seconds(end.durationMs);
  if (end.reason === 'timeout') return `killed at its timeout (timeout_ms) after ${after}`;
  if (end.reason === 'killed') return `killed after ${after}`;
  if (end.reason === 'lost') return `lost after ${after}: the sandbox no longer knows it`;
  return `exit ${end.exitCode ?? 'unknown'}, ${after}`;
}

/**
 * Waits for the end, at most `ms`. Kills the process and throws when the call is aborted. The signal lives as long as the
 * run, so nothing of this may stay with it.
 */
async function endWithin(child: SandboxProcess, ms: number, signal: AbortSignal): Promise<ProcessEnd | null> {
  let cleanUp: () => void = () => undefined;
  const cut = new Promise<null>((resolve, reject) => {
    const abort = () => reject(signal.reason);
    const timer = setTimeout(resolve, ms, null);
    signal.addEventListener('abort', abort, { once: true });
    cleanUp = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    };
    if (signal.aborted) abort();
  });
  try {
    return await Promise.race([child.ended, cut]);
  } catch (error) {
    await child.kill();
    throw error;
  } finally {
    cleanUp();
  }
}

/** What the process wrote since the last call, and how it stands. A process that has ended loses its handle. */
async function report(
  child: SandboxProcess,
  handle: string,
  end: ProcessEnd | null,
  context: ToolContext,
): Promise<ToolResult> {
  const output = child.poll();
  const shown = await showOutput(output, context);
  const state = end === null ? `still running, handle ${handle}` : howItEnded(end);
  const known = context.state.processes.has(handle);
  const kept = shown.handle === null ? {} : { output: shown.handle };
  if (end === null) context.state.processes.set(handle, child);
  else context.state.processes.delete(handle);
  const body = shown.text === '' ? '' : shown.text.replace(/\n?$/, '\n');
  return {
    content: [{ type: 'text', text: `${body}[${state}${shown.text === '' ? ', no output' : ''}]` }],
    isError: end !== null && (end.reason !== 'exited' || end.exitCode !== 0),
    // What the call's arguments say is not said again; only a process that goes on is known by its command later.
    details:
      end === null
        ? { handle, ...(known ? {} : { command: child.command }), outputBytes: output.totalBytes, ...kept }
        : { exitCode: end.exitCode, reason: end.reason, outputBytes: output.totalBytes, ...kept },
  };
}

/** The first free handle: p1, p2, … */
function freeHandle(processes: ReadonlyMap<string, SandboxProcess>): string {
  let number = 1;
  while (processes.has(`p${number}`)) number++;
  return `p${number}`;
}

async function runShell(request: ShellInput, context: ToolContext): Promise<ToolResult> {
  const size = Buffer.byteLength(request.command);
  if (size > MAX_COMMAND_BYTES) {
    return errorResult(
      `The command has ${size} bytes, at most ${MAX_COMMAND_BYTES} can be run: write a script with write_file first.`,
    );
  }
  context.signal.throwIfAborted();
  const child = await context.sandbox.spawn({
    command: request.command,
    cwd: absolutePath(context, request.workdir ?? '.'),
    timeoutMs: request.timeout_ms ?? DEFAULT_TIMEOUT_MS,
    maxOutputBytes: KEPT_OUTPUT_BYTES,
    stdin: request.stdin ?? false,
  });
  const end = await endWithin(child, request.yield_ms ?? DEFAULT_YIELD_MS, context.signal);
  return report(child, freeHandle(context.state.processes), end, context);
}

async function runProcess(
  { handle, action, data, wait_ms: waitMs }: ProcessInput,
  context: ToolContext,
): Promise<ToolResult> {
  const child = context.state.processes.get(handle);
  if (child === undefined) {
    const known = [...context.state.processes.keys()].join(', ') || 'none';
    return errorResult(`No process runs with the handle ${handle}. Running: ${known}.`);
  }
  if (action === 'kill') await child.kill();
  if (action === 'close_stdin') child.closeStdin();
  if (action === 'write') {
    if (data === undefined) return errorResult('write needs data.');
    if (!child.write(data)) {
      return errorResult(
        `${handle} takes no input: it was started without stdin: true, has closed its stdin, or has ended.`,
      );
    }
  }
  const end = await endWithin(
    child,
    waitMs ?? (action === 'write' ? DEFAULT_WRITE_WAIT_MS : DEFAULT_POLL_MS),
    context.signal,
  );
  return report(child, handle, end, context);
}

export const shell: Tool<ShellInput> = {
  name: 'shell',
  description:
    'Run a command with bash (or sh). Returns output (long output shortened in the middle) and exit code; when it takes longer than yield_ms, a handle for `process`.',
  input: shellInput,
  touches: 'anything',
  reaches: ({ command }) => [{ kind: 'command', command }],
  run: runShell,
};

export const processTool: Tool<ProcessInput> = {
  name: 'process',
  description:
    'Wait for (poll), write to, or kill a running command. Returns its new output. You are told when one ends.',
  input: processInput,
  touches: 'anything',
  // What is written to a process may be commands for a shell.
  reaches: ({ action, data }) => (action === 'write' && data !== undefined ? [{ kind: 'command', command: data }] : []),
  run: runProcess,
};
