/** What to tell a model whose block of lines was not found, or was found too often. Short, whatever the file. */
import { type Matcher, normalise, PASSES, type Pass } from './match.ts';
import { findNearest } from './nearest.ts';

/** More of a file than this helps nobody to mend a patch, and costs tokens. */
const SHOWN_LINES = 12;
/** So many of them stand before the first difference. */
const LINES_BEFORE = 5;
const SHOWN_COLUMNS = 160;
/** So much of a long line is shown before the column where it differs. */
const COLUMNS_BEFORE = 60;
const SHOWN_POSITIONS = 10;
const SHOWN_DIFFERENCES = 3;

/** A line, or the part of a long one that holds `column`. */
export function clipped(line: string, column = 0): string {
  if (line.length <= SHOWN_COLUMNS) return line;
  const start = column < SHOWN_COLUMNS ? 0 : column - COLUMNS_BEFORE;
  const end = start + SHOWN_COLUMNS;
  return `${start > 0 ? '…' : ''}${line.slice(start, end)}${end < line.length ? '…' : ''}`;
}

/** Line numbers for indices: "3, 17 and 40". */
export function atLines(positions: readonly number[]): string {
  const shown = positions.slice(0, SHOWN_POSITIONS).map((position) => String(position + 1));
  const rest = positions.length - shown.length;
  if (rest > 0) return `${shown.join(', ')} and ${rest} more`;
  return shown.length > 1 ? `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}` : shown.join('');
}

/** What the model has to know of a place that is not the one and only: empty where it is. */
export function howFound(pass: Pass, alike: readonly number[], indented: boolean): string {
  const how = pass < 2 ? '' : ` with ${PASSES[pass]}${indented ? '; new lines were indented as the file is' : ''}`;
  return alike.length === 0 ? how : `${how}, not at line ${atLines(alike)}, which looks the same`;
}

function firstDifference(a: string, b: string): number {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at++;
  return at;
}

function codePoint(text: string, at: number): string {
  const code = text.codePointAt(at);
  return code === undefined ? 'the end' : `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
}

/** A line as it looks: without accents that are characters of their own, and what has no width. */
const looks = (line: string): string => normalise(line.normalize('NFKC').replace(/\p{Cf}/gu, ''), 3);

/** How what was sent differs from the file's line, where the eye does not see it; else what was sent. */
function difference(there: string, sent: string): string {
  const column = firstDifference(there, sent);
  if (looks(there) !== looks(sent)) return `you sent: ${clipped(sent, column)}`;
  return `at column ${column + 1} the file has ${codePoint(there, column)}, you sent ${codePoint(sent, column)}`;
}

/** Says where `block` nearly stands: the region with line numbers, how much of it is equal by which pass, what differs. */
export function explainMiss(matcher: Matcher, block: readonly string[]): string {
  const { lines } = matcher;
  if (lines.length === 0) return 'The file is empty.';
  const nearest = findNearest(matcher, block);
  if (nearest === null) return 'Nothing in the file resembles it.';
  const { start, equal, pass } = nearest;
  const first = Math.max(0, start);
  const end = Math.min(lines.length, start + block.length);
  const differing: number[] = [];
  for (let at = first; at < end && differing.length < SHOWN_DIFFERENCES; at++) {
    if (normalise(lines[at] ?? '', pass) !== normalise(block[at - start] ?? '', pass)) differing.push(at);
  }
  const shownFrom = Math.max(first, (differing[0] ?? first) - LINES_BEFORE);
  const shownTo = Math.min(end, shownFrom + SHOWN_LINES);
  const columnOf = (at: number): number =>
    differing.includes(at) ? firstDifference(lines[at] ?? '', block[at - start] ?? '') : 0;
  const region = end - first > 1 ? `lines ${first + 1}-${end}` : `line ${first + 1}`;
  const how = equal > 0 ? `, where ${equal} of ${block.length} lines are equal (${PASSES[pass]})` : '';
  return [
    `Closest: ${region}${how}. The file has there:`,
    ...(shownFrom > first ? ['…'] : []),
    ...lines.slice(shownFrom, shownTo).map((line, index) => {
      const at = shownFrom + index;
      return `${at + 1}: ${clipped(line, columnOf(at))}`;
    }),
    ...(shownTo < end ? ['…'] : []),
    ...differing.map((at) => `Line ${at + 1} differs: ${difference(lines[at] ?? '', block[at - start] ?? '')}`),
    ...(end < start + block.length ? [`The file ends at line ${lines.length}, the block goes on.`] : []),
  ].join('\n');
}
