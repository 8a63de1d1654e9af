/**
 * `npm run bench:patch`: the matcher of `apply_patch` and `edit`. How fast it is for files of 1 KB to 10 MB, and what it
 * makes of patches that were mutated as models mutate them. The corpus is the source text that is at hand: this
 * repository's, and that of its dependencies. Everything is drawn with a fixed seed.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type DiffLine, oldLinesOf, patchText } from '../test/patch-text.ts';
import { applyChunks } from '../tools/patch/apply.ts';
import { parsePatch } from '../tools/patch/parse.ts';
import { applyEdits } from '../tools/patch/replace.ts';
import { machine, median, printTable } from './measure.ts';
import { below, type Case, changeOf, MUTATIONS, type Mutated } from './mutations.ts';

const root = join(import.meta.dirname, '..');
const FILES = 1000;
const CHANGES_PER_FILE = 3;
/** Shorter files have no context, longer ones are not what is edited by hand. */
const LINES = { min: 20, max: 4000 };

/** The lines of some of the source files at hand: those of the repository, then as many of the dependencies. */
function corpus(): string[][] {
  const find = ['-regex', '.*\\.\\(ts\\|js\\|md\\)', '-type', 'f', '-size', '-200k'];
  const own = execFileSync('git', ['ls-files', '*.ts', '*.md'], { cwd: root, encoding: 'utf8' }).trim().split('\n');
  const others = execFileSync('find', ['node_modules', ...find], { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 28 });
  const files: string[][] = [];
  const candidates = others.trim().split('\n').sort();
  const add = (path: string): void => {
    const text = readFileSync(join(root, path), 'utf8');
    const lines = text.split(/\r?\n/);
    const isSource =
      lines.length >= LINES.min && lines.length <= LINES.max && !lines.some((line) => line.length > 2000);
    if (isSource) files.push(lines.at(-1) === '' ? lines.slice(0, -1) : lines);
  };
  // This file has what is looked for below.
  for (const path of own) if (path !== 'bench/patch.ts') add(path);
  while (files.length < FILES && candidates.length > 0) {
    const [path] = candidates.splice(below(candidates.length), 1);
    if (path !== undefined && statSync(join(root, path)).size > 0) add(path);
  }
  return files;
}

/** What ought to come out: the file's own bytes but for the change, added lines as they were meant. */
function target({ before, hunk }: Case, adds: readonly string[]): string {
  const rest = [...adds];
  const fresh = hunk.lines.flatMap((line) =>
    line.kind === 'context' ? [line.text] : line.kind === 'add' ? [rest.shift() ?? ''] : [],
  );
  const old = oldLinesOf(hunk).length;
  return [...before.slice(0, hunk.at), ...fresh, ...before.slice(hunk.at + old)].map((line) => `${line}\n`).join('');
}

const addsOf = (lines: readonly DiffLine[]): string[] =>
  lines.filter(({ kind }) => kind === 'add').map(({ text }) => text);

type Verdict = 'right' | 'refused' | 'told' | 'wrong';

function verdict(text: string | null, notes: readonly string[], wanted: readonly string[]): Verdict {
  if (text === null) return 'refused';
  if (wanted.includes(text)) return 'right';
  return notes.some((note) => /looks the same|has no context/.test(note)) ? 'told' : 'wrong';
}

function asPatch(one: Case, mutated: Mutated, wanted: readonly string[]): Verdict {
  const header = mutated.header === undefined ? '' : ` ${mutated.header}`;
  const parsed = parsePatch(patchText('f', [{ at: 0, lines: mutated.lines }], () => header));
  const [change] = parsed.ok ? parsed.changes : [];
  if (change?.kind !== 'update') return 'refused';
  const result = applyChunks(one.before.map((line) => `${line}\n`).join(''), change.chunks);
  return result.ok ? verdict(result.text, result.notes, wanted) : 'refused';
}

function asEdit(one: Case, { lines }: Mutated, wanted: readonly string[]): Verdict {
  const textOf = (kind: DiffLine['kind']) =>
    lines
      .filter((line) => line.kind !== kind)
      .map(({ text }) => `${text}\n`)
      .join('');
  const result = applyEdits(one.before.map((line) => `${line}\n`).join(''), [
    { old: textOf('add'), new: textOf('remove') },
  ]);
  return result.ok ? verdict(result.text, result.notes, wanted) : 'refused';
}

/** `edit` has nothing that stands behind `@@`. */
const isForPatch = (name: string): boolean => /header|@@/.test(name);

function accuracy(files: readonly string[][]): void {
  const cases = files.flatMap((before) =>
    Array.from({ length: CHANGES_PER_FILE }, () => changeOf(before)).filter((one) => one !== null),
  );
  const rows: string[][] = [];
  for (const { name, mutate } of MUTATIONS) {
    const counts = {
      patch: { right: 0, refused: 0, told: 0, wrong: 0 },
      edit: { right: 0, refused: 0, told: 0, wrong: 0 },
    };
    let total = 0;
    for (const one of cases) {
      const mutated = mutate(one);
      const isSame = mutated?.header === undefined && JSON.stringify(mutated?.lines) === JSON.stringify(one.hunk.lines);
      if (mutated === null || (isSame && name !== 'none') || !mutated.lines.some(({ kind }) => kind !== 'context'))
        continue;
      // Added lines may stand as they were meant or, where the mutation was in them too, as they were sent.
      const asMeant = addsOf(one.hunk.lines);
      const asSent = /trailing|Unicode/.test(name) ? addsOf(mutated.lines) : asMeant;
      const wanted = [target(one, asMeant), target(one, asSent)];
      total++;
      counts.patch[asPatch(one, mutated, wanted)]++;
      if (!isForPatch(name)) counts.edit[asEdit(one, mutated, wanted)]++;
    }
    const cells = ({ right, refused, told, wrong }: (typeof counts)['patch']) =>
      [right, refused, told, wrong].map(String);
    const edits = isForPatch(name) ? ['-', '-', '-', '-'] : cells(counts.edit);
    rows.push([name, String(total), ...cells(counts.patch), ...edits]);
  }
  const verdicts = (tool: string) => ['right', 'refused', 'elsewhere, told', 'wrong'].map((word) => `${tool}: ${word}`);
  console.log(`\nAccuracy, on ${cases.length} changes of ${files.length} files:\n`);
  printTable(['mutation', 'patches', ...verdicts('patch'), ...verdicts('edit')], rows);
}

/** A file of about `bytes`, of real lines. */
function fileOf(files: readonly string[][], bytes: number): string[] {
  const lines: string[] = [];
  for (let size = 0, at = 0; size < bytes; at++) {
    for (const line of files[at % files.length] ?? []) {
      if (size >= bytes) break;
      lines.push(line);
      size += line.length + 1;
    }
  }
  return lines;
}

function timed(run: () => unknown, bytes: number): string {
  const times: number[] = [];
  for (let left = bytes > 5e6 ? 5 : bytes > 5e5 ? 15 : 200; left > 0; left--) {
    const start = performance.now();
    run();
    times.push(performance.now() - start);
  }
  const ms = median(times);
  return `${ms < 10 ? ms.toFixed(2) : ms.toFixed(0)} ms`;
}

function throughput(files: readonly string[][]): void {
  const rows: string[][] = [];
  for (const [name, bytes] of [
    ['1 KB', 1e3],
    ['100 KB', 1e5],
    ['1 MB', 1e6],
    ['10 MB', 1e7],
  ] as const) {
    const lines = fileOf(files, bytes);
    const at = Math.floor(lines.length / 2);
    const marked = [...lines.slice(0, at), '\tconst “needle” = 1;', '\treturn “needle”;', ...lines.slice(at)];
    const text = marked.map((line) => `${line}\n`).join('');
    const chunk = (removed: string, context: string) => [
      {
        headers: [],
        lines: [
          { kind: 'remove' as const, text: removed },
          { kind: 'context' as const, text: context },
          { kind: 'add' as const, text: 'x' },
        ],
        endOfFile: false,
        line: 1,
      },
    ];
    const expectOk = (ok: boolean, result: { ok: boolean }): void => {
      if (result.ok !== ok) throw new Error(`a patch was ${ok ? 'refused' : 'applied'}`);
    };
    const repeated = 'x\n'.repeat(bytes / 2);
    const runs: (() => void)[] = [
      () => expectOk(true, applyChunks(text, chunk('\tconst “needle” = 1;', '\treturn “needle”;'))),
      () => expectOk(true, applyChunks(text, chunk('const "needle" = 1;', 'return "needle";'))),
      () => expectOk(false, applyChunks(text, chunk('\tconst “needle” = 2;', '\treturn “needle”;'))),
      () => expectOk(false, applyChunks(text, chunk('\tconst “needle” = other(17);', '\treturn;;'))),
      () => expectOk(true, applyEdits(text, [{ old: 'const “needle” = 1', new: 'const y = 1' }])),
      () => expectOk(false, applyEdits(text, [{ old: 'const “needle” = other(17)', new: 'y' }])),
      () =>
        expectOk(
          false,
          applyChunks(repeated, [
            {
              headers: [],
              endOfFile: false,
              line: 1,
              lines: [
                ...Array.from({ length: 1000 }, () => ({ kind: 'context' as const, text: 'x' })),
                { kind: 'remove', text: 'y' },
              ],
            },
          ]),
        ),
    ];
    rows.push([name, String(marked.length), ...runs.map((run) => timed(run, bytes))]);
  }
  console.log('\nTime of one patch or edit of one place, without reading and writing the file:\n');
  printTable(
    [
      'file',
      'lines',
      'patch, exact',
      'worst pass',
      'miss, near',
      'miss, only alike',
      'edit, exact',
      'edit, miss',
      'one line everywhere, miss',
    ],
    rows,
  );
}

console.log(machine());
const files = corpus();
throughput(files);
accuracy(files);
