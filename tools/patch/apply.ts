/** Applies the chunks of one file's update to its text. Pure; either every chunk has its one place, or nothing happens. */
import { atLines, clipped, howFound } from './explain.ts';
import { indentChange, pairsOf, reindent, UNCLEAR_INDENT } from './indent.ts';
import { applyRuns, joinLines, type Line, type Run, splitLines } from './lines.ts';
import { createMatcher } from './match.ts';
import type { Chunk } from './parse.ts';
import { findPlaces, oldLines, type Places } from './place.ts';

/** `notes` say where a block was found only by a forgiving pass, has a double, or is open at one end. Counts are of lines. */
export type Edited = { ok: true; text: string; added: number; removed: number; notes: string[] };
export type Refused = { ok: false; errors: string[] };

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

/** The chunk with its new lines indented as the file is around `position`; null where the file does not tell how. */
function indentedAt(lines: readonly string[], chunk: Chunk, position: number): Chunk | null {
  const change = indentChange(pairsOf(oldLines(chunk), lines.slice(position, position + chunk.lines.length)));
  const changed = chunk.lines.map((line) =>
    line.kind === 'add' ? { ...line, text: reindent(line.text, change) } : line,
  );
  const whole = changed.flatMap((line) => (line.text === null ? [] : [{ ...line, text: line.text }]));
  return whole.length === chunk.lines.length ? { ...chunk, lines: whole } : null;
}

/** `indented`: new lines were indented in another way than they were sent. */
type Placed = Places & { name: string; chunk: Chunk; first: number; indented: boolean };

/** A chunk fits in several places only if those around it leave it one: the last way to place all must be the first too. */
function ambiguities(placed: Placed[]): string[] {
  const errors: string[] = [];
  let ceiling = Number.POSITIVE_INFINITY;
  for (const place of placed.toReversed()) {
    const { chunk, positions, first } = place;
    const limit = ceiling - cursorAfter(chunk, 0);
    const fits = (at: number): boolean => at <= limit;
    const last = positions.findLast(fits) ?? first;
    place.alike = place.alike.filter(fits);
    if (last !== first) {
      const choices = atLines(positions.filter((at) => at <= last));
      errors.unshift(
        `${place.name}: its lines stand at lines ${choices}: add lines around it, or '@@ ' and the line that it lies under.`,
      );
    }
    ceiling = last;
  }
  return errors;
}

function howNotes({ name, chunk, first, pass, alike, indented }: Placed): string[] {
  const end = first + oldLines(chunk).length;
  const at = end - first > 1 ? `lines ${first + 1}-${end}` : `line ${first + 1}`;
  const how = howFound(pass, alike, indented);
  return how === '' ? [] : [`${name} was found at ${at}${how}.`];
}

/** Whether a chunk that has context begins with new lines before any: of one without context its removed lines tell. */
function isOpen(lines: Chunk['lines']): boolean {
  const edge = lines.slice(
    0,
    Math.max(
      0,
      lines.findIndex(({ kind }) => kind === 'context'),
    ),
  );
  return edge.some(({ kind }) => kind === 'add');
}

/**
 * What stands now beside new lines where the chunk has context on the other side of them only, and the file goes on. A line of context that the model
 * has lost there leaves a patch for another place, and nothing else tells. `at` is where the chunk's lines begin in `after`.
 */
function openEnds({ name, chunk }: Placed, at: number, after: readonly Line[]): string[] {
  // A header alone, or the end of the file, says where lines without others go.
  if (oldLines(chunk).length === 0) return [];
  const fresh = chunk.lines.filter(({ kind }) => kind !== 'remove').length;
  const beside = (index: number) => after[index]?.text;
  const [before, behind] = [beside(at - 1), beside(at + fresh)];
  const shown = (line: string) => `'${clipped(line.trim())}'`;
  const opens = isOpen(chunk.lines) && before !== undefined;
  const closes = isOpen(chunk.lines.toReversed()) && behind !== undefined;
  const places = [
    ...(opens ? [`no context before its new lines: they now follow ${shown(before)}`] : []),
    ...(closes ? [`no context after its new lines: ${shown(behind)} now follows`] : []),
  ];
  return places.length === 0 ? [] : [`${name} has ${places.join('; ')}.`];
}

/**
 * Applies `chunks` to `text`. A chunk that stands in several places is taken only when the other chunks leave it one.
 * Endings, a missing final newline, a byte order mark and context lines keep their bytes.
 */
export function applyChunks(text: string, chunks: readonly Chunk[]): Edited | Refused {
  const { bom, lines } = splitLines(text);
  const matcher = createMatcher(lines.map((line) => line.text));
  const errors: string[] = [];
  const placed: Placed[] = [];
  let cursor = 0;
  for (const [index, chunk] of chunks.entries()) {
    const name = `Chunk ${index + 1} (line ${chunk.line} of the patch)`;
    const places = findPlaces(matcher, chunk, cursor);
    if ('error' in places) {
      errors.push(`${name}: ${places.error}`);
      continue;
    }
    const first = places.positions[0] ?? 0;
    const inFile = places.pass < 2 ? chunk : indentedAt(matcher.lines, chunk, first);
    if (inFile === null) {
      errors.push(`${name}: its lines stand at line ${first + 1}, but ${UNCLEAR_INDENT}`);
      continue;
    }
    const indented = inFile.lines.some((line, at) => line.text !== chunk.lines[at]?.text);
    placed.push({ ...places, name, chunk: inFile, first, indented });
    cursor = cursorAfter(chunk, first);
  }
  // Where one has no place, those after it are not yet told what is before them.
  if (errors.length === 0) errors.push(...ambiguities(placed));
  if (errors.length > 0) return { ok: false, errors };

  const runs = placed.flatMap(({ chunk, first }) => runsAt(chunk, first));
  const after = applyRuns(lines, runs);
  const notes: string[] = [];
  let shift = 0;
  for (const place of placed) {
    notes.push(...howNotes(place), ...openEnds(place, place.first + shift, after));
    for (const { adds, removes } of runsAt(place.chunk, place.first)) shift += adds.length - removes;
  }
  return {
    ok: true,
    text: joinLines({ bom, lines: after }),
    added: runs.reduce((sum, run) => sum + run.adds.length, 0),
    removed: runs.reduce((sum, run) => sum + run.removes, 0),
    notes,
  };
}
