/** Ctrl-C and SIGTERM: once ends the run in order, twice ends the process at once. */
import type { RunEnd } from '../agent/index.ts';

const CODES = { SIGINT: 130, SIGTERM: 143 } as const;
type Interrupt = keyof typeof CODES;

export type Interruptible = { signal: AbortSignal; exitCode(): number; release(): void };

/** Listens until released. The container ends with this process, so leaving at once leaves none behind. */
export function interruptible(onFirst: () => void): Interruptible {
  const controller = new AbortController();
  let code = 130;
  const on = (signal: Interrupt) => {
    if (controller.signal.aborted) process.exit(CODES[signal]);
    code = CODES[signal];
    onFirst();
    const end: RunEnd = {
      outcome: 'interrupted',
      message: `interrupted by ${signal}`,
      hint: 'go on with `drydock resume last`',
    };
    controller.abort(end);
  };
  process.on('SIGINT', on);
  process.on('SIGTERM', on);
  return {
    signal: controller.signal,
    exitCode: () => code,
    release() {
      process.off('SIGINT', on);
      process.off('SIGTERM', on);
    },
  };
}
