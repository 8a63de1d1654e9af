/** From a parsed patch and the texts of its files to what has to be written. Pure; nothing is planned unless all fits. */
import { asFileText, binaryRefusal, type FileText, type TextEncoding } from '../text-file.ts';
import { applyChunks } from './apply.ts';
import type { Chunk, FileChange } from './parse.ts';

/** One step on disk, in order. A move also writes its content, where that changed. */
export type Operation =
  | { kind: 'write'; path: string; content: FileText }
  | { kind: 'delete'; path: string }
  | { kind: 'move'; from: string; to: string; content: FileText };

/** What happened to one file; counts are of lines. */
export type FileSummary = {
  path: string;
  change: 'added' | 'updated' | 'deleted' | 'moved';
  from?: string;
  added: number;
  removed: number;
};

/** `misfit`: the file's text is not what the patch expects. */
export type FileProblem = { path: string; message: string; misfit: boolean };

export type PatchPlan =
  | { ok: true; operations: Operation[]; summaries: FileSummary[]; notes: string[] }
  | { ok: false; problems: FileProblem[] };

function countLines(text: string): number {
  return text === '' ? 0 : text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
}

/** The chunk with its lines as they look in a file of `encoding`. */
function inEncoding(chunk: Chunk, encoding: TextEncoding): Chunk {
  return {
    ...chunk,
    headers: chunk.headers.map((header) => asFileText(header, encoding)),
    lines: chunk.lines.map((line) => ({ ...line, text: asFileText(line.text, encoding) })),
  };
}

/**
 * Plans `changes` over `files`, which has an entry for every path that they name: its text, or null where there is
 * nothing. Later changes see the result of earlier ones. All problems are reported, not only the first. `shown` is a path
 * as messages name it.
 */
export function planPatch(
  changes: readonly FileChange[],
  files: ReadonlyMap<string, FileText | null>,
  shown: (path: string) => string,
): PatchPlan {
  const state = new Map(files);
  const operations: Operation[] = [];
  const summaries: FileSummary[] = [];
  const problems: FileProblem[] = [];
  const notes: string[] = [];
  const refuse = (path: string, message: string, misfit = false): void => void problems.push({ path, message, misfit });

  function planUpdate(change: FileChange & { kind: 'update' }, before: FileText): void {
    const { path, moveTo, chunks } = change;
    if (before.binary !== null && chunks.length > 0) {
      refuse(path, binaryRefusal(before.binary));
      return;
    }
    const inFile = chunks.map((chunk) => inEncoding(chunk, before.encoding));
    const edited = applyChunks(before.text, inFile);
    if (!edited.ok) {
      for (const message of edited.errors) refuse(path, message, true);
      return;
    }
    notes.push(...edited.notes.map((note) => `${shown(path)}: ${note}`));
    const counts = { added: edited.added, removed: edited.removed };
    const content = { ...before, text: edited.text };
    if (moveTo === null || moveTo === path) {
      operations.push({ kind: 'write', path, content });
      summaries.push({ path, change: 'updated', ...counts });
      state.set(path, content);
    } else if (state.get(moveTo) != null) {
      refuse(path, `cannot be moved to ${shown(moveTo)}, which exists: delete it first, or choose another name.`);
    } else {
      operations.push({ kind: 'move', from: path, to: moveTo, content });
      summaries.push({ path: moveTo, change: 'moved', from: path, ...counts });
      state.set(path, null);
      state.set(moveTo, content);
    }
  }

  for (const change of changes) {
    const { path } = change;
    const before = state.get(path) ?? null;
    if (change.kind === 'add') {
      if (before !== null) {
        refuse(path, `exists already: use '*** Update File: ', or delete it first.`);
        continue;
      }
      const text = change.lines.map((line) => `${line}\n`).join('');
      const content: FileText = { text, encoding: 'utf8', binary: null };
      operations.push({ kind: 'write', path, content });
      summaries.push({ path, change: 'added', added: change.lines.length, removed: 0 });
      state.set(path, content);
    } else if (before === null) {
      refuse(path, `does not exist, so it cannot be ${change.kind === 'delete' ? 'deleted' : 'updated'}.`);
    } else if (change.kind === 'delete') {
      operations.push({ kind: 'delete', path });
      summaries.push({ path, change: 'deleted', added: 0, removed: countLines(before.text) });
      state.set(path, null);
    } else {
      planUpdate(change, before);
    }
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, operations, summaries, notes };
}
