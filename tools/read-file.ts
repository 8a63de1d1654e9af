/** `read_file`: a part of a text file, an image, or what a binary file is. */
import { z } from 'zod';
import { readImage } from './image.ts';
import { absolutePath, digestOf, errorResult, textResult, withFileErrors } from './result.ts';
import { argument } from './schema.ts';
import { binaryKind } from './text-file.ts';
import type { Tool, ToolContext, ToolResult } from './tool.ts';

const MAX_LINES = 2000;
const MAX_SHOWN_BYTES = 64 * 1024;
/** As far as a file is read, in bytes; who needs more of it has `shell`. */
const MAX_READ_BYTES = 16 * 1024 * 1024;

const input = z.strictObject({
  path: argument.min(1),
  offset: z.int().min(1).optional().describe('first line, from 1'),
  limit: z.int().min(1).optional().describe('number of lines'),
});
type Input = z.output<typeof input>;

/** Lines `[first, end)` (from 0) that fit the limits; `cutBytes`: how much of a single overlong line is shown. */
type Window = { first: number; end: number; cutBytes: number | null };

/** Which lines are shown of `lines` for a request, within the limits of lines and bytes. */
export function windowOf(lines: readonly string[], offset: number, limit: number): Window {
  const first = Math.min(offset - 1, lines.length);
  const last = Math.min(lines.length, first + Math.min(limit, MAX_LINES));
  let bytes = 0;
  let end = first;
  for (; end < last; end++) {
    bytes += Buffer.byteLength(lines[end] ?? '') + 1;
    if (bytes > MAX_SHOWN_BYTES + 1) break;
  }
  return end === first && first < last
    ? { first, end: first + 1, cutBytes: MAX_SHOWN_BYTES }
    : { first, end, cutBytes: null };
}

/** The text for the model: lines without numbers (they can be copied into an edit), then notes in brackets. */
function render(
  bytes: Buffer,
  size: number,
  { offset = 1, limit = MAX_LINES }: Input,
  redact: (text: string) => string,
): ToolResult {
  const isWhole = bytes.length === size;
  if (size === 0) return textResult('[empty file]', { lines: 0, bytes: 0 });
  // As a whole: a window may begin amid a secret of several lines.
  const text = redact(bytes.toString('utf8').replace(/^\uFEFF/, ''));
  const lines = text.split('\n');
  const endsOpen = lines.at(-1) !== '';
  if (!endsOpen) lines.pop();
  const total = isWhole ? `${lines.length}` : `at least ${lines.length}`;
  if (offset > lines.length) {
    return errorResult(`offset ${offset} is behind the end: the file has ${total} lines.`, { lines: lines.length });
  }
  const crlf = lines.filter((line) => line.endsWith('\r')).length;
  const shownLines = lines.map((line) => line.replace(/\r$/, ''));
  const { first, end, cutBytes } = windowOf(shownLines, offset, limit);
  const shown = shownLines.slice(first, end).join('\n');
  const notes: string[] = [];
  if (cutBytes !== null) {
    const long = Buffer.byteLength(shown);
    notes.push(`line ${first + 1} has ${long} bytes, its first ${cutBytes} are shown; cut the rest out with shell`);
  }
  if (first > 0 || end < lines.length || !isWhole) {
    const next = end < lines.length ? `; go on with offset ${end + 1}` : '';
    notes.push(`lines ${first + 1}-${end} of ${total}${next}`);
  }
  if (!isWhole && end === lines.length)
    notes.push(`the file has ${size} bytes: read behind the first ${bytes.length} with shell`);
  if (crlf > 0) notes.push(crlf === lines.length ? 'line endings: CRLF' : `line endings: mixed, ${crlf} CRLF`);
  if (isWhole && endsOpen && end === lines.length) notes.push('no newline at the end of the file');
  if (text.includes('\uFFFD')) notes.push('some bytes are not UTF-8; edits keep them');
  const body =
    cutBytes === null
      ? shown
      : Buffer.from(shown)
          .subarray(0, cutBytes)
          .toString('utf8')
          .replace(/\uFFFD+$/, '');
  const text2 = notes.length > 0 ? `${body}\n[${notes.join('; ')}]` : body;
  return textResult(text2, { first: first + 1, last: end, lines: lines.length, bytes: size });
}

function renderBinary(bytes: Buffer, size: number, kind: { name: string; image: string | null }): ToolResult {
  const details = { bytes: size, type: kind.name };
  if (kind.image === null)
    return textResult(`[binary file: ${kind.name}, ${size} bytes; inspect it with shell]`, details);
  const read = readImage(bytes, size, kind.image);
  if ('problem' in read) {
    return textResult(`[${kind.name}, ${size} bytes: ${read.problem}; inspect it with shell]`, details);
  }
  return {
    content: [{ type: 'text', text: `[${kind.name}, ${size} bytes]` }, read.image],
    isError: false,
    details,
  };
}

async function run(request: Input, context: ToolContext): Promise<ToolResult> {
  const path = absolutePath(context, request.path);
  return withFileErrors(async () => {
    const { bytes, size } = await context.sandbox.readFile(path, { maxBytes: MAX_READ_BYTES });
    if (bytes.length === size) context.state.seen.set(path, digestOf(bytes));
    const kind = binaryKind(bytes);
    return kind === null ? render(bytes, size, request, context.redact) : renderBinary(bytes, size, kind);
  });
}

export const readFile: Tool<Input> = {
  name: 'read_file',
  description: `Read a text file (at most ${MAX_LINES} lines or 64 KB at a time) or an image.`,
  input,
  touches: 'nothing',
  reaches: ({ path }) => [{ kind: 'read', path }],
  run,
};
