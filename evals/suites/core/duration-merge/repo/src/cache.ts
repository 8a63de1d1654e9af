import { formatDuration, parseDuration } from './util/duration';

export interface CacheOptions {
  ttl: string;
  /** How long a value may still be used when there is no new one. */
  grace?: string;
}

export interface CacheRule {
  state(ageMs: number): 'fresh' | 'grace' | 'old';
  describe(): string;
}

export function cacheRule({ ttl, grace = '0' }: CacheOptions): CacheRule {
  const ttlMs = parseDuration(ttl);
  const graceMs = parseDuration(grace);
  return {
    state: (ageMs) => (ageMs < ttlMs ? 'fresh' : ageMs < ttlMs + graceMs ? 'grace' : 'old'),
    describe: () => `cache ${formatDuration(ttlMs)}${graceMs > 0 ? ` and ${formatDuration(graceMs)}` : ''}`,
  };
}
