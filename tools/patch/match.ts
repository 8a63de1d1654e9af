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

/** The region of the file that is most like the block: `equal` of its lines are equal by `pass`. */
export type Nearest = { start: number; end: number; equal: number; pass: Pass };

function fold(line: string): string {
  return line
    .replace(/[\u2010-\u2015\u2212]/g, '-')
    .replace(/[\u2018-\u201B\u2032]/g, "'")
    .replace(/[\u201C-\u201F\u2033]/g, '"')
    .replace(/[\u00A0\u2002-\u200A\u202F\u205F\u3000]/g, ' ')
    .trim();
}

const NORMALISE: readonly ((line: string) => string)[] = [(l) => l, (l) => l.trimEnd(), (l) => l.trim(), fold];

/** A line as `pass` compares it. */
export function normalise(line: string, pass: Pass): string {
  return NORMALISE[pass]?.(line) ?? line;
}

export type Matcher = {
  readonly lines: readonly string[];
  /** Every position of `block` by one pass. An empty block has none. */
  findByPass(block: readonly string[], pass: Pass): number[];
  /** The first pass that finds `block` anywhere, with all its positions; null when none does. */
  find(block: readonly string[]): Match | null;
  /** The region most like `block`; null when nothing in the file resembles it. */
  nearest(block: readonly string[]): Nearest | null;
};

/** A matcher over the lines of one file (without their endings). */
export function createMatcher(lines: readonly string[]): Matcher {
  const cache = new Map<Pass, string[]>();
  const normalised = (pass: Pass): string[] => {
    const known = cache.get(pass) ?? lines.map((line) => normalise(line, pass));
    cache.set(pass, known);
    return known;
  };

  function findByPass(block: readonly string[], pass: Pass): number[] {
    const hay = normalised(pass);
    const needle = block.map((line) => normalise(line, pass));
    const positions: number[] = [];
    if (needle.length === 0) return positions;
    for (let at = 0; at + needle.length <= hay.length; at++) {
      if (needle.every((line, offset) => hay[at + offset] === line)) positions.push(at);
    }
    return positions;
  }

  /** The start at which most lines of the block stand where they would have to. */
  function alignedStart(block: readonly string[]): number | null {
    const offsets = new Map<string, number[]>();
    block.forEach((line, offset) => {
      const key = normalise(line, 3);
      if (key !== '') offsets.set(key, [...(offsets.get(key) ?? []), offset]);
    });
    const votes = new Map<number, number>();
    let best: number | null = null;
    normalised(3).forEach((line, index) => {
      for (const offset of offsets.get(line) ?? []) {
        const start = index - offset;
        votes.set(start, (votes.get(start) ?? 0) + 1);
        if (best === null || (votes.get(start) ?? 0) > (votes.get(best) ?? 0)) best = start;
      }
    });
    return best;
  }

  /** The start at which the block's longest line meets the line of the file that shares most words with it. */
  function similarStart(block: readonly string[]): number | null {
    const words = (line: string) => new Set(line.match(/\w+/g) ?? []);
    const longest = block.reduce((a, b) => (b.trim().length > a.trim().length ? b : a), '');
    const wanted = words(longest);
    let best: number | null = null;
    // Half of the words in common is little enough to find a renamed call and enough to leave strangers out.
    let bestShare = 0.5;
    lines.forEach((line, index) => {
      const have = words(line);
      const shared = [...wanted].filter((word) => have.has(word)).length;
      const share = shared / Math.max(1, wanted.size, have.size);
      if (share > bestShare || (share === bestShare && best === null)) {
        best = index;
        bestShare = share;
      }
    });
    return best === null ? null : best - block.indexOf(longest);
  }

  function nearest(block: readonly string[]): Nearest | null {
    const found = alignedStart(block) ?? similarStart(block);
    if (found === null) return null;
    const equalBy = (pass: Pass): number =>
      block.filter((line, offset) => normalised(pass)[found + offset] === normalise(line, pass)).length;
    const equal = equalBy(3);
    const pass = ALL_PASSES.find((candidate) => equalBy(candidate) === equal) ?? 3;
    return { start: Math.max(0, found), end: Math.min(lines.length, found + block.length), equal, pass };
  }

  return {
    lines,
    findByPass,
    find(block) {
      for (const pass of ALL_PASSES) {
        const positions = findByPass(block, pass);
        if (positions.length > 0) return { pass, positions };
      }
      return null;
    },
    nearest,
  };
}
