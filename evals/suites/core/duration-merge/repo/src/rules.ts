import { CacheOptions, CacheRule, cacheRule } from './cache';
import { LimitOptions, LimitRule, limitRule } from './limit';
import { RetryOptions, RetryRule, retryRule } from './retry';
import { SessionOptions, SessionRule, sessionRule } from './session';

export interface RulesOptions {
  cache: CacheOptions;
  limit: LimitOptions;
  retry: RetryOptions;
  session: SessionOptions;
}

export interface Rules {
  cache: CacheRule;
  limit: LimitRule;
  retry: RetryRule;
  session: SessionRule;
  /** One line for each rule. */
  describe(): string;
}

/** Reads a configuration object. Errors name the rule. */
export function readRules(options: RulesOptions): Rules {
  const read = <T>(name: string, make: () => T): T => {
    try {
      return make();
    } catch (error) {
      throw new Error(`${name}: ${(error as Error).message}`);
    }
  };
  const cache = read('cache', () => cacheRule(options.cache));
  const limit = read('limit', () => limitRule(options.limit));
  const retry = read('retry', () => retryRule(options.retry));
  const session = read('session', () => sessionRule(options.session));
  return { cache, limit, retry, session, describe: () => [cache, limit, retry, session].map((rule) => `${rule.describe()}\n`).join('') };
}
