/** Replaces strings in a text: the core of `edit`. Pure; either every edit has its place, or nothing happens. */
import type { Edited, Refused } from './apply.ts';
import { atLines, explainMiss } from './explain.ts';
import { dominantEol, splitLines } from './lines.ts';
import { createMatcher, type Matcher, PASSES, type Pass } from './match.ts';

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

/** Where `wanted` begins in `text`, each time at least `step` behind the one before. */
function occurrences(text: string, wanted: string, step: number): number[] {
  const found: number[] = [];
  for (let at = text.indexOf(wanted); at !== -1; at = text.indexOf(wanted, at + step)) found.push(at);
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

/** A span for the whole lines from `line` on that stand for `old`; lines that `old` and `new` share stay the file's. */
function lineSpan(folded: Folded, line: number, old: string, fresh: string, edit: number): Span {
  const wholeLines = old.endsWith('\n');
  const bothEnd = wholeLines && fresh.endsWith('\n');
  const oldLines = (wholeLines ? old.slice(0, -1) : old).split('\n');
  const newLines = (bothEnd ? fresh.slice(0, -1) : fresh).split('\n');
  const last = line + oldLines.length - 1;
  const lastEnd = (folded.starts[last] ?? 0) + (folded.matcher.lines[last]?.length ?? 0);
  const end = wholeLines && !bothEnd ? (folded.starts[last + 1] ?? folded.text.length) : lastEnd;
  const { head, tail } = commonEnds(oldLines, newLines);
  const kept = folded.matcher.lines.slice(line, last + 1);
  const text = [
    ...kept.slice(0, head),
    ...newLines.slice(head, newLines.length - tail),
    ...kept.slice(kept.length - tail),
  ].join('\n');
  return { start: folded.starts[line] ?? 0, end, text, edit };
}

type Found = { spans: Span[]; pass: Pass } | { error: string };

function findSpans(folded: Folded, { old, new: fresh, replace_all: all }: Edit, edit: number): Found {
  const ambiguous = (lines: number[]): Found => ({
    error: `\`old\` occurs ${lines.length} times, at lines ${atLines(lines)}: add lines around it, or set replace_all.`,
  });
  // Places that overlap are two places to choose from, but only one of them can be replaced.
  const exact = occurrences(folded.text, old, all ? old.length : 1);
  if (exact.length > 1 && !all) return ambiguous(exact.map((at) => lineAt(folded.starts, at)));
  if (exact.length > 0) {
    return { spans: exact.map((start) => ({ start, end: start + old.length, text: fresh, edit })), pass: 0 };
  }
  const block = old.replace(/\n$/, '').split('\n');
  // A block of blank lines would match anywhere once space is ignored.
  const match = block.some((line) => line.trim() !== '') ? folded.matcher.find(block) : null;
  if (match === null) return { error: `\`old\` is not in the file. ${explainMiss(folded.matcher, block)}` };
  if (match.positions.length > 1 && !all) return ambiguous(match.positions);
  return { spans: match.positions.map((line) => lineSpan(folded, line, old, fresh, edit)), pass: match.pass };
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
    if (edit.old === edit.new) {
      errors.push(`${name}\`old\` and \`new\` are the same.`);
      continue;
    }
    const found =
      edit.old === '' ? { error: '`old` is empty: use write_file for a new file.' } : findSpans(folded, edit, index);
    if ('error' in found) {
      errors.push(name + found.error);
      continue;
    }
    if (found.pass > 1) notes.push(`${name}\`old\` was found with ${PASSES[found.pass]}.`);
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
