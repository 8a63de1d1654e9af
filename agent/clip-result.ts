/** A result that is too large for the model's window: head and tail of it, the whole under a handle. */
import { clipText } from '../compaction/index.ts';
import { estimateTokens } from '../models/index.ts';
import type { ToolResult } from '../tools/index.ts';

/** A result whose texts take at most about `most` counted tokens; the whole is kept under a handle. */
export async function clipResult(
  result: ToolResult,
  most: number,
  keep: (data: Buffer) => Promise<string>,
): Promise<ToolResult> {
  const text = result.content.map((part) => (part.type === 'text' ? part.text : '')).join('\n');
  if (estimateTokens(text) <= most) return result;
  const { output: kept } = result.details;
  const output = typeof kept === 'string' ? kept : await keep(Buffer.from(text));
  const images = result.content.filter((part) => part.type === 'image');
  const clipped = clipText(text, most, output);
  return { ...result, content: [{ type: 'text', text: clipped }, ...images], details: { ...result.details, output } };
}
