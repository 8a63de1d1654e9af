/** `apply_patch`: several files at once. Everything is read and verified before anything is written. */
import { posix } from 'node:path';
import { z } from 'zod';
import { SandboxError, SandboxFileError, shellQuote } from '../sandbox/index.ts';
import { type FileChange, parsePatch } from './patch/parse.ts';
import { type FileSummary, type Operation, planPatch } from './patch/plan.ts';
import { readWhole } from './read-whole.ts';
import { absolutePath, digestOf, errorResult, noteEdit, staleness, textResult, withFileErrors } from './result.ts';
import { asFileText, encodingOf, type TextEncoding } from './text-file.ts';
import type { Tool, ToolContext, ToolResult } from './tool.ts';

const input = z.strictObject({ input: z.string() });
type Input = z.output<typeof input>;

/** The bytes of each file that the patch names, or null, by absolute path. */
type Originals = Map<string, Buffer | null>;

async function readIfThere(context: ToolContext, path: string): Promise<Buffer | null> {
  try {
    return await readWhole(context, path);
  } catch (error) {
    if (error instanceof SandboxFileError && error.kind === 'not_found') return null;
    throw error;
  }
}

function withAbsolutePaths(change: FileChange, context: ToolContext): FileChange {
  const path = absolutePath(context, change.path);
  if (change.kind !== 'update') return { ...change, path };
  return { ...change, path, moveTo: change.moveTo === null ? null : absolutePath(context, change.moveTo) };
}

/** The change with its lines as they look in a file of `encoding`. */
function inEncoding(change: FileChange, encoding: TextEncoding): FileChange {
  if (change.kind !== 'update') return change;
  const chunks = change.chunks.map((chunk) => ({
    ...chunk,
    headers: chunk.headers.map((header) => asFileText(header, encoding)),
    lines: chunk.lines.map((line) => ({ ...line, text: asFileText(line.text, encoding) })),
  }));
  return { ...change, chunks };
}

/** Runs a shell command that must succeed. */
async function must(context: ToolContext, path: string, command: string): Promise<void> {
  const end = await context.sandbox.exec({ command, timeoutMs: 60_000 });
  if (end.exitCode !== 0) {
    const output = Buffer.concat([end.output.head, end.output.tail]).toString().trim();
    throw new SandboxFileError('io', path, `${path}: ${output || `'${command}' failed`}`);
  }
}

const removeFile = (context: ToolContext, path: string): Promise<void> =>
  must(context, path, `rm -f -- ${shellQuote(path)}`);

const moveFile = (context: ToolContext, from: string, to: string): Promise<void> =>
  must(context, to, `mkdir -p -- ${shellQuote(posix.dirname(to))} && mv -- ${shellQuote(from)} ${shellQuote(to)}`);

/** Writes the operations in order. When one fails, undoes those before it and throws what failed. */
async function perform(
  context: ToolContext,
  operations: readonly Operation[],
  originals: Originals,
  encodings: Map<string, TextEncoding>,
): Promise<void> {
  const current = new Map(originals);
  const undo: (() => Promise<void>)[] = [];
  const restore = async (path: string, bytes: Buffer | null): Promise<void> =>
    bytes === null ? removeFile(context, path) : context.sandbox.writeFile(path, bytes);

  async function write(path: string, text: string, encoding: TextEncoding): Promise<void> {
    const before = current.get(path) ?? null;
    // Before the write: one that fails half-way has to be undone too.
    undo.push(() => restore(path, before));
    const bytes = Buffer.from(text, encoding);
    await context.sandbox.writeFile(path, bytes);
    current.set(path, bytes);
  }

  try {
    for (const operation of operations) {
      if (operation.kind === 'write') {
        await write(operation.path, operation.text, encodings.get(operation.path) ?? 'utf8');
      } else if (operation.kind === 'delete') {
        const before = current.get(operation.path) ?? null;
        undo.push(() => restore(operation.path, before));
        await removeFile(context, operation.path);
        current.set(operation.path, null);
      } else {
        const { from, to, text } = operation;
        // Moving the file itself keeps its mode.
        await moveFile(context, from, to);
        undo.push(() => moveFile(context, to, from));
        current.set(to, current.get(from) ?? null);
        current.set(from, null);
        await write(to, text, encodings.get(from) ?? 'utf8');
      }
    }
  } catch (error) {
    if (error instanceof SandboxError) throw error; // There is nothing left to undo it in.
    for (const step of undo.reverse()) await step();
    throw error;
  }
}

function describe(summary: FileSummary, shown: (path: string) => string): string {
  const counts = `(+${summary.added} -${summary.removed})`;
  const from = summary.from === undefined ? '' : `${shown(summary.from)} to `;
  const verb = summary.change[0]?.toUpperCase() + summary.change.slice(1);
  return `${verb} ${from}${shown(summary.path)} ${counts}`;
}

async function run({ input: patch }: Input, context: ToolContext): Promise<ToolResult> {
  const parsed = parsePatch(patch);
  if (!parsed.ok) return errorResult(parsed.error);
  const shown = (path: string): string => {
    const relative = posix.relative(context.cwd, path);
    return relative.startsWith('../') ? path : relative;
  };
  return withFileErrors(async () => {
    const changes = parsed.changes.map((change) => withAbsolutePaths(change, context));
    const originals: Originals = new Map();
    for (const path of changes.flatMap((change) => [
      change.path,
      ...('moveTo' in change && change.moveTo !== null ? [change.moveTo] : []),
    ])) {
      if (!originals.has(path)) originals.set(path, await readIfThere(context, path));
    }
    const encodings = new Map(
      [...originals].map(([path, bytes]) => [path, bytes === null ? 'utf8' : encodingOf(bytes)] as const),
    );
    const texts = new Map(
      [...originals].map(([path, bytes]) => [path, bytes?.toString(encodings.get(path)) ?? null] as const),
    );
    const plan = planPatch(
      changes.map((change) => inEncoding(change, encodings.get(change.path) ?? 'utf8')),
      texts,
    );
    if (!plan.ok) {
      const lines = plan.problems.map(({ path, message }) => {
        const bytes = originals.get(path);
        return `${shown(path)}: ${message}${bytes ? `\n${staleness(context.state, path, bytes)}` : ''}`;
      });
      return errorResult(`Nothing was changed.\n${lines.join('\n')}`, { problems: plan.problems });
    }
    try {
      await perform(context, plan.operations, originals, encodings);
    } catch (error) {
      if (!(error instanceof SandboxFileError)) throw error;
      return errorResult(`Nothing was changed: ${error.message}.`, { error: error.kind, path: error.path });
    }
    noteOperations(context, plan.operations, originals, encodings);
    const files = plan.summaries.map((summary) => describe(summary, shown));
    return textResult([...files, ...plan.notes].join('\n'), { files: plan.summaries });
  });
}

/** Brings `seen` up to date with what was written. */
function noteOperations(
  context: ToolContext,
  operations: readonly Operation[],
  originals: Originals,
  encodings: Map<string, TextEncoding>,
): void {
  const { state } = context;
  for (const operation of operations) {
    if (operation.kind === 'delete') state.seen.delete(operation.path);
    else {
      const from = operation.kind === 'move' ? operation.from : operation.path;
      const to = operation.kind === 'move' ? operation.to : operation.path;
      const before = originals.get(from);
      const after = Buffer.from(operation.text, encodings.get(from) ?? 'utf8');
      if (!before) state.seen.set(to, digestOf(after));
      else {
        noteEdit(state, from, before, after);
        if (operation.kind === 'move') {
          const known = state.seen.get(from);
          state.seen.delete(from);
          if (known !== undefined) state.seen.set(to, known);
        }
      }
    }
  }
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
  run,
};
