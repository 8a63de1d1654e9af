/** Patterns of rules. Both matchers take time in proportion to pattern times text: a project's file may hold any pattern. */

/** Whether `pattern` is a list of pieces that fits all of `text`; a star stands for any number of items. */
function fits<P, T>(
  pattern: readonly P[],
  text: readonly T[],
  isStar: (piece: P) => boolean,
  same: (piece: P, item: T) => boolean,
): boolean {
  let p = 0;
  let t = 0;
  /** Where the last star stands, and how far the text was when it took nothing. */
  let star = -1;
  let from = 0;
  while (t < text.length) {
    const piece = pattern[p];
    const item = text[t];
    if (piece !== undefined && isStar(piece)) {
      star = p++;
      from = t;
    } else if (piece !== undefined && item !== undefined && same(piece, item)) {
      p++;
      t++;
    } else if (star !== -1) {
      p = star + 1;
      t = ++from;
    } else return false;
  }
  return pattern.slice(p).every(isStar);
}

/** Whether `*` (any characters, or none) and all else literally fits the whole text. */
export function fitsWord(pattern: string, text: string): boolean {
  return fits(
    [...pattern],
    [...text],
    (piece) => piece === '*',
    (piece, item) => piece === item,
  );
}

const segments = (path: string): string[] => path.split('/').filter((segment) => segment !== '');

/**
 * Whether an absolute path, or a folder above it, is what the pattern names. In the pattern `*` stands for any characters of
 * one name, `**` as a whole name for any number of folders; one that does not begin with `/` or `**` starts at `root`.
 */
export function fitsPath(pattern: string, path: string, root: string): boolean {
  const from = pattern.startsWith('/') || pattern.startsWith('**') ? '' : root;
  // The root is a name and no pattern: whatever is in it is itself.
  const wanted = [
    ...segments(from).map((name) => ({ name, literal: true })),
    ...segments(pattern).map((name) => ({ name, literal: false })),
  ];
  const names = segments(path);
  // Longer beginnings of the path are the folders that lie deeper.
  return names.some((_, index) =>
    fits(
      wanted,
      names.slice(0, index + 1),
      ({ name, literal }) => !literal && name === '**',
      ({ name, literal }, item) => (literal ? name === item : fitsWord(name, item)),
    ),
  );
}

/**
 * Whether the pattern is a path relative to the same folder as `path`: `*` stands for any characters of one name, `**` as a whole
 * name for any number of folders. Unlike in a rule, what lies in a folder that it names is not meant.
 */
export function fitsGlob(pattern: string, path: string): boolean {
  return fits(
    segments(pattern),
    segments(path),
    (name) => name === '**',
    (name, item) => fitsWord(name, item),
  );
}
