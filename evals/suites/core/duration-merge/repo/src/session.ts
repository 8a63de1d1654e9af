import { formatTimespan, parseTimespan } from './legacy/timespan';

export interface SessionOptions {
  idle: string;
  total: string;
}

export interface SessionRule {
  /** Whether a session is over; all times in milliseconds. */
  isOver(times: { now: number; started: number; used: number }): boolean;
  describe(): string;
}

export function sessionRule({ idle, total }: SessionOptions): SessionRule {
  const idleSeconds = parseTimespan(idle);
  const totalSeconds = parseTimespan(total);
  return {
    isOver: ({ now, started, used }) => (now - used) / 1000 >= idleSeconds || (now - started) / 1000 >= totalSeconds,
    describe: () => `session ${formatTimespan(idleSeconds)} idle, ${formatTimespan(totalSeconds)} in all`,
  };
}
