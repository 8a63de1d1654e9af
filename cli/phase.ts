/** One phase of `drydock bot run` as a process of its own, and what a signal does to it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { type Phase, phaseEnvironment } from '../bot/index.ts';

const INTERRUPTS = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM'] as const;

/** As a shell reports a process that a signal ended. */
const codeOf = (signal: NodeJS.Signals) => 128 + constants.signals[signal];
const INTERRUPTED = new Set(INTERRUPTS.map(codeOf));

/** `isInterrupted`: a person or a machine wants it to end, whatever it has come to; nothing more is to be done. */
export type Ended = { code: number; isInterrupted: boolean };

/**
 * Runs a phase to its end, with what of `env` is its own. It has a process group of its own, since a terminal sends Ctrl-C to
 * all processes of its foreground: what is passed on here as well would come to it twice, and twice means at once.
 */
export async function runPhase(name: Phase, args: readonly string[], env: NodeJS.ProcessEnv): Promise<Ended> {
  const [, entry = ''] = process.argv;
  const child = spawn(process.execPath, [...process.execArgv, entry, 'bot', name, ...args], {
    env: phaseEnvironment(name, env),
    stdio: ['ignore', 'inherit', 'inherit'],
    detached: true,
  });
  let first: NodeJS.Signals | null = null;
  const passOn = (signal: NodeJS.Signals) => {
    const isOver = child.exitCode !== null || child.signalCode !== null;
    // Work ends in order, for which it may need what it has started. Else all of it goes, git that waits for a remote too.
    const isOrderly = name === 'work' && first === null;
    first ??= signal;
    if (child.pid !== undefined && !isOver) process.kill(isOrderly ? child.pid : -child.pid, signal);
  };
  for (const signal of INTERRUPTS) process.on(signal, passOn);
  try {
    await once(child, 'exit');
    const code = child.exitCode ?? codeOf(child.signalCode ?? 'SIGKILL');
    if (INTERRUPTED.has(code)) return { code, isInterrupted: true };
    return first === null ? { code, isInterrupted: false } : { code: codeOf(first), isInterrupted: true };
  } finally {
    for (const signal of INTERRUPTS) process.off(signal, passOn);
  }
}
