/** Changes of several files in a sandbox: all of them, or none, or it says which ones could not be undone. */
import { randomUUID } from 'node:crypto';
import { posix } from 'node:path';
import { SandboxError, SandboxFileError, shellQuote } from '../sandbox/index.ts';
import type { Operation } from './patch/plan.ts';
import { readIfThere } from './read-whole.ts';
import { encodeFile } from './text-file.ts';
import type { ToolContext } from './tool.ts';

/**
 * What reading a path does not tell. `sameAs` is an earlier path that leads to the same file (a link, or letters of
 * another case); `missingFolders` counts the folders above the path that are not there.
 */
export type PathFacts = { link: boolean; sameAs: string | null; missingFolders: number };

/** One line for each path: `l` for a symbolic link, the number of the first path that is the same file, missing folders. */
const INSPECT = `i=0; for f; do
  i=$((i+1)); k=-; [ -L "$f" ] && k=l
  j=0; for g; do j=$((j+1)); [ "$f" -ef "$g" ] && break; [ $j -eq $i ] && break; done
  n=0; p=\${f%/*}; while [ -n "$p" ] && [ ! -e "$p" ] && [ ! -L "$p" ]; do n=$((n+1)); p=\${p%/*}; done
  echo "$k $j $n"
done`;

/** Runs a shell command that must succeed, and gives its output. */
async function must(context: ToolContext, path: string, command: string): Promise<string> {
  const end = await context.sandbox.exec({ command, timeoutMs: 60_000, maxOutputBytes: 1024 * 1024 });
  const output = Buffer.concat([end.output.head, end.output.tail]).toString();
  if (end.exitCode === 0) return output;
  // The cause is behind what the program says of itself and of the names that it was given.
  const cause = output.trim().split(': ').at(-1)?.slice(-300) || `a command ended with ${end.exitCode}`;
  throw new SandboxFileError('io', path, `${path}: ${cause}`);
}

/** Looks at `paths` (absolute) in one command; throws `SandboxFileError`. */
export async function inspectPaths(context: ToolContext, paths: readonly string[]): Promise<Map<string, PathFacts>> {
  const output = await must(context, paths[0] ?? '', `set -- ${paths.map(shellQuote).join(' ')}\n${INSPECT}`);
  const lines = output.split('\n');
  return new Map(
    paths.map((path, index) => {
      const [, kind, first, missing] = /^([l-]) (\d+) (\d+)$/.exec(lines[index] ?? '') ?? [];
      // Nothing is changed on half of an answer.
      if (missing === undefined) throw new SandboxFileError('io', path, `${path}: cannot be looked at`);
      const same = paths[Number(first) - 1] ?? path;
      return [path, { link: kind === 'l', sameAs: same === path ? null : same, missingFolders: Number(missing) }];
    }),
  );
}

/** What came of it: `lost` names the paths that are not as they were before; `leftover` files that could not be removed. */
export type Performed = { ok: true; leftover: string[] } | { ok: false; error: SandboxFileError; lost: string[] };

const quoted = (...paths: string[]): string => paths.map(shellQuote).join(' ');

const isThere = (path: string): string => `[ -e ${quoted(path)} ] || [ -L ${quoted(path)} ]`;

/** Removes the folders that were made for `path`. One that others have used meanwhile stays. */
function removeFolders(path: string, facts: PathFacts | undefined): string {
  const folders: string[] = [];
  for (
    let folder = posix.dirname(path);
    folders.length < (facts?.missingFolders ?? 0);
    folder = posix.dirname(folder)
  ) {
    folders.push(folder);
  }
  return folders.length === 0 ? ':' : `rmdir -- ${quoted(...folders)} 2>/dev/null || :`;
}

/**
 * Performs `operations` in order over files whose bytes are `originals` (null where there is nothing). When one fails, all
 * before it are undone. A file is deleted last: until then it lies beside its place under another name, so that it can
 * come back as what it was. Throws `SandboxError` when the sandbox is gone.
 */
export async function performOperations(
  context: ToolContext,
  operations: readonly Operation[],
  originals: ReadonlyMap<string, Buffer | null>,
  facts: ReadonlyMap<string, PathFacts>,
): Promise<Performed> {
  const current = new Map(originals);
  const aside: string[] = [];
  const undo: { path: string; step: () => Promise<unknown> }[] = [];

  async function restore(path: string, bytes: Buffer | null): Promise<unknown> {
    if (bytes === null) {
      const remove = `if ${isThere(path)}; then rm -f -- ${quoted(path)} || exit; fi`;
      return must(context, path, `${remove}; ${removeFolders(path, facts.get(path))}`);
    }
    // Where the write was refused, so would be writing the old bytes.
    if ((await readIfThere(context, path))?.equals(bytes)) return;
    return context.sandbox.writeFile(path, bytes);
  }

  async function write(path: string, bytes: Buffer): Promise<void> {
    const before = current.get(path) ?? null;
    if (before?.equals(bytes)) return;
    // Before the write: one that fails half-way has to be undone too.
    undo.push({ path, step: () => restore(path, before) });
    await context.sandbox.writeFile(path, bytes);
    current.set(path, bytes);
  }

  async function rename(from: string, to: string): Promise<void> {
    const back = `${isThere(from)} || mv -- ${quoted(to, from)} || exit; ${removeFolders(to, facts.get(to))}`;
    undo.push({ path: from, step: () => must(context, from, back) });
    await must(context, from, `mkdir -p -- ${quoted(posix.dirname(to))} && mv -- ${quoted(from, to)}`);
    current.set(to, current.get(from) ?? null);
    current.set(from, null);
  }

  /** A file that is written again later keeps its place, and with it its mode; a link does not lead the new text on. */
  const isRewritten = (path: string, index: number): boolean =>
    facts.get(path)?.link !== true &&
    operations.slice(index + 1).some((later) => later.kind === 'write' && later.path === path);

  try {
    for (const [index, operation] of operations.entries()) {
      if (operation.kind === 'write') await write(operation.path, encodeFile(operation.content));
      else if (operation.kind === 'move') {
        await rename(operation.from, operation.to);
        await write(operation.to, encodeFile(operation.content));
      } else if (!isRewritten(operation.path, index)) {
        const name = posix.join(posix.dirname(operation.path), `.drydock-${randomUUID()}`);
        await rename(operation.path, name);
        aside.push(name);
      }
    }
  } catch (error) {
    // Without a sandbox there is nothing to undo it in.
    if (error instanceof SandboxError) throw error;
    const lost = await undoAll(undo);
    if (!(error instanceof SandboxFileError)) throw error;
    return { ok: false, error, lost };
  }
  return { ok: true, leftover: aside.length === 0 ? [] : await removeAll(context, aside) };
}

/** Undoes the steps, last first, however many of them fail; gives the paths of those. */
async function undoAll(undo: readonly { path: string; step: () => Promise<unknown> }[]): Promise<string[]> {
  const lost = new Set<string>();
  for (const { path, step } of undo.toReversed()) {
    try {
      await step();
    } catch (error) {
      if (error instanceof SandboxError) throw error;
      lost.add(path);
    }
  }
  return [...lost];
}

async function removeAll(context: ToolContext, paths: readonly string[]): Promise<string[]> {
  try {
    await must(context, paths[0] ?? '', `rm -f -- ${quoted(...paths)}`);
    return [];
  } catch (error) {
    if (error instanceof SandboxFileError) return [...paths];
    throw error;
  }
}
