/** What a request costs. */
import type { Prices } from './catalogue.ts';
import { addUsage, type Usage } from './model.ts';

/** The tokens of one request as a provider reports them; see `Usage`. */
export type TokenCounts = Omit<Usage, 'costUsd'>;

/** The sum of two counts. */
export function addTokens(a: TokenCounts, b: TokenCounts): TokenCounts {
  const { costUsd: _none, ...sum } = addUsage({ ...a, costUsd: null }, { ...b, costUsd: null });
  return sum;
}

/** Adds the cost in dollars to token counts; null where the prices are unknown. */
export function withCost(tokens: TokenCounts, prices: Prices | null): Usage {
  if (prices === null) return { ...tokens, costUsd: null };
  const rates = prices.long !== undefined && tokens.inputTokens > prices.long.above ? prices.long : prices;
  const uncached = Math.max(0, tokens.inputTokens - tokens.cacheReadTokens - tokens.cacheWriteTokens);
  const millionths =
    uncached * rates.input +
    tokens.cacheReadTokens * rates.cacheRead +
    tokens.cacheWriteTokens * rates.cacheWrite +
    tokens.outputTokens * rates.output;
  return { ...tokens, costUsd: millionths / 1_000_000 };
}
