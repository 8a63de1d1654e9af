/** What tool calls were about, by their names and arguments. Pure; what a model wrote may be anything. */
import { z } from 'zod';
import type { HistoryCall, HistoryItem } from '../session/index.ts';

const given = z.record(z.string(), z.unknown());

/** A call's arguments; empty where they are no JSON object. */
export function argumentsOf({ call }: Pick<HistoryCall, 'call'>): Record<string, unknown> {
  try {
    const read = given.safeParse(JSON.parse(call.arguments || '{}'));
    return read.success ? read.data : {};
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}

/** One argument of a call, where it is text. */
export function textArgument(state: Pick<HistoryCall, 'call'>, name: string): string | null {
  const value = argumentsOf(state)[name];
  return typeof value === 'string' && value !== '' ? value : null;
}

/** A path as the model writes it mostly: from the workspace's folder `root`. */
export function shortPath(path: string, root: string): string {
  const plain = path.startsWith(`${root}/`) ? path.slice(root.length + 1) : path;
  return plain.replace(/^(\.\/)+/, '');
}

/** The files that a successful call has changed. */
export function changedFiles(state: HistoryCall, root: string): string[] {
  if (state.result === null || state.result.isError) return [];
  if (state.call.name === 'write_file') {
    const path = textArgument(state, 'path');
    return path === null ? [] : [shortPath(path, root)];
  }
  const files = z.array(z.object({ path: z.string() })).safeParse(state.details.files);
  return files.success ? files.data.map(({ path }) => shortPath(path, root)) : [];
}

/** The lines of a file that a successful `read_file` has shown; `whole`: from the first to the last. */
export type ReadLines = { path: string; first: number; last: number; whole: boolean };

/** What a call has read of a file; null: it is no such call, or failed. */
export function readLines(state: HistoryCall, root: string): ReadLines | null {
  const path = state.call.name === 'read_file' ? textArgument(state, 'path') : null;
  if (path === null || state.result === null || state.result.isError) return null;
  const { first, last, lines } = state.details;
  const isRange = typeof first === 'number' && typeof last === 'number';
  const range = isRange ? { first, last } : { first: 1, last: 1 };
  return {
    path: shortPath(path, root),
    ...range,
    whole: state.details.output === undefined && (!isRange || (first === 1 && last === lines)),
  };
}

/** Each call of some items, with its item and its place among the item's calls (from 0). */
export function* callsOf(
  items: Iterable<HistoryItem>,
): Generator<{ item: HistoryItem; index: number; state: HistoryCall }> {
  for (const item of items) {
    for (const [index, state] of item.calls.entries()) yield { item, index, state };
  }
}
