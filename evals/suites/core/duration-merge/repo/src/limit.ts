import { formatTimespan, parseTimespan } from './legacy/timespan';

export interface LimitOptions {
  max: number;
  per: string;
}

export interface LimitRule {
  /** Whether one more may come at this time (milliseconds); counts it if so. */
  allow(nowMs: number): boolean;
  describe(): string;
}

export function limitRule({ max, per }: LimitOptions): LimitRule {
  const seconds = parseTimespan(per);
  let times: number[] = [];
  return {
    allow(nowMs) {
      times = times.filter((time) => nowMs - time < seconds * 1000);
      if (times.length >= max) return false;
      times.push(nowMs);
      return true;
    },
    describe: () => `limit ${max} in ${formatTimespan(seconds)}`,
  };
}
