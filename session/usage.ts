/** What a request takes, as events have it. */
import { z } from 'zod';

/** Token counts and cost as `models/` defines them. */
export const usageSchema = z.object({
  inputTokens: z.number(),
  outputTokens: z.number(),
  cacheReadTokens: z.number(),
  cacheWriteTokens: z.number(),
  reasoningTokens: z.number(),
  costUsd: z.number().nullable(),
});
