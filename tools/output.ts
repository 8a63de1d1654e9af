/** A command's output as the model sees it: cleaned and clipped, with the whole kept under a handle. */
import type { Output } from '../sandbox/index.ts';
import { cleanOutput } from './clean.ts';
import { clip } from './clip.ts';
import type { ToolContext } from './tool.ts';

/** About 3,000 tokens; errors and summaries stand at the end of an output, so the tail gets more. */
const HEAD_BYTES = 4 * 1024;
const TAIL_BYTES = 8 * 1024;

/** What commands keep of their output, in bytes; what is kept under a handle cannot be more. */
export const KEPT_OUTPUT_BYTES = 4 * 1024 * 1024;

/** `handle` is where the whole is kept when `text` is clipped. */
export type ShownOutput = { text: string; handle: string | null };

/** The bytes of an output, with a line that says how much the sandbox dropped in the middle. */
export function wholeOf({ head, tail, totalBytes }: Output): Buffer {
  const dropped = totalBytes - head.length - tail.length;
  return dropped === 0
    ? Buffer.concat([head, tail])
    : Buffer.concat([
        head,
        Buffer.from(
          `\n[${dropped} bytes dropped: ${KEPT_OUTPUT_BYTES / 1024 ** 2} MiB is what is kept of an output]\n`,
        ),
        tail,
      ]);
}

/** An output as plain text without secrets. It is yet to be cut: a cut may go through a secret. */
export function plainOutput(whole: Buffer, redact: (text: string) => string): string {
  return redact(cleanOutput(whole.toString('utf8')));
}

/** Cleans and clips `output`; a clipped one is kept, as far as the sandbox did, through `context.keep`. */
export async function showOutput(output: Output, context: ToolContext): Promise<ShownOutput> {
  const whole = wholeOf(output);
  const text = plainOutput(whole, context.redact);
  const clipped = clip(text, HEAD_BYTES, TAIL_BYTES);
  if (clipped === null) return { text, handle: null };
  const handle = await context.keep(whole);
  const { head, tail, omittedBytes, omittedLines } = clipped;
  const kept =
    output.totalBytes === output.head.length + output.tail.length
      ? `the whole output (${output.totalBytes} bytes) is kept`
      : `beginning and end of the output (${output.totalBytes} bytes in all) are kept`;
  const note = `[${omittedLines} lines, ${omittedBytes} bytes left out; ${kept} as ${handle}]`;
  return { text: `${head.replace(/\n$/, '')}\n${note}\n${tail}`, handle };
}
