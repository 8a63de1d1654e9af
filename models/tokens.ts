/**
 * How many tokens a message or a request is, about: the raw count, in the tokens of no provider. `calibration.ts` makes a
 * provider's of it.
 */
import { overGrowing } from './growing.ts';
import type { ImagePart, Message, ModelRequest, TextPart, ToolSpec } from './model.ts';
import { once } from './once.ts';
import { estimateTokens } from './text-tokens.ts';

/**
 * What an image counts at most, and for each of its pixels: Anthropic counts width × height / 750 and scales a larger image
 * down to about 1,600 tokens (https://platform.claude.com/docs/en/build-with-claude/vision).
 */
const MAX_IMAGE_TOKENS = 1600;
const PIXELS_PER_TOKEN = 750;
/** OpenAI counts tiles of 512 pixels, 170 tokens each, and 85 more (https://platform.openai.com/docs/guides/images-vision). */
const MIN_IMAGE_TOKENS = 255;

/** Role, separators and ids around each message and each part. */
const FRAME_TOKENS = 4;

/** Tokens of one message, about, images included. Opaque reasoning counts, since it goes back to its provider. */
export const estimateMessage = once((message: Message): number =>
  message.content.reduce((sum, part) => sum + FRAME_TOKENS + estimatePart(part), FRAME_TOKENS),
);

/** Tokens of a list of messages, about. */
export const estimateMessages = overGrowing<Message, number>(
  () => 0,
  (sum, message) => sum + estimateMessage(message),
);

/** Tokens of a whole request, about: system text, tools and messages. */
export function estimateRequest(request: Pick<ModelRequest, 'system' | 'tools' | 'messages'>): number {
  const tools = request.tools.reduce((sum, tool) => sum + estimateTool(tool), 0);
  return estimateTokens(request.system) + tools + estimateMessages(request.messages);
}

const estimateTool = once((tool: ToolSpec): number => FRAME_TOKENS + estimateTokens(JSON.stringify(tool)));

/** As if it were square, which is the most that it can be. */
function imageTokens(longestSide: number | undefined): number {
  if (longestSide === undefined) return MAX_IMAGE_TOKENS;
  return Math.min(MAX_IMAGE_TOKENS, Math.max(MIN_IMAGE_TOKENS, Math.ceil(longestSide ** 2 / PIXELS_PER_TOKEN)));
}

function estimatePart(part: Message['content'][number] | TextPart | ImagePart): number {
  switch (part.type) {
    case 'text':
      return estimateTokens(part.text);
    case 'image':
      return imageTokens(part.longestSide);
    case 'reasoning':
      return part.opaque === undefined ? estimateTokens(part.text) : estimateTokens(JSON.stringify(part.opaque));
    case 'compaction':
      return estimateTokens(JSON.stringify(part.opaque));
    case 'tool_call':
      return estimateTokens(part.name) + estimateTokens(part.arguments);
  }
}
