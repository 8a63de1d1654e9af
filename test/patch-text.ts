/** Patches made from two lists of lines, for tests and the benchmark: what a model writes that makes no mistake. */

export type DiffLine = { kind: 'context' | 'remove' | 'add'; text: string };

/** `at` is the index of its first old line in the file. */
export type Hunk = { at: number; lines: DiffLine[] };

const SIGNS = { context: ' ', remove: '-', add: '+' };

/** A line-by-line diff by the longest common subsequence; for short lists. */
export function diffLines(before: readonly string[], after: readonly string[]): DiffLine[] {
  const table = Array.from({ length: before.length + 1 }, () => new Array<number>(after.length + 1).fill(0));
  const at = (i: number, j: number): number => table[i]?.[j] ?? 0;
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      const row = table[i];
      if (row) row[j] = before[i] === after[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const result: DiffLine[] = [];
  let i = 0;
  let j = 0;
  while (i < before.length || j < after.length) {
    if (i < before.length && j < after.length && before[i] === after[j]) {
      result.push({ kind: 'context', text: before[i++] ?? '' });
      j++;
    } else if (i < before.length && (j === after.length || at(i + 1, j) >= at(i, j + 1))) {
      result.push({ kind: 'remove', text: before[i++] ?? '' });
    } else result.push({ kind: 'add', text: after[j++] ?? '' });
  }
  return result;
}

/** The diff's changes with `context` lines around each; what then touches is one. */
export function toHunks(all: readonly DiffLine[], context: number): Hunk[] {
  const near = all.map((_, index) =>
    all.slice(Math.max(0, index - context), index + context + 1).some((line) => line.kind !== 'context'),
  );
  const hunks: Hunk[] = [];
  let at = 0;
  all.forEach((line, index) => {
    if (near[index]) {
      if (!near[index - 1]) hunks.push({ at, lines: [] });
      hunks.at(-1)?.lines.push(line);
    }
    if (line.kind !== 'add') at++;
  });
  return hunks;
}

export const oldLinesOf = (hunk: Hunk): string[] =>
  hunk.lines.filter((line) => line.kind !== 'add').map((line) => line.text);

/** The patch text for one file. `header` gives what stands behind a hunk's `@@`. */
export function patchText(path: string, hunks: readonly Hunk[], header: (hunk: Hunk) => string = () => ''): string {
  const chunks = hunks.map((hunk) =>
    [`@@${header(hunk)}`, ...hunk.lines.map(({ kind, text }) => SIGNS[kind] + text)].join('\n'),
  );
  return ['*** Begin Patch', `*** Update File: ${path}`, ...chunks, '*** End Patch', ''].join('\n');
}
