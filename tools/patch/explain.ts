/** What to tell a model whose block of lines was not found, or was found too often. */
import { type Matcher, normalise, PASSES } from './match.ts';

/** More of a file than this helps nobody to mend a patch, and costs tokens. */
const SHOWN_LINES = 12;
const SHOWN_COLUMNS = 160;
const SHOWN_POSITIONS = 10;

function clipped(line: string): string {
  return line.length > SHOWN_COLUMNS ? `${line.slice(0, SHOWN_COLUMNS)}…` : line;
}

/** Line numbers for indices: "3, 17 and 40". */
export function atLines(positions: readonly number[]): string {
  const shown = positions.slice(0, SHOWN_POSITIONS).map((position) => String(position + 1));
  const rest = positions.length - shown.length;
  if (rest > 0) return `${shown.join(', ')} and ${rest} more`;
  return shown.length > 1 ? `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}` : shown.join('');
}

/** Says where `block` nearly stands: the region with line numbers, how much of it is equal, the first difference. */
export function explainMiss(matcher: Matcher, block: readonly string[]): string {
  const { lines } = matcher;
  if (lines.length === 0) return 'The file is empty.';
  const nearest = matcher.nearest(block);
  if (nearest === null) return 'Nothing in the file resembles it.';
  const { start, end, equal, pass } = nearest;
  const region = end - start > 1 ? `lines ${start + 1}-${end}` : `line ${start + 1}`;
  const how = equal > 0 ? `, where ${equal} of ${block.length} lines are equal (${PASSES[pass]})` : '';
  const shown = lines.slice(start, Math.min(end, start + SHOWN_LINES));
  const more = end - start > SHOWN_LINES ? [`… (to line ${end})`] : [];
  // A region that would begin before the file's first line is compared from there.
  const skipped = start === 0 ? block.length - (end - start) : 0;
  const isDifferent = (line: string, at: number): boolean =>
    normalise(line, pass) !== normalise(block[at + skipped] ?? '', pass);
  const differs = lines.slice(start, end).findIndex(isDifferent);
  const wanted = block[differs + skipped];
  return [
    `Closest: ${region}${how}. The file has there:`,
    ...shown.map((line, index) => `${start + index + 1}: ${clipped(line)}`),
    ...more,
    ...(differs === -1 || wanted === undefined
      ? []
      : [`where line ${start + differs + 1} was expected to be: ${clipped(wanted)}`]),
  ].join('\n');
}
