/**
 * Finds a block of lines in a file, in four passes that forgive more and more of how it is written. Shared by
 * `apply_patch` and `edit`. It never guesses: it gives every position at which the block stands, and the caller decides.
 */

/** How a pass compares two lines, in the order in which the passes are tried. */
export const PASSES = [
  'exact',
  'trailing space ignored',
  'leading and trailing space ignored',
  'space ignored and Unicode dashes, quotes and spaces folded',
] as const;

/** An index into `PASSES`. */
export type Pass = 0 | 1 | 2 | 3;
export const ALL_PASSES: readonly Pass[] = [0, 1, 2, 3];

/** Line indices (from 0) at which the block starts, ascending, and the pass that found them. */
export type Match = { pass: Pass; positions: number[] };

/** Most lines of source have nothing to fold. */
const BEYOND_ASCII = /[\u0080-\uFFFF]/;

function fold(line: string): string {
  const trimmed = line.trim();
  if (!BEYOND_ASCII.test(trimmed)) return trimmed;
  return trimmed
    .replace(/[\u2010-\u2015\u2212]/g, '-')
    .replace(/[\u2018-\u201B\u2032]/g, "'")
    .replace(/[\u201C-\u201F\u2033]/g, '"')
    .replace(/[\u00A0\u2000-\u200A\u202F\u205F\u3000]/g, ' ');
}

const NORMALISE: readonly ((line: string) => string)[] = [(l) => l, (l) => l.trimEnd(), (l) => l.trim(), fold];

/** A line as `pass` compares it. */
export function normalise(line: string, pass: Pass): string {
  return NORMALISE[pass]?.(line) ?? line;
}

/** The lines of a file as numbers: equal by the pass, equal number. */
export type Index = { ids: Int32Array; idOf: ReadonlyMap<string, number> };

function createIndex(lines: readonly string[], pass: Pass): Index {
  const idOf = new Map<string, number>();
  const ids = new Int32Array(lines.length);
  lines.forEach((line, at) => {
    const key = normalise(line, pass);
    const known = idOf.get(key);
    ids[at] = known ?? idOf.size;
    if (known === undefined) idOf.set(key, idOf.size);
  });
  return { ids, idOf };
}

/** Where `needle` begins in `hay`, overlapping places too (Knuth, Morris and Pratt: linear, whatever repeats). */
function occurrences(hay: Int32Array, needle: Int32Array): number[] {
  const found: number[] = [];
  if (needle.length === 0) return found;
  // For each length of the needle's start, how much of it is matched still when the next item differs.
  const fallback = new Int32Array(needle.length + 1);
  let matched = 0;
  for (let at = 1; at < needle.length; at++) {
    while (matched > 0 && needle[at] !== needle[matched]) matched = fallback[matched] ?? 0;
    if (needle[at] === needle[matched]) matched++;
    fallback[at + 1] = matched;
  }
  matched = 0;
  for (let at = 0; at < hay.length; at++) {
    while (matched > 0 && hay[at] !== needle[matched]) matched = fallback[matched] ?? 0;
    if (hay[at] === needle[matched]) matched++;
    if (matched === needle.length) {
      found.push(at + 1 - matched);
      matched = fallback[matched] ?? 0;
    }
  }
  return found;
}

export type Matcher = {
  readonly lines: readonly string[];
  /** The file's lines as `pass` tells them apart. */
  index(pass: Pass): Index;
  /** Every position of `block` by one pass. An empty block has none. */
  findByPass(block: readonly string[], pass: Pass): number[];
  /** The first pass that finds `block` anywhere, with all its positions; null when none does. */
  find(block: readonly string[]): Match | null;
};

/** A matcher over the lines of one file (without their endings). Every search is linear in the file. */
export function createMatcher(lines: readonly string[]): Matcher {
  const indices = new Map<Pass, Index>();
  function index(pass: Pass): Index {
    const known = indices.get(pass) ?? createIndex(lines, pass);
    indices.set(pass, known);
    return known;
  }

  function findByPass(block: readonly string[], pass: Pass): number[] {
    const { ids, idOf } = index(pass);
    const needle = Int32Array.from(block, (line) => idOf.get(normalise(line, pass)) ?? -1);
    return needle.includes(-1) ? [] : occurrences(ids, needle);
  }

  function find(block: readonly string[]): Match | null {
    for (const pass of ALL_PASSES) {
      const positions = findByPass(block, pass);
      if (positions.length > 0) return { pass, positions };
    }
    return null;
  }

  return { lines, index, findByPass, find };
}
