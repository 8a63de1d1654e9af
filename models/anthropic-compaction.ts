/**
 * Anthropic's compaction at a token threshold, a beta of the Messages API
 * (https://platform.claude.com/docs/en/build-with-claude/compaction-threshold): how it is asked for, and how its block is
 * read and given back.
 */
import type {
  BetaCompactionBlock,
  BetaCompactionBlockParam,
  BetaCompactionContentBlockDelta,
  BetaIterationsUsage,
  MessageCreateParamsStreaming,
} from '@anthropic-ai/sdk/resources/beta/messages/messages';
import type { TokenCounts } from './cost.ts';
import { isRecord } from './errors.ts';
import type { CompactionPart, Json } from './model.ts';

const BETA = 'compact-2026-01-12';

/** Tokens; the API takes no smaller trigger. */
const LEAST_TRIGGER = 50_000;

/** What asks for a compaction from `at` input tokens on. `betas` goes out as a header. */
export function compactionFields(at: number): Pick<MessageCreateParamsStreaming, 'betas' | 'context_management'> {
  const trigger = { type: 'input_tokens' as const, value: Math.max(at, LEAST_TRIGGER) };
  return { betas: [BETA], context_management: { edits: [{ type: 'compact_20260112', trigger }] } };
}

/** A block as it begins; what the server has put into it stays, known to us or not. */
export function begunCompaction(block: BetaCompactionBlock): CompactionPart {
  const opaque: { [key: string]: Json } = JSON.parse(JSON.stringify(block));
  return { type: 'compaction', opaque };
}

/** The block with its one delta, which brings the whole content. */
export function withContent(
  { opaque }: CompactionPart,
  { content, encrypted_content }: BetaCompactionContentBlockDelta,
): CompactionPart {
  const known = isRecord(opaque) && !Array.isArray(opaque) ? opaque : {};
  const encrypted = encrypted_content === undefined ? {} : { encrypted_content };
  return { type: 'compaction', opaque: { ...known, content, ...encrypted } };
}

/** Whether the provider has succeeded: a block without content stands for nothing, and the server passes over it. */
export function isCompaction(opaque: Json): opaque is Json & BetaCompactionBlockParam {
  return isRecord(opaque) && 'content' in opaque && typeof opaque.content === 'string' && opaque.content !== '';
}

/** What the compactions of a request have used: the usage of the answer does not include it. */
export function compactionTokens(iterations: BetaIterationsUsage | null | undefined): TokenCounts[] {
  return (iterations ?? []).flatMap((used) => {
    if (used.type !== 'compaction') return [];
    const cacheReadTokens = used.cache_read_input_tokens ?? 0;
    const cacheWriteTokens = used.cache_creation_input_tokens ?? 0;
    return [
      {
        inputTokens: (used.input_tokens ?? 0) + cacheReadTokens + cacheWriteTokens,
        outputTokens: used.output_tokens ?? 0,
        cacheReadTokens,
        cacheWriteTokens,
        reasoningTokens: 0,
      },
    ];
  });
}
