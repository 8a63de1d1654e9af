/** What a server gave as the result of a call, as a tool's result: untrusted, clipped, kept whole under a handle. */
import { z } from 'zod';
import type { ImagePart } from '../../models/index.ts';
import { readImage } from '../image.ts';
import { KEPT_OUTPUT_BYTES, showOutput } from '../output.ts';
import { binaryKind } from '../text-file.ts';
import type { ToolContext, ToolResult } from '../tool.ts';
import { oneLine } from './offer.ts';

/** More images cost more than they say. */
const MAX_IMAGES = 4;
/** A result within the size of a message could have a million parts, each to be looked at and perhaps kept. */
const MAX_PARTS = 10_000;

const part = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text'), text: z.string() }),
  z.object({ type: z.enum(['image', 'audio']), data: z.string(), mimeType: z.string() }),
  z.object({ type: z.literal('resource_link'), uri: z.string(), name: z.string().optional() }),
  z.object({
    type: z.literal('resource'),
    resource: z.object({
      uri: z.string(),
      mimeType: z.string().optional(),
      text: z.string().optional(),
      blob: z.string().optional(),
    }),
  }),
]);
type Part = z.infer<typeof part>;

const callResult = z.object({
  content: z.array(z.unknown()).catch([]),
  structuredContent: z.unknown().optional(),
  isError: z.boolean().catch(false),
});

/** Text for the model, or an image for it to see. */
type Shown = string | ImagePart;

/** `hide` takes secrets of ours out of what the server wrote. */
export async function toolResult(
  raw: unknown,
  hide: (text: string) => string,
  context: ToolContext,
): Promise<ToolResult> {
  const { content, structuredContent, isError } = callResult.parse(raw);
  const texts: string[] = [];
  const images: ImagePart[] = [];
  for (const entry of content.slice(0, MAX_PARTS)) {
    const known = part.safeParse(entry);
    if (known.success) {
      const shown = await show(known.data, images.length, context);
      if (typeof shown === 'string') texts.push(shown);
      else images.push(shown);
    } else texts.push('[content of a kind that cannot be shown]');
  }
  const more = content.length - MAX_PARTS;
  if (more > 0) texts.push(`[${more} more parts are left out: at most ${MAX_PARTS} of a result are shown]`);
  // The specification asks for the same as text; not every server gives it.
  if (content.length === 0 && structuredContent !== undefined) texts.push(JSON.stringify(structuredContent));
  const bytes = Buffer.from(hide(texts.join('\n')).toWellFormed());
  const { text, handle } = await showOutput(kept(bytes), context);
  // Providers refuse blank text.
  const isBlank = text.trim() === '';
  const words = isBlank ? '[no output]' : text;
  return {
    content: [...(isBlank && images.length > 0 ? [] : [{ type: 'text' as const, text: words }]), ...images],
    isError,
    details: { outputBytes: bytes.length, output: handle },
  };
}

/** What is kept of an output, as a sandbox would. */
function kept(bytes: Buffer): { head: Buffer; tail: Buffer; totalBytes: number } {
  const half = KEPT_OUTPUT_BYTES / 2;
  const isLong = bytes.length > KEPT_OUTPUT_BYTES;
  const head = isLong ? bytes.subarray(0, half) : bytes;
  const tail = isLong ? bytes.subarray(bytes.length - half) : Buffer.alloc(0);
  return { head, tail, totalBytes: bytes.length };
}

async function show(content: Part, images: number, context: ToolContext): Promise<Shown> {
  switch (content.type) {
    case 'text':
      return content.text;
    case 'image':
    case 'audio':
      return showBytes(Buffer.from(content.data, 'base64'), content.type, images, context);
    case 'resource_link':
      return `[resource ${oneLine(content.uri)}${content.name === undefined ? '' : `: ${oneLine(content.name)}`}]`;
    case 'resource': {
      const { uri, text, blob } = content.resource;
      const head = `resource ${oneLine(uri)}`;
      if (text !== undefined) return `[${head}]\n${text}`;
      return showBytes(Buffer.from(blob ?? '', 'base64'), head, images, context);
    }
  }
}

/** An image that a provider takes; for all else what it is, and where it is kept. */
async function showBytes(bytes: Buffer, what: string, images: number, context: ToolContext): Promise<Shown> {
  const kind = binaryKind(bytes);
  const name = kind === null ? what : `${what}, ${kind.name}`;
  let problem = 'cannot be shown';
  if (kind?.image != null) {
    if (images < MAX_IMAGES) {
      const read = readImage(bytes, bytes.length, kind.image);
      if ('image' in read) return read.image;
      problem = read.problem;
    } else problem = `not shown: at most ${MAX_IMAGES} images of a result are`;
  }
  return `[${name}, ${bytes.length} bytes: ${problem}; kept as ${await context.keep(bytes)}]`;
}
