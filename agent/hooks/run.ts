/** One run of a hook: a command on the host, with JSON on its stdin, that ends in time whatever it does. */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Json } from '../../models/index.ts';
import { KEPT_OUTPUT_BYTES } from '../../tools/index.ts';
import type { Hook } from './schema.ts';

/** `ok`: 0. `blocked`: 2. `failed`: anything else, also one that cannot be started. `text`: what it says with that. */
export type HookEnd = {
  outcome: 'ok' | 'blocked' | 'failed' | 'timeout';
  exitCode: number | null;
  text: string;
  durationMs: number;
};

/** The exit code with which a hook objects. */
export const BLOCKED_EXIT_CODE = 2;
/** Of stdout and of stderr, before secrets are taken out; the rest is read and dropped, so that the hook can go on. */
const MAX_OUTPUT_BYTES = KEPT_OUTPUT_BYTES;
/** How long output may still come from what an ended hook has left running. */
const GRACE_MS = 500;

/** Where hooks run, and with which variables. */
export type HookWorld = { cwd: string; env: NodeJS.ProcessEnv };

/** A hook's environment: the user's, without the keys of models. */
export function hookEnv(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !/^(?:ANTHROPIC|OPENAI)_|(?:^|_)API_KEY$/.test(name)),
  );
}

/** Runs a hook. Never rejects; `signal` ends it early. */
export async function runHook(
  hook: Hook,
  payload: { [key: string]: Json },
  world: HookWorld,
  signal: AbortSignal | null,
): Promise<HookEnd> {
  const startedAt = performance.now();
  const end = (outcome: HookEnd['outcome'], exitCode: number | null, text: string): HookEnd => ({
    outcome,
    exitCode,
    text: text.trim(),
    durationMs: Math.round(performance.now() - startedAt),
  });
  // A session of its own is a process group of its own, which can be killed as a whole.
  const child = spawn('/bin/sh', ['-c', hook.command], { ...world, detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
  const output = [child.stdout, child.stderr].map((stream) => {
    const chunks: Buffer[] = [];
    let room = MAX_OUTPUT_BYTES;
    stream.on('data', (chunk: Buffer) => {
      if (room > 0) chunks.push(chunk.subarray(0, room));
      room -= chunk.length;
    });
    return chunks;
  });
  const said = (index: number) => Buffer.concat(output[index] ?? []).toString('utf8');
  // A hook need not read what it is told.
  child.stdin.on('error', () => undefined);
  child.stdin.end(`${JSON.stringify(payload)}\n`);

  const kill = () => killGroup(child);
  process.once('exit', kill);
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    kill();
  }, hook.timeout);
  signal?.addEventListener('abort', kill, { once: true });
  if (signal?.aborted) kill();
  try {
    const exit = await ended(child);
    if (typeof exit === 'string') return end('failed', null, `it cannot be started: ${exit}`);
    if (timedOut) return end('timeout', null, `it was killed after ${hook.timeout / 1000} s`);
    if (exit === 0) return end('ok', 0, said(0));
    return end(exit === BLOCKED_EXIT_CODE ? 'blocked' : 'failed', exit, said(1));
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', kill);
    process.off('exit', kill);
    // What it left running may hold these open for ever.
    for (const stream of child.stdio) stream?.destroy();
  }
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    // It has ended by itself.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/** The exit code (null after a signal) when the process has ended and its output is in, or why it did not start. */
function ended(child: ChildProcess): Promise<number | null | string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code) => {
      const late = setTimeout(() => resolve(code), GRACE_MS);
      child.once('close', () => {
        clearTimeout(late);
        resolve(code);
      });
    });
  });
}
