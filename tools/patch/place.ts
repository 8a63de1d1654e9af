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

/** For each item of `from` the first of `among` that is not below it; both ascend, and so does the result. */
function nextOf(from: readonly number[], among: readonly number[]): number[] {
  const result: number[] = [];
  let index = 0;
  for (const wanted of from) {
    while (index < among.length && (among[index] ?? 0) < wanted) index++;
    const found = among[index];
    if (found === undefined) break;
    if (found !== result.at(-1)) result.push(found);
  }
  return result;
}

const widthOf = (line: string): number => line.length - line.trimStart().length;

/** The end of what lies under the line at `header`: deeper lines, and those of its own depth that begin with a bracket. */
function scopeEnd(lines: readonly string[], header: number): number {
  const depth = widthOf(lines[header] ?? '');
  const isOutside = (line: string): boolean => {
    const width = widthOf(line);
    return width < line.length && (width < depth || (width === depth && !/[{}()[\]]/.test(line[width] ?? '')));
  };
  const end = lines.findIndex((line, at) => at > header && isOutside(line));
  return end === -1 ? lines.length : end;
}

/** The positions under each header; where none is, the first one behind it, or all (`all`). */
function underHeaders(
  lines: readonly string[],
  headers: readonly number[],
  found: readonly number[],
  all: boolean,
): number[] {
  const chosen = new Set<number>();
  for (const header of headers) {
    const end = scopeEnd(lines, header);
    const behind = found.slice(firstFrom(found, header));
    const inside = behind.slice(0, firstFrom(behind, end));
    for (const at of inside.length > 0 ? inside : all ? behind : behind.slice(0, 1)) chosen.add(at);
  }
  return [...chosen].sort((a, b) => a - b);
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
    const behind: number[] =
      positions === null
        ? found
        : nextOf(
            positions.map((at) => at + 1),
            found,
          );
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

  const allowed = (found: readonly number[], all: boolean): number[] => {
    const behind = found.slice(firstFrom(found, cursor));
    return chunk.headers.length === 0 ? behind : underHeaders(matcher.lines, regions, behind, all);
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
