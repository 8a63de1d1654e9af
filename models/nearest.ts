/** The name that somebody may have meant. */

/** Insertions, deletions and replacements of one character between two names. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** The one of `names` that is most like `word`, with how many characters differ; null: there are no names. */
export function nearest(word: string, names: readonly string[]): { name: string; distance: number } | null {
  const all = names.map((name) => ({ name, distance: editDistance(word, name) }));
  return all.reduce<(typeof all)[number] | null>(
    (best, next) => (best === null || next.distance < best.distance ? next : best),
    null,
  );
}

/** ` Did you mean NAME?`, or nothing where no name is near: half of the letters wrong is another word, not a slip. */
export function didYouMean(word: string, names: readonly string[]): string {
  const best = nearest(word, names);
  return best !== null && best.distance <= word.length / 2 ? ` Did you mean ${best.name}?` : '';
}

/**
 * The errors of a strict object's schema: an unknown key is named, with the one of `names` that may have been meant; for all else, and
 * where none is near, `rule` says what the object must be.
 */
export function knownKeys(names: readonly string[], rule: string) {
  const error = ({ code, keys = [] }: { code?: string; keys?: readonly string[] }): string => {
    const [key] = keys;
    if (code !== 'unrecognized_keys' || key === undefined) return rule;
    return `has no ${JSON.stringify(key)}.${didYouMean(key, names) || ` It ${rule}`}`;
  };
  return { error };
}
