/** Ctrl-C, SIGTERM and a terminal that was closed: once ends the run in order, twice ends the process at once. */
import type { RunEnd } from '../agent/index.ts';

/** As a shell reports a process that a signal ended: 128 and the signal's number. */
const CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
type Interrupt = keyof typeof CODES;
const INTERRUPTS: readonly Interrupt[] = ['SIGHUP', 'SIGINT', 'SIGTERM'];

export type Interruptible = { signal: AbortSignal; release(): void };

/**
 * Listens until released. `sessionId` is asked when the first signal comes, for the hint how to go on: `last` may soon be
 * another session. Null: there is none yet.
 */
export function interruptible(onFirst: () => void, sessionId: () => string | null): Interruptible {
  const controller = new AbortController();
  const on = (signal: Interrupt) => {
    // A terminal that closes may say so more than once: to its foreground processes, and by the shell to its jobs.
    if (controller.signal.aborted && signal === 'SIGHUP') return;
    const id = sessionId();
    if (controller.signal.aborted) {
      // Nothing is taken down in a process that ends at once.
      const hint = `go on with \`drydock resume ${id}\`, or remove its container with \`drydock gc --all\``;
      if (id !== null)
        process.stderr.write(`drydock: stopped at once; its container, if any, stays for ten minutes — ${hint}\n`);
      process.exit(CODES[signal]);
    }
    onFirst();
    const end: RunEnd = {
      outcome: 'interrupted',
      message: `interrupted by ${signal}`,
      hint: id === null ? '' : `go on with \`drydock resume ${id}\``,
      exitCode: CODES[signal],
    };
    controller.abort(end);
  };
  for (const signal of INTERRUPTS) process.on(signal, on);
  return {
    signal: controller.signal,
    release() {
      for (const signal of INTERRUPTS) process.off(signal, on);
    },
  };
}
