/** A patch in a page, coloured line by line. Pure. */
import { visible } from '../visible.ts';
import { type Html, html, raw, sizeOf } from './markup.ts';

const HEADER = /^(index |--- |\+\+\+ |new file|deleted file|rename |similarity |copy |old mode|new mode|Binary files )/;

/**
 * The lines of a unified diff, in at most `max` bytes; `left` lines were left out at the end. What a line is, is told by the sign
 * at its beginning too.
 */
export function diffLines(patch: string, max: number): { lines: Html; left: number } {
  const lines = patch.replace(/\n$/, '').split('\n');
  // Inside a hunk `--- x` is a removed line `-- x`, not a header.
  let inHunk = false;
  let size = 0;
  const shown: Html[] = [];
  for (const line of lines) {
    if (line.startsWith('diff --git ')) inHunk = false;
    else if (line.startsWith('@@')) inHunk = true;
    // A line that is longer than all of the room is not worth escaping.
    if (size + line.length > max) break;
    const text = visible(line);
    const kind = kindOf(line, inHunk);
    const piece = kind === null ? html`${text}\n` : html`<span class="${kind}">${text}</span>\n`;
    size += sizeOf(piece);
    if (size > max) break;
    shown.push(piece);
  }
  return { lines: raw(shown.map(({ markup }) => markup).join('')), left: lines.length - shown.length };
}

function kindOf(line: string, inHunk: boolean): string | null {
  if (line.startsWith('diff --git ') || (!inHunk && HEADER.test(line))) return 'file';
  if (line.startsWith('@@')) return 'hunk';
  if (line.startsWith('+')) return 'added';
  return line.startsWith('-') ? 'removed' : null;
}
