import { formatDuration, parseDuration } from './util/duration';

export interface RetryOptions {
  first: string;
  most: string;
  times?: number;
}

export interface RetryRule {
  /** The pauses before each further try, in milliseconds. */
  readonly pauses: readonly number[];
  describe(): string;
}

export function retryRule({ first, most, times = 5 }: RetryOptions): RetryRule {
  const mostMs = parseDuration(most);
  const pauses: number[] = [];
  let pause = parseDuration(first);
  for (let i = 0; i < times; i++) {
    pauses.push(Math.min(pause, mostMs));
    pause *= 2;
  }
  return { pauses, describe: () => `retry after ${pauses.map(formatDuration).join(', ')}` };
}
