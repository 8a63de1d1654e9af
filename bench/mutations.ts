/** For the benchmark of patches: small changes of a file, and what models make of them when they copy its lines. */
import { type DiffLine, diffLines, type Hunk, oldLinesOf, toHunks } from '../test/patch-text.ts';

/** Numbers from 0 to 1, the same in every run (mulberry32). */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const random = createRandom(20_261_124);
/** A whole number from 0 on. */
export const below = (end: number): number => Math.floor(random() * end);
/** One of the items; none of none. */
export const pick = <T>(items: readonly T[]): T | undefined => items[below(items.length)];

/** A file and a change of one place of it. */
export type Case = { before: string[]; hunk: Hunk };

/** A small change of one place, as an agent makes it: lines replaced, added or removed. With three lines of context. */
export function changeOf(before: string[]): Case | null {
  const at = below(before.length);
  const removes = pick([0, 1, 1, 2, 4]) ?? 0;
  const old = before.slice(at, at + removes);
  const fresh = old.map((line) => line.replace(/\w+/, (word) => `${word}New`));
  const indent = /^\s*/.exec(before[at] ?? '')?.[0] ?? '';
  if (removes === 0 || random() < 0.3) fresh.push(`${indent}added(${below(1000)});`);
  if (random() < 0.15) fresh.length = 0;
  const after = [...before.slice(0, at), ...fresh, ...before.slice(at + removes)];
  const from = Math.max(0, at - 10);
  const diff = diffLines(before.slice(from, at + removes + 10), after.slice(from, at + fresh.length + 10));
  const changed = diff.filter(({ kind }) => kind !== 'context');
  if (changed.length === 0) return null;
  const [hunk, ...more] = toHunks(diff, 3);
  return hunk && more.length === 0 ? { before, hunk: { ...hunk, at: from + hunk.at } } : null;
}

/** A mutated hunk; null where the mutation would change nothing. `header` stands behind `@@`. */
export type Mutated = { lines: DiffLine[]; header?: string };
export type Mutation = { name: string; mutate: (one: Case) => Mutated | null };

const everyLine =
  (change: (text: string) => string) =>
  ({ hunk }: Case): Mutated => ({
    lines: hunk.lines.map((line) => ({ ...line, text: change(line.text) })),
  });

/** Changes some lines of context only. */
function oneContext({ hunk }: Case, change: (line: DiffLine, index: number) => DiffLine[]): Mutated | null {
  const chosen = pick(
    [...hunk.lines.keys()].filter((at) => hunk.lines[at]?.kind === 'context' && hunk.lines[at]?.text),
  );
  if (chosen === undefined) return null;
  return { lines: hunk.lines.flatMap((line, at) => (at === chosen ? change(line, at) : [line])) };
}

/** One level, where every line has one. */
function lessIndented(one: Case): Mutated | null {
  const level = /^(\t| {2})/;
  const hasLevel = one.hunk.lines.every(({ text }) => text.trim() === '' || level.test(text));
  return hasLevel ? everyLine((text) => text.replace(level, ''))(one) : null;
}

/** Only added lines: without lines around them they have no place, but for the end of the file. */
const isInsertion = ({ hunk }: Case): boolean => hunk.lines.every(({ kind }) => kind !== 'remove');

const foldUnicode = (text: string): string =>
  text.replaceAll(/[“”]/g, '"').replaceAll(/[‘’]/g, "'").replaceAll(/[–—−]/g, '-').replaceAll('\u00A0', ' ');

/** The nearest line above that is less indented than the change: what a model names behind `@@`. */
function headerOf({ before, hunk }: Case): string | null {
  const width = (line: string): number => line.length - line.trimStart().length;
  const inner = Math.min(
    ...oldLinesOf(hunk)
      .filter((line) => line.trim() !== '')
      .map(width),
  );
  const found = before.slice(0, hunk.at).findLast((line) => line.trim() !== '' && width(line) < inner);
  return found ?? null;
}

const withoutContext = ({ hunk }: Case): DiffLine[] => {
  const changed = hunk.lines.flatMap(({ kind }, at) => (kind === 'context' ? [] : [at]));
  return hunk.lines.slice(changed[0], (changed.at(-1) ?? 0) + 1);
};

/** In the order of the table. */
export const MUTATIONS: Mutation[] = [
  { name: 'none', mutate: everyLine((text) => text) },
  { name: 'line numbers behind @@, shifted', mutate: ({ hunk }) => ({ lines: hunk.lines, header: '-9,9 +11,8 @@' }) },
  { name: 'trailing space lost', mutate: everyLine((text) => text.trimEnd()) },
  { name: 'trailing space added', mutate: everyLine((text) => (text === '' ? text : `${text} `)) },
  { name: 'tabs to 4 spaces', mutate: everyLine((text) => text.replaceAll('\t', '    ')) },
  { name: '4 spaces to tabs', mutate: everyLine((text) => text.replaceAll('    ', '\t')) },
  { name: 'Unicode folded', mutate: everyLine(foldUnicode) },
  { name: 'one level less indented', mutate: lessIndented },
  { name: 'one level more indented', mutate: everyLine((text) => (text === '' ? text : `  ${text}`)) },
  {
    name: 'only the context less indented',
    mutate: ({ hunk }) => ({
      lines: hunk.lines.map((line) => (line.kind === 'context' ? { ...line, text: line.text.trimStart() } : line)),
    }),
  },
  { name: 'a context line dropped', mutate: (one) => oneContext(one, () => []) },
  { name: 'a context line twice', mutate: (one) => oneContext(one, (line) => [line, line]) },
  {
    name: 'a stale context line',
    mutate: (one) => oneContext(one, (line) => [{ ...line, text: line.text.replace(/\w/, '$&x') }]),
  },
  {
    name: 'a context line of elsewhere',
    mutate: (one) => oneContext(one, (line) => [{ ...line, text: pick(one.before) ?? '' }]),
  },
  { name: 'no context', mutate: (one) => (isInsertion(one) ? null : { lines: withoutContext(one) }) },
  {
    name: 'no context, a header',
    mutate: (one) => {
      const header = headerOf(one);
      return header === null || isInsertion(one) ? null : { lines: withoutContext(one), header };
    },
  },
  {
    name: 'a header, a context line dropped',
    mutate: (one) => {
      const header = headerOf(one);
      const dropped = oneContext(one, () => []);
      return header === null || dropped === null ? null : { ...dropped, header };
    },
  },
];
