/** Long text for the model: its head and its tail, cut between lines where there are any. */

/** `text` is what is left; `omittedLines` counts line breaks in what was cut. */
export type Clipped = { head: string; tail: string; omittedBytes: number; omittedLines: number };

/** A cut goes to a line's end when that costs at most this many bytes. */
const LINE_SLACK_BYTES = 512;

const isContinuation = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) === 0x80;

/** The largest cut at or below `at` that splits no character, and no line where one ends near. */
function headCut(bytes: Buffer, at: number): number {
  let cut = at;
  while (cut > 0 && isContinuation(bytes[cut])) cut--;
  if (cut === 0) return 0;
  const newline = bytes.lastIndexOf(10, cut - 1);
  return newline >= cut - LINE_SLACK_BYTES && newline !== -1 ? newline + 1 : cut;
}

/** The smallest cut at or above `at` that splits no character, and no line where one begins near. */
function tailCut(bytes: Buffer, at: number): number {
  let cut = at;
  while (cut < bytes.length && isContinuation(bytes[cut])) cut++;
  if (cut === 0 || cut === bytes.length) return cut;
  const newline = bytes.indexOf(10, cut - 1);
  return newline !== -1 && newline < cut + LINE_SLACK_BYTES ? newline + 1 : cut;
}

/** Clips `text` to about `headBytes` + `tailBytes`, never more; null when it fits. */
export function clip(text: string, headBytes: number, tailBytes: number): Clipped | null {
  const bytes = Buffer.from(text);
  if (bytes.length <= headBytes + tailBytes) return null;
  const headEnd = headCut(bytes, headBytes);
  const tailStart = tailCut(bytes, bytes.length - tailBytes);
  const omitted = bytes.subarray(headEnd, tailStart);
  let omittedLines = 0;
  for (let at = omitted.indexOf(10); at !== -1; at = omitted.indexOf(10, at + 1)) omittedLines++;
  return {
    head: bytes.toString('utf8', 0, headEnd),
    tail: bytes.toString('utf8', tailStart),
    omittedBytes: omitted.length,
    omittedLines,
  };
}
