/** Where a chunk of an update may go in its file. Pure; it gives all places, or says why there is none. */
import { atLines, clipped, explainMiss } from './explain.ts';
import { ALL_PASSES, type Matcher, type Pass } from './match.ts';
import type { Chunk } from './parse.ts';

/** Line indices at which the chunk's old lines stand, ascending, and at which something stands that looks the same. */
export type Places = { positions: number[]; pass: Pass; alike: number[] };

/** The lines that a chunk expects in the file. */
export function oldLines(chunk: Chunk): string[] {
  return chunk.lines.filter((line) => line.kind !== 'add').map((line) => line.text);
}

/** For each item of `from` the first of `among` that is above it; both ascend, and so does the result. */
function nextOf(from: readonly number[], among: readonly number[]): number[] {
  const result: number[] = [];
  let index = 0;
  let next = -1;
  for (const at of from) {
    if (at < next) continue;
    while (index < among.length && (among[index] ?? 0) <= at) index++;
    const found = among[index];
    if (found === undefined) break;
    next = found;
    result.push(found);
  }
  return result;
}

const widthOf = (line: string): number => line.length - line.trimStart().length;

/**
 * Where what lies under the line at each of `headers` ends: deeper lines, and those of its own depth that begin with a bracket. One pass for
 * all of them, since a file may have its header at every other line. Headers ascend; none is blank.
 */
function scopeEnds(lines: readonly string[], headers: readonly number[]): number[] {
  const ends = headers.map(() => lines.length);
  // Indices of headers whose end is not met yet. Each is at least as deep as those before it: one that is not has ended them.
  const open: { index: number; depth: number }[] = [];
  let next = 0;
  for (let at = headers[0] ?? lines.length; at < lines.length; at++) {
    if (open.length === 0) {
      // Nothing ends before the next of them begins.
      const begin = headers[next];
      if (begin === undefined) break;
      at = begin;
    }
    const line = lines[at] ?? '';
    const width = widthOf(line);
    // A blank line ends nothing.
    const deepest = width === line.length ? Infinity : /[{}()[\]]/.test(line[width] ?? '') ? width + 1 : width;
    for (let last = open.at(-1); last !== undefined && last.depth >= deepest; last = open.at(-1)) {
      ends[last.index] = at;
      open.pop();
    }
    if (headers[next] === at) open.push({ index: next++, depth: width });
  }
  return ends;
}

/** The found positions under each header, which ends where `ends` says; where none is, the first one behind it, or all (`all`). */
function underHeaders(
  headers: readonly number[],
  ends: readonly number[],
  found: readonly number[],
  all: boolean,
): number[] {
  const chosen: number[] = [];
  // Of each header it is a range of `found`, and none begins before the range of the header before: none is taken twice.
  let from = 0;
  let taken = 0;
  headers.forEach((header, index) => {
    while (from < found.length && (found[from] ?? 0) < header) from++;
    const inside = firstFrom(found, ends[index] ?? header);
    const to = Math.min(found.length, inside > from ? inside : all ? found.length : from + 1);
    for (taken = Math.max(from, taken); taken < to; taken++) chosen.push(found[taken] ?? 0);
  });
  return chosen;
}

/** The index of the first item that is not below `wanted`, of an ascending list. */
function firstFrom(sorted: readonly number[], wanted: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Where the chunk's `@@` lines stand: of each chain of them, the innermost. */
function headerPositions(matcher: Matcher, headers: readonly string[]): { positions: number[] } | { error: string } {
  let positions: number[] | null = null;
  for (const header of headers) {
    const found: number[] = matcher.find([header])?.positions ?? [];
    const behind: number[] = positions === null ? found : nextOf(positions, found);
    if (found.length === 0) {
      return { error: `the line '@@ ${clipped(header)}' is not in the file. ${explainMiss(matcher, [header])}` };
    }
    if (behind.length === 0) {
      return {
        error: `the line '@@ ${clipped(header)}' stands at line ${atLines(found)}, not under the '@@' before it.`,
      };
    }
    positions = behind;
  }
  return { positions: positions ?? [] };
}

/** Where `block` stands at the end of the file, by the first pass that finds it there. Blank lines may follow it. */
function placeAtEnd(matcher: Matcher, block: readonly string[]): Places | null {
  const { lines } = matcher;
  for (const pass of ALL_PASSES) {
    const last = matcher.findByPass(block, pass).at(-1);
    if (last === undefined) continue;
    if (lines.slice(last + block.length).every((line) => line.trim() === '')) {
      return { positions: [last], pass, alike: [] };
    }
  }
  return null;
}

/** The places where a chunk may go, given that it may not begin before `cursor`. */
export function findPlaces(matcher: Matcher, chunk: Chunk, cursor: number): Places | { error: string } {
  const block = oldLines(chunk);
  const headers = headerPositions(matcher, chunk.headers);
  if ('error' in headers) return headers;
  const after = headers.positions.filter((at) => at >= cursor);
  // The same header twice: the second chunk lies under it too, behind the first.
  const regions = after.length > 0 ? after : headers.positions.slice(-1);
  if (block.length === 0) {
    const atEnd = chunk.endOfFile || regions.length === 0;
    const positions = atEnd ? [matcher.lines.length] : regions.map((at) => at + 1);
    return positions.every((at) => at >= cursor)
      ? { positions, pass: 0, alike: [] }
      : { error: `its place, after line ${atLines(regions)}, lies before the end of the previous chunk.` };
  }
  const atEnd = chunk.endOfFile ? placeAtEnd(matcher, block) : null;
  if (atEnd?.positions.every((at) => at >= cursor)) return atEnd;

  const ends = scopeEnds(matcher.lines, regions);
  const allowed = (found: readonly number[], all: boolean): number[] => {
    const behind = found.slice(firstFrom(found, cursor));
    return chunk.headers.length === 0 ? behind : underHeaders(regions, ends, behind, all);
  };
  for (const pass of ALL_PASSES) {
    const all = matcher.findByPass(block, pass);
    const positions = allowed(all, false);
    if (positions.length > 0) {
      const taken = new Set(positions);
      return { positions, pass, alike: allowed(matcher.findByPass(block, 3), true).filter((at) => !taken.has(at)) };
    }
    // A block that stands before the cursor as it was sent does not mean one behind it that only resembles it.
    if (all.length > 0 && chunk.headers.length === 0) break;
  }
  const elsewhere = matcher.find(block);
  if (elsewhere === null) return { error: `its lines are not in the file. ${explainMiss(matcher, block)}` };
  const reason = elsewhere.positions.some((at) => at < cursor)
    ? `that overlaps or comes before the previous chunk: put chunks in the file's order, and merge those that overlap`
    : `not after its '@@ ${clipped(chunk.headers.at(-1) ?? '')}'`;
  return { error: `its lines stand at line ${atLines(elsewhere.positions)}, but ${reason}.` };
}
