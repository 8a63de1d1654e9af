/** What a server in the sandbox writes: its messages, a line each, and in between what it said on stderr. */

/** Around what came on stderr. No message holds it: JSON has it as an escape only. */
export const MARK = '\x1e';

export type Lines = {
  /** Takes the next bytes, which may be overwritten afterwards. False: a line is longer than the limit. */
  push(data: Buffer): boolean;
};

/** Cuts a stream into lines of at most `maxBytes`, and calls `onWords` with what stands between two marks. */
export function createLines(maxBytes: number, onLine: (line: string) => void, onWords: (words: string) => void): Lines {
  let pieces: Buffer[] = [];
  let bytes = 0;
  let inWords = false;
  const mark = MARK.charCodeAt(0);
  const take = (): string => {
    const text = Buffer.concat(pieces).toString('utf8');
    pieces = [];
    bytes = 0;
    return text;
  };
  return {
    push(data) {
      let at = 0;
      let nextMark = data.indexOf(mark);
      while (at < data.length) {
        if (nextMark >= 0 && nextMark < at) nextMark = data.indexOf(mark, at);
        const nextLine = inWords ? -1 : data.indexOf(10, at);
        const isMark = nextMark >= 0 && (nextLine < 0 || nextMark < nextLine);
        const found = isMark ? nextMark : nextLine;
        const end = found < 0 ? data.length : found;
        bytes += end - at;
        if (bytes > maxBytes) return false;
        pieces.push(Buffer.from(data.subarray(at, end)));
        at = end + 1;
        if (found < 0) break;
        const text = take();
        if (inWords) onWords(text);
        else if (text.trim() !== '') onLine(text);
        if (isMark) inWords = !inWords;
      }
      return true;
    },
  };
}
