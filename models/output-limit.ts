/** How much a model may write where a server says that the limit asked for does not fit. Pure. */

/** Less room is no use: a file or a patch does not fit into it, and what is too large is then the input. */
const LEAST_OUTPUT_TOKENS = 1024;

/** The most that a model can write, whatever it reads: Anthropic, OpenAI. */
const CEILINGS = [
  /max_tokens: \d+ > (?<limit>\d+), which is the maximum allowed number of output tokens/i,
  /supports at most (?<limit>\d+) completion tokens/i,
  /max_(output_|completion_)?tokens'?: integer above maximum value\. Expected a value <= (?<limit>\d+)/i,
];

/** A window that input and output share, with what the input takes of it. */
const WINDOWS = [
  // Anthropic.
  /exceed context limit: (?<input>\d+) \+ \d+ > (?<limit>\d+)/i,
  // OpenAI and vLLM; OpenRouter, whose tools are counted apart.
  /(context|model) length (is|of) (only )?(?<limit>\d+) tokens\D+\d+ tokens \((?<input>\d+) (in the messages|of text input)(,( and)? (?<tools>\d+) (in the functions|of tool input))?,( and)? \d+ in the (completion|output)\)/i,
  // Newer versions of vLLM.
  /context length is (?<limit>\d+) tokens and your request has (?<input>\d+) input tokens/i,
  /context length is (?<limit>\d+) tokens\. However, your request has (?<input>\d+) input tokens plus \d+ 'max_tokens'/i,
  /context length is (?<limit>\d+) tokens\. However, you requested \d+ output tokens and your prompt contains (at least )?(?<input>\d+) input tokens/i,
  // Text Generation Inference.
  /`max_new_tokens` must be <= (?<limit>\d+)\. Given: (?<input>\d+) `inputs` tokens/i,
];

/**
 * The output limit that would have fitted, in tokens, as far as the message of a refused request says it; null where it
 * says nothing, or where so little is left that the input is what does not fit.
 */
export function outputRoom(message: string): number | null {
  for (const pattern of [...CEILINGS, ...WINDOWS]) {
    const { limit, input = '0', tools = '0' } = pattern.exec(message)?.groups ?? {};
    if (limit === undefined) continue;
    const room = Number(limit) - Number(input) - Number(tools);
    return room >= LEAST_OUTPUT_TOKENS ? room : null;
  }
  return null;
}
