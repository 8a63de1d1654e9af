/** Replaces strings in a text: the core of `edit`. Pure; either every edit has its place, or nothing happens. */
import type { Edited, Refused } from './apply.ts';
import { atLines, explainMiss, howFound } from './explain.ts';
import { indentChange, pairsOf, reindent, UNCLEAR_INDENT } from './indent.ts';
import { dominantEol, splitLines } from './lines.ts';
import { createMatcher, type Matcher, type Pass } from './match.ts';

/** `old` is found in the original text, whatever other edits do; once, unless `replace_all`. */
export type Edit = { old: string; new: string; replace_all?: boolean | undefined };

/** Offsets into the text with `\n` endings. `edit` is the edit's index. */
type Span = { start: number; end: number; text: string; edit: number };

/** The text with `\n` for every line ending, and the way back to the original offsets. */
type Folded = { text: string; starts: number[]; originals: number[]; matcher: Matcher };

const withLf = (text: string): string => text.replaceAll('\r\n', '\n');

function foldEndings(original: string): Folded {
  const { bom, lines } = splitLines(original);
  const starts: number[] = [];
  const originals: number[] = [];
  let start = 0;
  let from = bom ? 1 : 0;
  for (const line of lines) {
    starts.push(start);
    originals.push(from);
    start += line.text.length + (line.eol === '' ? 0 : 1);
    from += line.text.length + line.eol.length;
  }
  const text = lines.map((line) => line.text + (line.eol === '' ? '' : '\n')).join('');
  return { text, starts, originals, matcher: createMatcher(lines.map((line) => line.text)) };
}

/** Index of the line that holds `offset`. */
function lineAt(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** More places than this in one edit are the work of a program. */
const MAX_REPLACED = 100_000;
/** Of the places of an edit that may have one, more are not counted. */
const MAX_COUNTED = 1000;

/** Where `wanted` begins in `text`, each time at least `step` behind the one before; at most `max` and one more. */
function occurrences(text: string, wanted: string, step: number, max: number): number[] {
  const found: number[] = [];
  for (let at = text.indexOf(wanted); at !== -1 && found.length <= max; at = text.indexOf(wanted, at + step)) {
    found.push(at);
  }
  return found;
}

/** How many items `a` and `b` have in common at their start, and behind that at their end. */
function commonEnds(a: ArrayLike<string>, b: ArrayLike<string>): { head: number; tail: number } {
  const shorter = Math.min(a.length, b.length);
  let head = 0;
  while (head < shorter && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < shorter - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
  return { head, tail };
}

/**
 * A span for the whole lines from `line` on that stand for `old`; lines that `old` and `new` share stay the file's, the
 * others are indented as it is. Null where it does not tell how.
 */
function lineSpan(folded: Folded, line: number, old: string, fresh: string, edit: number): Span | null {
  const wholeLines = old.endsWith('\n');
  const bothEnd = wholeLines && fresh.endsWith('\n');
  const oldLines = (wholeLines ? old.slice(0, -1) : old).split('\n');
  const newLines = (bothEnd ? fresh.slice(0, -1) : fresh).split('\n');
  const last = line + oldLines.length - 1;
  const lastEnd = (folded.starts[last] ?? 0) + (folded.matcher.lines[last]?.length ?? 0);
  const end = wholeLines && !bothEnd ? (folded.starts[last + 1] ?? folded.text.length) : lastEnd;
  const { head, tail } = commonEnds(oldLines, newLines);
  const kept = folded.matcher.lines.slice(line, last + 1);
  const change = indentChange(pairsOf(oldLines, kept));
  // Lines that were sent alike and are not alike in the file tell nothing.
  const theirs = new Map<string, string | null>();
  for (const [at, each] of oldLines.entries()) {
    const there = kept[at] ?? null;
    theirs.set(each, theirs.has(each) && theirs.get(each) !== there ? null : there);
  }
  const middle = newLines.slice(head, newLines.length - tail);
  const changed = middle.map((each) => theirs.get(each) ?? reindent(each, change));
  if (changed.includes(null)) return null;
  const text = [...kept.slice(0, head), ...changed, ...kept.slice(kept.length - tail)].join('\n');
  return { start: folded.starts[line] ?? 0, end, text, edit };
}

type Found = { spans: Span[]; notes: string[] } | { error: string };

/** The positions that do not lie within `length` lines behind one before. */
function apart(positions: readonly number[], length: number): number[] {
  const result: number[] = [];
  for (const at of positions) if (at >= (result.at(-1) ?? Number.NEGATIVE_INFINITY) + length) result.push(at);
  return result;
}

function findSpans(folded: Folded, { old, new: fresh, replace_all: all }: Edit, edit: number): Found {
  const ambiguous = (lines: number[]): Found => ({
    error: `\`old\` occurs ${lines.length > MAX_COUNTED ? 'more than ' : ''}${Math.min(lines.length, MAX_COUNTED)} times, at lines ${atLines(lines)}: add lines around it, or set replace_all.`,
  });
  // Places that overlap are two places to choose from, but only one of them can be replaced.
  const exact = all
    ? occurrences(folded.text, old, old.length, MAX_REPLACED)
    : occurrences(folded.text, old, 1, MAX_COUNTED);
  if (exact.length > MAX_REPLACED) return { error: `\`old\` occurs more than ${MAX_REPLACED} times: use the shell.` };
  if (exact.length > 1 && !all) return ambiguous(exact.map((at) => lineAt(folded.starts, at)));
  const { matcher } = folded;
  const block = old.replace(/\n$/, '').split('\n');
  if (exact.length > 0) {
    const spans = exact.map((start) => ({ start, end: start + old.length, text: fresh, edit }));
    return { spans, notes: all ? [] : noteOf(matcher, block, 0, [lineAt(folded.starts, exact[0] ?? 0)]) };
  }
  // A block of blank lines would match anywhere once space is ignored.
  const match = block.some((line) => line.trim() !== '') ? matcher.find(block) : null;
  if (match === null) return { error: `\`old\` is not in the file. ${explainMiss(matcher, block)}` };
  const { pass, positions } = match;
  if (positions.length > 1 && !all) return ambiguous(positions);
  const spans = apart(positions, block.length).map((line) => lineSpan(folded, line, old, fresh, edit));
  const whole = spans.filter((span) => span !== null);
  if (whole.length < spans.length) {
    return { error: `\`old\` stands at line ${atLines(positions)}, but ${UNCLEAR_INDENT}` };
  }
  return { spans: whole, notes: noteOf(matcher, block, pass, positions) };
}

/** What the model has to know of the place of an edit: how it was found, and whether whole lines stand elsewhere too. */
function noteOf(matcher: Matcher, block: readonly string[], pass: Pass, positions: readonly number[]): string[] {
  const taken = new Set(positions);
  const same = matcher.findByPass(block, 3);
  const isWhole = same.some((at) => taken.has(at));
  const how = howFound(pass, isWhole ? same.filter((at) => !taken.has(at)) : [], false);
  return how === '' ? [] : [`\`old\` was found at line ${atLines(positions)}${how}.`];
}

/** Narrows a span to what really changes, so that the endings of unchanged lines keep their bytes. */
function narrowed(span: Span, text: string): Span {
  const { head, tail } = commonEnds(text.slice(span.start, span.end), span.text);
  return {
    ...span,
    start: span.start + head,
    end: span.end - tail,
    text: span.text.slice(head, span.text.length - tail),
  };
}

function overlapError(spans: readonly Span[], starts: readonly number[]): string | null {
  for (const [index, span] of spans.entries()) {
    const before = spans[index - 1];
    if (before && before.end > span.start) {
      const line = lineAt(starts, span.start) + 1;
      return `Edits ${before.edit + 1} and ${span.edit + 1} overlap at line ${line}: merge them into one.`;
    }
  }
  return null;
}

/** What is wrong with an edit whatever the file is. */
function problemOf({ old, new: fresh }: Edit): string | null {
  if (old === fresh) return '`old` and `new` are the same.';
  if (old === '') return '`old` is empty: use write_file for a new file.';
  // Half of a character would be replaced, and the other half could not be written.
  return old.isWellFormed() && fresh.isWellFormed() ? null : 'the edit holds half a character (a lone surrogate).';
}

/** Applies all `edits` to `original`. Line endings and a byte order mark outside the replaced strings are kept. */
export function applyEdits(original: string, edits: readonly Edit[]): Edited | Refused {
  const folded = foldEndings(original);
  const errors: string[] = [];
  const notes: string[] = [];
  const spans: Span[] = [];
  let added = 0;
  let removed = 0;
  for (const [index, raw] of edits.entries()) {
    const edit = { ...raw, old: withLf(raw.old), new: withLf(raw.new) };
    const name = edits.length > 1 ? `Edit ${index + 1}: ` : '';
    const error = problemOf(edit);
    const found = error === null ? findSpans(folded, edit, index) : { error };
    if ('error' in found) {
      errors.push(name + found.error);
      continue;
    }
    notes.push(...found.notes.map((note) => name + note));
    const [oldLines, newLines] = [edit.old.split('\n'), edit.new.split('\n')];
    const { head, tail } = commonEnds(oldLines, newLines);
    added += found.spans.length * (newLines.length - head - tail);
    removed += found.spans.length * (oldLines.length - head - tail);
    spans.push(...found.spans);
  }
  spans.sort((a, b) => a.start - b.start);
  const overlap = overlapError(spans, folded.starts);
  if (overlap !== null) errors.push(overlap);
  if (errors.length > 0) return { ok: false, errors };

  const { bom, lines } = splitLines(original);
  const usual = dominantEol(lines);
  const toOriginal = (offset: number): number => {
    const line = lineAt(folded.starts, offset);
    const column = offset - (folded.starts[line] ?? 0);
    const { text, eol } = lines[line] ?? { text: '', eol: '' };
    // Behind a line's last ending, where no further line begins.
    return (folded.originals[line] ?? (bom ? 1 : 0)) + (column > text.length ? text.length + eol.length : column);
  };
  let result = '';
  let next = 0;
  for (const span of spans.map((each) => narrowed(each, folded.text))) {
    const eol = lines[lineAt(folded.starts, span.start)]?.eol || usual;
    result += original.slice(next, toOriginal(span.start)) + span.text.replaceAll('\n', eol);
    next = toOriginal(span.end);
  }
  return { ok: true, text: result + original.slice(next), added, removed, notes };
}
