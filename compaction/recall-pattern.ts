/** The part of `recall` that looks for a regular expression. */
import { clipLine, count, oneLine } from './fit.ts';
import { NOTE_BYTES, type RecallAnswer, type RecallEntry, type RecallOptions, refusal } from './recall-types.ts';

const MAX_PATTERN_CHARACTERS = 1000;
/** So many matches are shown at once: about 1,500 tokens of usual lines. */
const MAX_SHOWN = 20;
const TITLE_BYTES = 120;
const LINE_BYTES = 300;
const AROUND_BYTES = 120;

/** What fits in one entry: positions in its text, in ascending order. */
type Found = { entry: RecallEntry; places: readonly number[] };

/**
 * Lines on which a pattern fits, oldest entry first: what is newest is still in the model's view, and pages stay as they
 * are while the session grows.
 */
export async function recallByPattern(
  entries: readonly RecallEntry[],
  pattern: string,
  offset: number,
  { maxBytes, findPlaces, unsearched = 0 }: RecallOptions,
): Promise<RecallAnswer> {
  const flags = hasUpperCase(pattern) ? 'gmu' : 'gimu';
  const problem = problemOf(pattern, flags);
  if (problem !== null) return refusal('invalid_pattern', `The pattern ${problem}`);
  // The empty text is asked about with the others, since that can take for ever too.
  const places = await findPlaces(pattern, flags, ['', ...entries.map(({ text }) => text)]);
  if (places === null) {
    const text =
      'The pattern took too long. Make it simpler (no repetition inside a repetition, as in (a+)+), or search by words.';
    return refusal('too_slow', text);
  }
  if (places[0]?.length !== 0) {
    return refusal('invalid_pattern', 'The pattern fits where there is nothing, and so on every line. Ask for more.');
  }
  const found = withoutCopies(entries.map((entry, index) => ({ entry, places: places[index + 1] ?? [] })));
  const matches = found.reduce((sum, each) => sum + each.places.length, 0);
  const left = unsearched === 0 ? '' : `; ${count(unsearched, 'older output', 'older outputs')} not searched`;
  if (matches === 0) {
    const text = `No line of ${count(entries.length, 'item', 'items')} matches ${oneLine(pattern, 200)}${left}. Try a shorter pattern, or words.`;
    return { text, isError: false, details: { matches: 0, items: 0, shown: 0 } };
  }
  const total = `${count(matches, 'match', 'matches')} in ${count(found.length, 'item', 'items')}`;
  if (offset >= matches) {
    return refusal('bad_offset', `There are ${total}: offset ${offset} is behind the last.`);
  }
  const { text, shown } = render(found, offset, maxBytes - NOTE_BYTES);
  const end = offset + shown;
  const more = end < matches ? `; go on with offset ${end}` : '';
  const note = `[${total}, oldest first; shown ${offset + 1}–${end}${more}${left}]`;
  return { text: `${text}\n${note}`, isError: false, details: { matches, items: found.length, offset, shown } };
}

/** Whether upper and lower case are told apart: where the pattern itself, and not only its escapes and names, has upper. */
function hasUpperCase(pattern: string): boolean {
  const literal = pattern.replace(/\\(?:[pP]\{[^}]*\}|k<[^>]*>|[ux][0-9a-fA-F{}]*|[\s\S])|\(\?<\w+>/gu, '');
  return /\p{Lu}/u.test(literal);
}

function problemOf(pattern: string, flags: string): string | null {
  if (pattern.length > MAX_PATTERN_CHARACTERS) return `is longer than ${MAX_PATTERN_CHARACTERS} characters.`;
  try {
    new RegExp(pattern, flags);
    return null;
  } catch (error) {
    const reason = error instanceof Error ? error.message.split(': ').at(-1) : String(error);
    return `is no JavaScript regular expression (flags mu): ${reason}.`;
  }
}

/** Leaves out lines of clipped results that their wholes have too, and entries in which nothing is left. */
function withoutCopies(found: readonly Found[]): Found[] {
  const texts = new Map(found.map(({ entry }) => [entry.handle, entry.text]));
  const left: Found[] = [];
  for (const { entry, places } of found) {
    if (places.length === 0) continue;
    const whole = entry.whole === undefined ? undefined : texts.get(entry.whole);
    const lines = new Set(whole?.split('\n'));
    const own = places.filter((at) => lines.size === 0 || !lines.has(entry.text.slice(...boundsAt(entry.text, at))));
    if (own.length > 0) left.push({ entry, places: own });
  }
  return left;
}

/** The line of a text in which a position is. A line break is part of the line that it ends. */
function boundsAt(text: string, at: number): [start: number, end: number] {
  const end = text.indexOf('\n', at);
  return [at === 0 ? 0 : text.lastIndexOf('\n', at - 1) + 1, end === -1 ? text.length : end];
}

/** A page of matches in at most `maxBytes`, at least one of them. */
function render(found: readonly Found[], offset: number, maxBytes: number): { text: string; shown: number } {
  const blocks: string[] = [];
  let passed = 0;
  let bytes = 0;
  let shown = 0;
  for (const { entry, places } of found) {
    const skipped = Math.max(0, offset - passed);
    passed += places.length;
    if (skipped >= places.length) continue;
    const title = `${entry.handle} · ${oneLine(entry.title, TITLE_BYTES)}`;
    bytes += Buffer.byteLength(title) + 1;
    const rows: Match[] = [];
    let line = 1;
    let counted = 0;
    for (const at of places.slice(skipped, skipped + MAX_SHOWN - shown)) {
      const [start, end] = boundsAt(entry.text, at);
      line += lineBreaks(entry.text, counted, start);
      counted = start;
      const match = matchAt(entry.text, at, start, end, line);
      bytes += match.bytes;
      if (bytes > maxBytes && shown > 0) break;
      rows.push(match);
      shown++;
    }
    if (rows.length > 0) blocks.push([title, ...rowsOf(rows)].join('\n'));
    if (bytes > maxBytes || shown === MAX_SHOWN) break;
  }
  return { text: blocks.join('\n'), shown };
}

function lineBreaks(text: string, from: number, to: number): number {
  let breaks = 0;
  for (let at = text.indexOf('\n', from); at !== -1 && at < to; at = text.indexOf('\n', at + 1)) breaks++;
  return breaks;
}

/** A line to be shown with those around it. `bytes`: no more than it takes, with line breaks and a mark for a gap. */
type Match = { line: number; text: string; before: string | null; after: string | null; bytes: number };

function matchAt(text: string, at: number, start: number, end: number, line: number): Match {
  const clean = (row: string) => row.replace(/\r$/, '');
  const shown = clean(clipLine(text, start, end, LINE_BYTES, at));
  // Where a long line is shown in part the position in the text says how to read on.
  const isWhole = shown === clean(text.slice(start, end));
  const match = `${line}: ${shown}${isWhole ? '' : ` [character ${at}]`}`;
  const before =
    start === 0 ? null : `${line - 1}- ${clean(clipLine(text, ...boundsAt(text, start - 1), AROUND_BYTES))}`;
  const after =
    end + 1 >= text.length ? null : `${line + 1}- ${clean(clipLine(text, ...boundsAt(text, end + 1), AROUND_BYTES))}`;
  const rows = [match, before ?? '', after ?? '', '--'];
  return { line, text: match, before, after, bytes: rows.reduce((sum, row) => sum + Buffer.byteLength(row) + 1, 0) };
}

/** Matches of one entry with the line before and behind each, no line twice. */
function rowsOf(matches: readonly Match[]): string[] {
  const rows: string[] = [];
  let last = 0;
  matches.forEach(({ line, text, before, after }, index) => {
    if (before !== null && last < line - 1) {
      if (rows.length > 0 && last < line - 2) rows.push('--');
      rows.push(before);
    }
    rows.push(text);
    const next = matches[index + 1]?.line ?? Number.POSITIVE_INFINITY;
    last = line;
    if (after !== null && next > line + 1) {
      rows.push(after);
      last = line + 1;
    }
  });
  return rows;
}
