/** The tokenizers that the benchmark takes for a provider's own. They take no part in the estimate. */
import { getTokenizer } from '@anthropic-ai/tokenizer';
import { get_encoding } from 'tiktoken';
import type { Count } from './body-tokens.ts';

/** What is counted once is remembered: the texts of a request are those of the last one and few more. */
function remembering(count: Count): Count {
  const counts = new Map<string, number>();
  return (text) => {
    const before = counts.get(text);
    if (before !== undefined) return before;
    const tokens = count(text);
    counts.set(text, tokens);
    return tokens;
  };
}

const o200k = get_encoding('o200k_base');
const cl100k = get_encoding('cl100k_base');
const claude = getTokenizer();

/** Of GPT-4o and its successors. */
export const o200kTokens = remembering((text) => o200k.encode_ordinary(text).length);
/** Of GPT-4. */
export const cl100kTokens = remembering((text) => cl100k.encode_ordinary(text).length);
/** Of Claude 1 and 2, the only one that Anthropic has published; it brings a text into the form NFKC first. */
export const claudeTokens = remembering((text) => claude.encode(text.normalize('NFKC'), 'all').length);
