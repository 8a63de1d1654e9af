/** How many tokens a text or a request is, about: counted in bytes and corrected by what the provider reports. */
import type { ImagePart, Message, ModelRequest, TextPart } from './model.ts';
import { once } from './once.ts';
import { estimateTokens } from './text-tokens.ts';

/** What an image counts: Anthropic scales an image to at most about 1,600 tokens, OpenAI's high detail is near it. */
const IMAGE_TOKENS = 1600;

/** Role, separators and ids around each message and each part. */
const FRAME_TOKENS = 4;

/** Tokens of one message, about, images included. Opaque reasoning counts, since it goes back to its provider. */
export const estimateMessage = once((message: Message): number =>
  message.content.reduce((sum, part) => sum + FRAME_TOKENS + estimatePart(part), FRAME_TOKENS),
);

/** Tokens of a list of messages, about. */
export function estimateMessages(messages: readonly Message[]): number {
  return messages.reduce((sum, message) => sum + estimateMessage(message), 0);
}

/** Tokens of a whole request, about: system text, tools and messages. */
export function estimateRequest(request: Pick<ModelRequest, 'system' | 'tools' | 'messages'>): number {
  const tools = request.tools.length === 0 ? '' : JSON.stringify(request.tools);
  return estimateTokens(request.system) + estimateTokens(tools) + estimateMessages(request.messages);
}

/**
 * The factor by which counts are to be multiplied, from the one before (null: none yet), a request's count and the input
 * tokens that the provider reported for it. Bounded, so that one odd report (a server that counts only new tokens, say)
 * cannot make it useless.
 */
export function calibrate(previous: number | null, counted: number, reported: number): number {
  if (counted <= 0 || reported <= 0) return previous ?? 1;
  return Math.min(2, Math.max(0.7, reported / counted));
}

function estimatePart(part: Message['content'][number] | TextPart | ImagePart): number {
  switch (part.type) {
    case 'text':
      return estimateTokens(part.text);
    case 'image':
      return IMAGE_TOKENS;
    case 'reasoning':
      return part.opaque === undefined ? estimateTokens(part.text) : estimateTokens(JSON.stringify(part.opaque));
    case 'tool_call':
      return estimateTokens(part.name) + estimateTokens(part.arguments);
  }
}
