/** Applies the chunks of one file's update to its text. Pure; either every chunk has its one place, or nothing happens. */
import { atLines, explainMiss } from './explain.ts';
import { applyRuns, joinLines, type Run, splitLines } from './lines.ts';
import { ALL_PASSES, createMatcher, type Matcher, PASSES, type Pass } from './match.ts';
import type { Chunk } from './parse.ts';

/** `notes` say where a block was found only by a forgiving pass. Counts are of lines. */
export type Edited = { ok: true; text: string; added: number; removed: number; notes: string[] };
export type Refused = { ok: false; errors: string[] };

/** The lines that a chunk expects in the file. */
function oldLines(chunk: Chunk): string[] {
  return chunk.lines.filter((line) => line.kind !== 'add').map((line) => line.text);
}

/** The changes of a chunk whose old lines stand at `position`. */
function runsAt(chunk: Chunk, position: number): Run[] {
  const runs: { start: number; removes: number; adds: string[] }[] = [];
  let at = position;
  let open: (typeof runs)[number] | null = null;
  for (const { kind, text } of chunk.lines) {
    if (kind === 'context') {
      at++;
      open = null;
      continue;
    }
    if (open === null) {
      open = { start: at, removes: 0, adds: [] };
      runs.push(open);
    }
    if (kind === 'add') open.adds.push(text);
    else {
      open.removes++;
      at++;
    }
  }
  return runs;
}

/** The first line that a later chunk may begin at: adjacent chunks may share context, not changes. */
function cursorAfter(chunk: Chunk, position: number): number {
  const last = runsAt(chunk, position).at(-1);
  return last ? last.start + last.removes : position;
}

/** Where the chunk's `@@` lines stand: of each chain of them, the innermost. Null when one is missing. */
function headerPositions(matcher: Matcher, headers: readonly string[]): { positions: number[] } | { missing: string } {
  let positions: number[] | null = null;
  for (const header of headers) {
    const found = matcher.find([header])?.positions ?? [];
    const inner: number[] =
      positions === null ? found : positions.flatMap((outer) => found.find((at) => at > outer) ?? []);
    if (inner.length === 0) return { missing: header };
    positions = [...new Set(inner)];
  }
  return { positions: positions ?? [] };
}

/** The places where a chunk may go, ascending, given that it may not begin before `cursor`. */
type Targets = { positions: number[]; pass: Pass } | { error: string };

function findTargets(matcher: Matcher, chunk: Chunk, cursor: number): Targets {
  const block = oldLines(chunk);
  const headers = headerPositions(matcher, chunk.headers);
  if ('missing' in headers) {
    return { error: `the line '@@ ${headers.missing}' is not in the file. ${explainMiss(matcher, [headers.missing])}` };
  }
  const after = headers.positions.filter((at) => at >= cursor);
  // The same header twice: the second chunk lies under it too, behind the first.
  const regions = after.length > 0 ? after : headers.positions.slice(-1);
  if (block.length === 0) {
    const atEnd = chunk.endOfFile || regions.length === 0;
    const positions = atEnd ? [matcher.lines.length] : regions.map((at) => at + 1);
    return positions.every((at) => at >= cursor)
      ? { positions, pass: 0 }
      : { error: `its place, after line ${atLines(regions)}, lies before the end of the previous chunk.` };
  }
  for (const pass of ALL_PASSES) {
    const found = matcher.findByPass(block, pass).filter((at) => at >= cursor);
    const positions = chunk.endOfFile
      ? found.slice(-1)
      : chunk.headers.length === 0
        ? found
        : [...new Set(regions.flatMap((region) => found.find((at) => at >= region) ?? []))];
    if (positions.length > 0) return { positions, pass };
  }
  const elsewhere = matcher.find(block);
  if (elsewhere) {
    const before = elsewhere.positions.some((at) => at < cursor);
    const reason = before
      ? `that overlaps or comes before the previous chunk: put chunks in the file's order, and merge those that overlap`
      : `not after its '@@ ${chunk.headers.at(-1)}'`;
    return { error: `its lines stand at line ${atLines(elsewhere.positions)}, but ${reason}.` };
  }
  return { error: `its lines are not in the file. ${explainMiss(matcher, block)}` };
}

/**
 * Applies `chunks` to `text`. A chunk that stands in several places is taken only when the other chunks leave it one:
 * the first and the last way to place all chunks in order must be the same. Endings, a missing final newline, a byte
 * order mark and context lines keep their bytes.
 */
export function applyChunks(text: string, chunks: readonly Chunk[]): Edited | Refused {
  const { bom, lines } = splitLines(text);
  const matcher = createMatcher(lines.map((line) => line.text));
  const name = (index: number): string => `Chunk ${index + 1} (line ${chunks[index]?.line} of the patch)`;

  const placed: { chunk: Chunk; positions: number[]; first: number; pass: Pass }[] = [];
  let cursor = 0;
  for (const [index, chunk] of chunks.entries()) {
    const targets = findTargets(matcher, chunk, cursor);
    if ('error' in targets) return { ok: false, errors: [`${name(index)}: ${targets.error}`] };
    const first = targets.positions[0] ?? 0;
    placed.push({ chunk, ...targets, first });
    cursor = cursorAfter(chunk, first);
  }

  const errors: string[] = [];
  let ceiling = Number.POSITIVE_INFINITY;
  for (const [index, { chunk, positions, first }] of [...placed.entries()].reverse()) {
    const limit = ceiling;
    const last = positions.findLast((at) => cursorAfter(chunk, at) <= limit) ?? first;
    if (last !== first) {
      const choices = positions.filter((at) => at <= last);
      errors.unshift(
        `${name(index)}: its lines stand at lines ${atLines(choices)}: add lines around it, or '@@ ' and the line that it lies under.`,
      );
    }
    ceiling = last;
  }
  if (errors.length > 0) return { ok: false, errors };

  const runs = placed.flatMap(({ chunk, first }) => runsAt(chunk, first));
  const notes = placed.flatMap(({ chunk, first, pass }, index) =>
    pass < 2
      ? []
      : [`${name(index)} was found at lines ${first + 1}-${first + oldLines(chunk).length} with ${PASSES[pass]}.`],
  );
  return {
    ok: true,
    text: joinLines({ bom, lines: applyRuns(lines, runs) }),
    added: runs.reduce((sum, run) => sum + run.adds.length, 0),
    removed: runs.reduce((sum, run) => sum + run.removes, 0),
    notes,
  };
}
