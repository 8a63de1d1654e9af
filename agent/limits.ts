/** What bounds a run, and the words for a run that met a bound. */
import type { RunOutcome } from '../session/index.ts';

export type Limits = {
  /** Responses of the model in this run. */
  maxTurns: number;
  /** In US dollars, for this run; null: no limit. */
  maxCostUsd: number | null;
  /** Wall clock of this run in milliseconds; null: no limit. */
  timeoutMs: number | null;
  /** Runs in the sandbox when the model says that it is done; null: the model's word is taken. */
  verify: string | null;
  /** How often a failed verification goes back to the model before the run ends. */
  verifyAttempts: number;
  /** Lines that a change may add and remove, and files that it may touch, to be handed over; absent: as many as it takes. */
  maxDiffLines?: number;
  maxDiffFiles?: number;
};

/**
 * How a run ended: the outcome, one line of what ended it, one line of what to do next (empty: nothing). `exitCode` is
 * what an interruption ends the process with, since that depends on the signal.
 */
export type RunEnd = { outcome: RunOutcome; message: string; hint: string; exitCode?: number };

/** A documented exit code for each outcome; see docs/cli.md. */
export const EXIT_CODES: Record<RunOutcome, number> = {
  completed: 0,
  verify_failed: 1,
  gave_up: 1,
  usage: 2,
  provider: 3,
  sandbox: 4,
  limit: 5,
  failed: 1,
  interrupted: 130,
};

/** The exit code of a run: its outcome's, or its interruption's own. */
export function exitCodeOf(end: RunEnd): number {
  // An interrupted run that then fails to hand over ends with that failure's code.
  return (end.outcome === 'interrupted' ? end.exitCode : undefined) ?? EXIT_CODES[end.outcome];
}

export type Spent = { turns: number; costUsd: number | null };

/** The limit that forbids another request, or null. */
export function exceeded(limits: Limits, spent: Spent): RunEnd | null {
  if (spent.turns >= limits.maxTurns) {
    return {
      outcome: 'limit',
      message: `stopped at the limit of ${limits.maxTurns} turns`,
      hint: 'raise it with --max-turns, or go on with `drydock resume`',
    };
  }
  if (limits.maxCostUsd === null) return null;
  if (spent.costUsd === null) {
    return {
      outcome: 'limit',
      message: 'stopped because the provider reported no usage, so --max-cost cannot be kept',
      hint: 'go on without --max-cost, with --max-turns or --timeout instead, or use another provider',
    };
  }
  if (spent.costUsd >= limits.maxCostUsd) {
    return {
      outcome: 'limit',
      message: `stopped at the cost limit: $${spent.costUsd.toFixed(4)} of $${limits.maxCostUsd} spent`,
      hint: 'raise it with --max-cost, or go on with `drydock resume`',
    };
  }
  return null;
}

/** For a run that ran out of time. */
export function outOfTime(timeoutMs: number): RunEnd {
  return {
    outcome: 'limit',
    message: `stopped at the time limit of ${Math.round(timeoutMs / 1000)} s`,
    hint: 'raise it with --timeout, or go on with `drydock resume`',
  };
}
