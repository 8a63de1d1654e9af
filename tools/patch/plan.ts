/** From a parsed patch and the texts of its files to what has to be written. Pure; nothing is planned unless all fits. */
import { applyChunks } from './apply.ts';
import type { FileChange } from './parse.ts';

/** One step on disk, in order. */
export type Operation =
  | { kind: 'write'; path: string; text: string }
  | { kind: 'delete'; path: string }
  | { kind: 'move'; from: string; to: string; text: string };

/** What happened to one file; counts are of lines. */
export type FileSummary = {
  path: string;
  change: 'added' | 'updated' | 'deleted' | 'moved';
  from?: string;
  added: number;
  removed: number;
};

export type FileProblem = { path: string; message: string };

export type PatchPlan =
  | { ok: true; operations: Operation[]; summaries: FileSummary[]; notes: string[] }
  | { ok: false; problems: FileProblem[] };

function countLines(text: string): number {
  return text === '' ? 0 : text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
}

/**
 * Plans `changes` over `files`, which has an entry for every path that they name: its text, or null where there is
 * nothing. Later changes see the result of earlier ones. All problems are reported, not only the first.
 */
export function planPatch(changes: readonly FileChange[], files: ReadonlyMap<string, string | null>): PatchPlan {
  const state = new Map(files);
  const operations: Operation[] = [];
  const summaries: FileSummary[] = [];
  const problems: FileProblem[] = [];
  const notes: string[] = [];

  function planUpdate(change: FileChange & { kind: 'update' }, text: string): void {
    const { path, moveTo, chunks } = change;
    const edited = applyChunks(text, chunks);
    if (!edited.ok) {
      problems.push(...edited.errors.map((message) => ({ path, message })));
      return;
    }
    notes.push(...edited.notes.map((note) => `${path}: ${note}`));
    const counts = { added: edited.added, removed: edited.removed };
    if (moveTo === null || moveTo === path) {
      operations.push({ kind: 'write', path, text: edited.text });
      summaries.push({ path, change: 'updated', ...counts });
      state.set(path, edited.text);
    } else if (state.get(moveTo) != null) {
      problems.push({
        path,
        message: `cannot be moved to ${moveTo}, which exists: delete it first, or choose another name.`,
      });
    } else {
      operations.push({ kind: 'move', from: path, to: moveTo, text: edited.text });
      summaries.push({ path: moveTo, change: 'moved', from: path, ...counts });
      state.set(path, null);
      state.set(moveTo, edited.text);
    }
  }

  for (const change of changes) {
    const { path } = change;
    const text = state.get(path) ?? null;
    if (change.kind === 'add') {
      if (text !== null) {
        problems.push({ path, message: `exists already: use '*** Update File: ', or delete it first.` });
        continue;
      }
      const content = change.lines.map((line) => `${line}\n`).join('');
      operations.push({ kind: 'write', path, text: content });
      summaries.push({ path, change: 'added', added: change.lines.length, removed: 0 });
      state.set(path, content);
    } else if (text === null) {
      problems.push({
        path,
        message: `does not exist, so it cannot be ${change.kind === 'delete' ? 'deleted' : 'updated'}.`,
      });
    } else if (change.kind === 'delete') {
      operations.push({ kind: 'delete', path });
      summaries.push({ path, change: 'deleted', added: 0, removed: countLines(text) });
      state.set(path, null);
    } else {
      planUpdate(change, text);
    }
  }
  return problems.length > 0 ? { ok: false, problems } : { ok: true, operations, summaries, notes };
}
