/** `list_files`: the files below a folder, as deep as fits; deeper folders as one line with a count. */
import { z } from 'zod';
import { absolutePath, errorResult, printable, textResult } from './result.ts';
import { argument } from './schema.ts';
import type { Tool, ToolContext, ToolResult } from './tool.ts';

const MAX_ENTRIES = 300;
const MAX_LIST_BYTES = 8 * 1024 * 1024;
const TIMEOUT_MS = 60_000;

const input = z.strictObject({
  path: argument.min(1).optional(),
  depth: z.int().min(1).optional(),
});
type Input = z.output<typeof input>;

/** ripgrep leaves out what git ignores; `find` is for images without it. Names end in NUL. */
const LIST = `if command -v rg >/dev/null 2>&1; then rg --files --hidden --null -g '!.git'; else find . -name .git -prune -o ! -type d -print0; fi`;

/** The entries of `paths` down to `depth` levels: files, and folders below that as `name/ (n files)`. Sorted. */
function entriesAt(paths: readonly string[], depth: number): string[] {
  const files: string[] = [];
  const folders = new Map<string, number>();
  for (const path of paths) {
    const parts = path.split('/');
    if (parts.length <= depth) files.push(path);
    else {
      const folder = parts.slice(0, depth).join('/');
      folders.set(folder, (folders.get(folder) ?? 0) + 1);
    }
  }
  const lines = [...folders].map(([folder, count]) => `${folder}/ (${count} ${count === 1 ? 'file' : 'files'})`);
  return [...files, ...lines].sort();
}

/** `cut` is how many entries were left out. */
export type FoldedPaths = { entries: string[]; depth: number; cut: number };

/** Lists `paths` to `depth`, or, without one, to the greatest depth at which all entries fit `max`. */
export function foldPaths(paths: readonly string[], depth: number | undefined, max: number): FoldedPaths {
  const deepest = paths.reduce((most, path) => Math.max(most, path.split('/').length), 1);
  let chosen = Math.min(depth ?? deepest, deepest);
  let entries = entriesAt(paths, chosen);
  while (depth === undefined && chosen > 1 && entries.length > max) {
    chosen--;
    entries = entriesAt(paths, chosen);
  }
  return { entries: entries.slice(0, max), depth: chosen, cut: Math.max(0, entries.length - max) };
}

async function run({ path = '.', depth }: Input, context: ToolContext): Promise<ToolResult> {
  const end = await context.sandbox.exec(
    { command: LIST, cwd: absolutePath(context, path), timeoutMs: TIMEOUT_MS, maxOutputBytes: MAX_LIST_BYTES },
    context.signal,
  );
  context.signal.throwIfAborted();
  const { head, tail, totalBytes } = end.output;
  const isCut = head.length + tail.length < totalBytes;
  const text = (isCut ? head : Buffer.concat([head, tail])).toString();
  const names = text.split('\0');
  // What follows the last NUL is no name: a name that was cut, or a message.
  const rest = names.pop() ?? '';
  if (names.length === 0 && rest.trim() !== '') return errorResult(`Cannot list ${path}: ${rest.trim()}`);
  const paths = names.map((name) => printable(name.replace(/^\.\//, '')));
  if (paths.length === 0) return textResult('[no files]', { files: 0 });
  const folded = foldPaths(paths, depth, MAX_ENTRIES);
  const notes: string[] = [];
  if (folded.cut > 0) notes.push(`[${folded.cut} more entries; list a subfolder]`);
  if (isCut || end.reason === 'timeout') notes.push('[the list is not complete; list a subfolder]');
  return textResult([...folded.entries, ...notes].join('\n'), { files: paths.length, depth: folded.depth });
}

export const listFiles: Tool<Input> = {
  name: 'list_files',
  description: 'List files below a folder (not those that git ignores). Deep folders show as a count.',
  input,
  touches: 'nothing',
  reaches: ({ path = '.' }) => [{ kind: 'read', path }],
  run,
};
