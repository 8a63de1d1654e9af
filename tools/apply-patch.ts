/** `apply_patch`: several files at once. Everything is read and verified before anything is written. */
import { z } from 'zod';
import { type FileErrorKind, SandboxFileError } from '../sandbox/index.ts';
import { inspectPaths, type PathFacts, performOperations } from './file-changes.ts';
import { type FileChange, parsePatch } from './patch/parse.ts';
import { type FileProblem, type FileSummary, type Operation, planPatch } from './patch/plan.ts';
import { readIfThere } from './read-whole.ts';
import {
  absolutePath,
  digestOf,
  errorResult,
  firstOf,
  MAX_TOLD,
  noteEdit,
  staleness,
  textResult,
  withFileErrors,
} from './result.ts';
import { decodeFile, encodeFile } from './text-file.ts';
import type { Reach, Tool, ToolContext, ToolResult } from './tool.ts';

const input = z.strictObject({ input: z.string() });
type Input = z.output<typeof input>;

/** The bytes of each file that the patch names, or null, by absolute path. */
type Originals = Map<string, Buffer | null>;

function withAbsolutePaths(change: FileChange, context: ToolContext): FileChange {
  const path = absolutePath(context, change.path);
  if (change.kind !== 'update') return { ...change, path };
  return { ...change, path, moveTo: change.moveTo === null ? null : absolutePath(context, change.moveTo) };
}

type Shown = (path: string) => string;

function withoutPath({ message, path }: SandboxFileError): string {
  return message.startsWith(`${path}: `) ? message.slice(path.length + 2) : message;
}

const pathsOf = (change: FileChange): string[] =>
  change.kind === 'update' && change.moveTo !== null ? [change.path, change.moveTo] : [change.path];

/** What cannot be patched, in words that do not depend on the backend. */
const UNFIT: Partial<Record<FileErrorKind, string>> = {
  is_folder: 'is a folder',
  not_regular: 'is not a regular file',
  not_a_folder: 'lies below a file',
};

/** Reads the files that are there; what cannot be read is a problem. */
async function readAll(
  context: ToolContext,
  paths: readonly string[],
): Promise<{ originals: Originals; unread: FileProblem[] }> {
  const originals: Originals = new Map();
  const unread: FileProblem[] = [];
  for (const path of paths) {
    try {
      originals.set(path, await readIfThere(context, path));
    } catch (error) {
      if (!(error instanceof SandboxFileError)) throw error;
      const message = UNFIT[error.kind] ?? `cannot be read: ${withoutPath(error)}`;
      unread.push({ path, message: `${message}.`, misfit: false });
    }
  }
  return { originals, unread };
}

/** What the names of files have against the patch: two for one file, and links where they would be followed or lost. */
function nameProblems(
  changes: readonly FileChange[],
  facts: ReadonlyMap<string, PathFacts>,
  shown: Shown,
): FileProblem[] {
  const problems: FileProblem[] = [];
  const report = (path: string, message: string): void => void problems.push({ path, message, misfit: false });
  const onlyDeleted = (path: string): boolean =>
    changes.every((change) => !pathsOf(change).includes(path) || change.kind === 'delete');
  for (const [path, { link, sameAs }] of facts) {
    // To delete a link leaves the file that it leads to.
    const apart = [path, sameAs].some((name) => name && facts.get(name)?.link && onlyDeleted(name));
    if (sameAs !== null && !apart) report(path, `is the same file as ${shown(sameAs)}: use one name for it.`);
    if (!link) continue;
    const first = changes.find((change) => pathsOf(change).includes(path));
    if (first?.kind === 'add') report(path, 'exists already: it is a symbolic link.');
    if (
      changes.some((change) => change.kind === 'update' && change.moveTo !== null && pathsOf(change).includes(path))
    ) {
      report(path, 'is a symbolic link: move it with the shell.');
    }
  }
  return problems;
}

function describe(summary: FileSummary, shown: Shown): string {
  const counts = `(+${summary.added} -${summary.removed})`;
  const from = summary.from === undefined ? '' : `${shown(summary.from)} to `;
  const verb = summary.change[0]?.toUpperCase() + summary.change.slice(1);
  return `${verb} ${from}${shown(summary.path)} ${counts}`;
}

/** The problems by file, each file with whether the model's idea of it can be right. */
function problemText(
  problems: readonly FileProblem[],
  originals: Originals,
  { state }: ToolContext,
  shown: Shown,
): string {
  const known = firstOf(problems, ({ path, message }) => `${shown(path)}: ${message}`);
  const stale = [...new Set(problems.filter(({ misfit }) => misfit).map(({ path }) => path))].flatMap((path) => {
    const bytes = originals.get(path);
    return bytes ? [`${shown(path)}: ${staleness(state, path, bytes)}`] : [];
  });
  return ['Nothing was changed.', ...known, ...firstOf(stale, (line) => line)].join('\n');
}

async function run({ input: patch }: Input, context: ToolContext): Promise<ToolResult> {
  const parsed = parsePatch(patch);
  if (!parsed.ok) return errorResult(parsed.error);
  const root = context.cwd.endsWith('/') ? context.cwd : `${context.cwd}/`;
  const shown: Shown = (path) => (path.startsWith(root) ? path.slice(root.length) : path);
  return withFileErrors(async () => {
    const changes = parsed.changes.map((change) => withAbsolutePaths(change, context));
    const paths = [...new Set(changes.flatMap(pathsOf))];
    const { originals, unread } = await readAll(context, paths);
    const isPlain = paths.length === 1 && changes.every((change) => change.kind === 'update');
    // The one file of a plain update has no other name in the patch and is not made: the command for it is saved.
    const facts = isPlain ? new Map<string, PathFacts>() : await inspectPaths(context, paths);
    const problems = nameProblems(changes, facts, shown);
    problems.push(...unread.filter(({ path }) => problems.every((known) => known.path !== path)));
    const bad = new Set(problems.map(({ path }) => path));
    const plan = planPatch(
      changes.filter((change) => !pathsOf(change).some((path) => bad.has(path))),
      new Map([...originals].map(([path, bytes]) => [path, bytes === null ? null : decodeFile(bytes)])),
      shown,
    );
    if (!plan.ok) problems.push(...plan.problems);
    if (problems.length > 0 || !plan.ok) {
      return errorResult(problemText(problems, originals, context, shown), { problems: problems.slice(0, MAX_TOLD) });
    }
    const performed = await performOperations(context, plan.operations, originals, facts);
    if (!performed.ok) {
      const { error, lost } = performed;
      const outcome =
        lost.length === 0
          ? 'Nothing was changed'
          : `Not all could be undone (look at ${firstOf(lost, shown).join(', ')})`;
      return errorResult(`${outcome}: ${shown(error.path)}: ${withoutPath(error)}.`, {
        error: error.kind,
        path: error.path,
        lost,
      });
    }
    noteOperations(context, plan.operations, originals);
    const files = plan.summaries.map((summary) => describe(summary, shown));
    const leftover = performed.leftover.map((path) => `Could not remove ${shown(path)}, which held a deleted file.`);
    return textResult([...files, ...firstOf(plan.notes, (note) => note), ...leftover].join('\n'), {
      files: plan.summaries,
    });
  });
}

/** Brings `seen` up to date with what was written. */
function noteOperations({ state }: ToolContext, operations: readonly Operation[], originals: Originals): void {
  const current = new Map(originals);
  for (const operation of operations) {
    if (operation.kind === 'delete') {
      state.seen.delete(operation.path);
      current.set(operation.path, null);
      continue;
    }
    const to = operation.kind === 'move' ? operation.to : operation.path;
    if (operation.kind === 'move') {
      const known = state.seen.get(operation.from);
      state.seen.delete(operation.from);
      if (known !== undefined) state.seen.set(to, known);
      current.set(to, current.get(operation.from) ?? null);
      current.set(operation.from, null);
    }
    const before = current.get(to);
    const after = encodeFile(operation.content);
    if (before) noteEdit(state, to, before, after);
    else state.seen.set(to, digestOf(after));
    current.set(to, after);
  }
}

function addedBy(change: FileChange): string {
  if (change.kind === 'delete') return '';
  const lines =
    change.kind === 'add'
      ? change.lines
      : change.chunks.flatMap(({ lines: all }) => all.filter(({ kind }) => kind === 'add').map(({ text }) => text));
  return lines.join('\n');
}

/** A file that is updated is read too: what is said of a chunk that does not fit shows parts of it. */
function reachesOf(patch: string): Reach[] {
  const parsed = parsePatch(patch);
  if (!parsed.ok) return [];
  return parsed.changes.flatMap((change) => [
    ...(change.kind === 'add' ? [] : [{ kind: 'read' as const, path: change.path }]),
    ...pathsOf(change).map((path) => ({ kind: 'write' as const, path, text: addedBy(change) })),
  ]);
}

export const applyPatch: Tool<Input> = {
  name: 'apply_patch',
  description: `Change files with a patch:
*** Begin Patch
*** Add File: new.py
+every line with +
*** Delete File: old.py
*** Update File: a.py
*** Move to: b.py
@@ def f():
 context
-old line
+new line
*** End Patch
"Move to" is optional. Begin each chunk with "@@", and a whole line above it where the place is not unique; give 3 context lines around a change; no line numbers. Close a chunk at the file's end with "*** End of File". All of it is applied or nothing.`,
  input,
  touches: 'files',
  reaches: ({ input: patch }) => reachesOf(patch),
  run,
};
