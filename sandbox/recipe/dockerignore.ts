/** `.dockerignore`: which files of a build context stay out (https://docs.docker.com/build/concepts/context/). */

/** Tells for a path of the context whether it is ignored: the last pattern that matches it, or a parent, decides. */
export function parseDockerignore(text: string): (path: string) => boolean {
  const rules = text
    .replace(/^\xef\xbb\xbf/, '')
    .split(/\r?\n/)
    .filter((line) => !line.startsWith('#'))
    .map((line) => line.trim())
    .flatMap((line) => {
      const kept = line.startsWith('!');
      const segments = (kept ? line.slice(1) : line)
        .trim()
        .split('/')
        .filter((segment) => segment !== '' && segment !== '.');
      return segments.length === 0 ? [] : [{ kept, matches: toMatcher(segments) }];
    });
  return (path) => rules.findLast(({ matches }) => matches(path))?.kept === false;
}

/**
 * Matches segment by segment and never goes back within a path but for `**`, so that a hostile pattern costs no more
 * than its length times the path's.
 */
function toMatcher(pattern: readonly string[]): (path: string) => boolean {
  const tests = pattern.map((segment) => (segment === '**' ? null : segmentTest(segment)));
  return (path) => {
    // Positions in the pattern that what was read so far may have come to.
    let at = new Set([0]);
    const open = (positions: Set<number>) => {
      for (const position of positions) if (tests[position] === null) positions.add(position + 1);
      return positions;
    };
    at = open(at);
    for (const segment of path.split('/')) {
      const next = new Set<number>();
      for (const position of at) {
        const test = tests[position];
        if (test === null) next.add(position);
        else if (test?.(segment)) next.add(position + 1);
      }
      at = open(next);
      // A folder that matches takes all that is in it along.
      if (at.has(tests.length)) return true;
    }
    return false;
  };
}

/** One character of a pattern; null: `*`. */
type Token = ((character: string) => boolean) | null;

/** One segment with `*`, `?`, `[a-z]` and a backslash; by hand, since a hostile pattern can keep a regular expression busy. */
function segmentTest(segment: string): (text: string) => boolean {
  const tokens = tokensOf(segment);
  return (text) => {
    let token = 0;
    let star = -1;
    let retry = 0;
    for (let at = 0; at < text.length; ) {
      const test = tokens[token];
      if (test?.(text[at] ?? '')) {
        token += 1;
        at += 1;
      } else if (test === null) {
        star = token;
        token += 1;
        retry = at;
      } else if (star >= 0) {
        // The last star takes one character more; an earlier one need never be tried again.
        token = star + 1;
        retry += 1;
        at = retry;
      } else return false;
    }
    return tokens.slice(token).every((rest) => rest === null);
  };
}

function tokensOf(segment: string): Token[] {
  const tokens: Token[] = [];
  for (const [found, escaped, not, set] of segment.matchAll(/\\(.)|\[(\^?)((?:\\.|[^\]\\])+)\]|[\s\S]/g)) {
    if (found === '*') tokens.push(null);
    else if (found === '?') tokens.push(() => true);
    else if (set === undefined) tokens.push((character) => character === (escaped ?? found));
    else {
      const ranges = [...set.matchAll(/\\?([\s\S])(?:-\\?([\s\S]))?/g)].map(([, from = '', to = from]) => [from, to]);
      const inside = (character: string) => ranges.some(([from = '', to = '']) => from <= character && character <= to);
      tokens.push(not === '^' ? (character) => !inside(character) : inside);
    }
  }
  return tokens;
}
