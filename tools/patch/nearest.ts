/** Where a block that is not in the file nearly stands, to tell a model what to mend. Linear in the file. */
import { ALL_PASSES, type Matcher, normalise, type Pass } from './match.ts';

/** The region of the file that is most like the block: `equal` of its lines are equal by `pass`. `start` may be below 0. */
export type Nearest = { start: number; equal: number; pass: Pass };

/** So many pairs of equal lines are looked at, rare lines first: more say nothing new, and a file may repeat one line. */
const MAX_PAIRS = 100_000;
/** As much of a line, and as many of its words, are compared by words. */
const COMPARED_CHARACTERS = 2000;
const COMPARED_WORDS = 100;
/** Half of the words in common is little enough to find a renamed call and enough to leave strangers out. */
const MIN_SHARE = 0.5;

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const known = map.get(key);
  if (known) known.push(value);
  else map.set(key, [value]);
}

/** The start at which most of the block stands where it would have to: each equal line speaks by its length. */
function alignedStart(matcher: Matcher, block: readonly string[]): number | null {
  const { ids, idOf } = matcher.index(3);
  const offsets = new Map<number, number[]>();
  const weights = new Map<number, number>();
  block.forEach((line, offset) => {
    const key = normalise(line, 3);
    const id = idOf.get(key);
    if (key === '' || id === undefined) return;
    push(offsets, id, offset);
    weights.set(id, key.length);
  });
  if (offsets.size === 0) return null;
  const places = new Map<number, number[]>();
  ids.forEach((id, at) => {
    if (offsets.has(id)) push(places, id, at);
  });
  const pairsOf = (id: number): number => (offsets.get(id)?.length ?? 0) * (places.get(id)?.length ?? 0);
  const rareFirst = [...offsets.keys()].sort((a, b) => pairsOf(a) - pairsOf(b));

  const votes = new Map<number, number>();
  let best: number | null = null;
  let left = MAX_PAIRS;
  for (const id of rareFirst) {
    for (const offset of offsets.get(id) ?? []) {
      for (const at of places.get(id) ?? []) {
        if (left-- === 0) return best;
        const sum = (votes.get(at - offset) ?? 0) + (weights.get(id) ?? 0);
        votes.set(at - offset, sum);
        if (best === null || sum > (votes.get(best) ?? 0)) best = at - offset;
      }
    }
  }
  return best;
}

function wordsOf(line: string): Set<string> {
  return new Set((line.slice(0, COMPARED_CHARACTERS).match(/\w+/g) ?? []).slice(0, COMPARED_WORDS));
}

/** The start at which the block's longest line meets the line of the file that shares most words with it. */
function similarStart(matcher: Matcher, block: readonly string[]): number | null {
  const longest = block.reduce((a, b) => (b.trim().length > a.trim().length ? b : a), '');
  const wanted = wordsOf(longest);
  if (wanted.size === 0) return null;
  // A line that shares half of the words has one of any half and one more: most lines have none, which costs little to see.
  const needed = [...wanted].sort((a, b) => b.length - a.length).slice(0, Math.floor(wanted.size / 2) + 1);
  const hasOne = new RegExp(`\\b(?:${needed.join('|')})\\b`);
  let best: number | null = null;
  let bestShare = MIN_SHARE;
  matcher.lines.forEach((line, at) => {
    if (!hasOne.test(line.slice(0, COMPARED_CHARACTERS))) return;
    const have = wordsOf(line);
    const shared = [...wanted].filter((word) => have.has(word)).length;
    const share = shared / Math.max(wanted.size, have.size);
    if (share > bestShare || (share === bestShare && best === null)) {
      best = at;
      bestShare = share;
    }
  });
  return best === null ? null : best - block.indexOf(longest);
}

/** The region most like `block`; null when nothing in the file resembles it. */
export function findNearest(matcher: Matcher, block: readonly string[]): Nearest | null {
  const start = alignedStart(matcher, block) ?? similarStart(matcher, block);
  if (start === null) return null;
  const equalBy = (pass: Pass): number =>
    block.filter((line, offset) => {
      const there = matcher.lines[start + offset];
      return there !== undefined && normalise(there, pass) === normalise(line, pass);
    }).length;
  const equal = equalBy(3);
  return { start, equal, pass: ALL_PASSES.find((pass) => equalBy(pass) === equal) ?? 3 };
}
