/** Text cut to a number of bytes of UTF-8, never inside a character. Pure; the cost does not grow with what is cut off. */

const isHigh = (unit: number) => unit >= 0xd800 && unit <= 0xdbff;
const isLow = (unit: number) => unit >= 0xdc00 && unit <= 0xdfff;

/** `at`, or one less where that is between the halves of a surrogate pair. */
export function wholeAt(text: string, at: number): number {
  return at > 0 && isHigh(text.charCodeAt(at - 1)) && isLow(text.charCodeAt(at)) ? at - 1 : at;
}

/** The largest end for which `text` from `start` has at most `maxBytes`. */
export function fitEnd(text: string, start: number, maxBytes: number): number {
  // No character is less than a byte.
  const most = wholeAt(text, Math.min(text.length, start + Math.max(0, maxBytes)));
  const bytes = Buffer.from(text.slice(start, most));
  if (bytes.length <= maxBytes) return most;
  let cut = maxBytes;
  while (cut > 0 && ((bytes[cut] ?? 0) & 0xc0) === 0x80) cut--;
  return wholeAt(text, start + bytes.toString('utf8', 0, cut).length);
}

/** Characters that stay before the place that a clipped line is shown for. */
const LEAD_CHARACTERS = 60;

/**
 * A line in at most `maxBytes` (at least 10): as it is, or the part of it around `at`, with `…` for what is left out.
 * `start` and `end` say where the line stands in `text`.
 */
export function clipLine(text: string, start: number, end: number, maxBytes: number, at = start): string {
  if (end - start <= maxBytes) {
    const line = text.slice(start, end);
    if (Buffer.byteLength(line) <= maxBytes) return line;
  }
  const from = wholeAt(text, Math.max(start, Math.min(at, end) - LEAD_CHARACTERS));
  const lead = from > start ? '…' : '';
  const to = Math.min(end, fitEnd(text, from, maxBytes - 2 * Buffer.byteLength('…')));
  return `${lead}${text.slice(from, to)}${to < end ? '…' : ''}`;
}

/** A text as one line of at most `maxBytes`, for titles and for repeating what was asked. */
export function oneLine(text: string, maxBytes: number): string {
  const line = text
    .slice(0, 2 * maxBytes)
    .replace(/\s+/gu, ' ')
    .trim();
  return clipLine(line, 0, line.length, maxBytes);
}

/** How many of something there are, in words: `1 match`, `2 matches`. */
export function count(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`;
}
