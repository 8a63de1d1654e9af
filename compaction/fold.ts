/** Tool results that become one line: which ones, what the line says, and whether it is worth it now. Pure. */
import { estimateMessage, type Prices, type ToolResultMessage } from '../models/index.ts';
import { type HistoryCall, type HistoryItem, handleOf } from '../session/index.ts';
import { argumentsOf, callsOf, changedFiles, readLines, textArgument } from './calls.ts';
import { type Action, sizeOf } from './view.ts';

/** What a result must have beyond its stub, in counted tokens, to be worth the change. */
const LEAST_SAVED = 40;
const MAX_SUBJECT = 100;

/** Tools whose results add to one another, so that a later one does not say what an earlier one said. */
const RUNNING: ReadonlySet<string> = new Set(['process', 'update_plan']);

/** The line that stands for a result. */
export function stubOf(state: HistoryCall, handle: string, reason: string): string {
  const text =
    state.result === null ? '' : state.result.content.map((part) => (part.type === 'text' ? part.text : '')).join('\n');
  const subject = textArgument(state, 'path') ?? textArgument(state, 'command') ?? textArgument(state, 'pattern') ?? '';
  const exit = typeof state.details.exitCode === 'number' ? `, exit ${state.details.exitCode}` : '';
  const failed = state.result?.isError && exit === '' ? ', failed' : '';
  const about = subject.replace(/\s+/g, ' ').slice(0, MAX_SUBJECT).toWellFormed();
  return `[folded: ${state.call.name}${about === '' ? '' : ` ${about}`}${exit}${failed}, ${Buffer.byteLength(text)} bytes; ${reason}; recall ${handle}]`;
}

function foldAction(item: HistoryItem, index: number, state: HistoryCall, reason: string): Action | null {
  if (state.result === null) return null;
  const handle = handleOf(item, index);
  const text = stubOf(state, handle, reason);
  const stub: ToolResultMessage = { ...state.result, content: [{ type: 'text', text }] };
  const before = estimateMessage(state.shown ?? state.result);
  const after = estimateMessage(stub);
  return before - after < LEAST_SAVED ? null : { type: 'fold', handle, before, after, text, reason };
}

/**
 * Folds of results before index `end` of the seen items that tell nothing any more: the same was read, run or looked for
 * again later, the file was written anew as a whole, or the result itself was only a copy of something older.
 */
export function foldSuperseded(seen: readonly HistoryItem[], end: number, root: string): Action[] {
  const later = new Map<string, string>();
  const wholes = new Map<string, string>();
  const actions: Action[] = [];
  const calls = [...callsOf(seen)].toReversed();
  const place = new Map(seen.map((item, index) => [item.id, index]));
  for (const { item, index, state } of calls) {
    const key = `${state.call.name} ${JSON.stringify(Object.entries(argumentsOf(state)).sort())}`;
    const read = readLines(state, root);
    const again = later.get(key) ?? (read && wholes.get(read.path));
    const reason = again ? again : state.call.name === 'recall' ? 'a copy' : null;
    if (reason !== null && (place.get(item.id) ?? end) < end && !RUNNING.has(state.call.name)) {
      const action = foldAction(item, index, state, reason);
      if (action) actions.push(action);
    }
    const handle = handleOf(item, index);
    // A command that fails is run all the same.
    if (state.result !== null && (!state.result.isError || state.call.name === 'shell')) {
      if (!RUNNING.has(state.call.name)) later.set(key, later.get(key) ?? `again in ${handle}`);
      if (read?.whole) wholes.set(read.path, wholes.get(read.path) ?? `read whole in ${handle}`);
      if (state.call.name === 'write_file') {
        for (const path of changedFiles(state, root)) wholes.set(path, wholes.get(path) ?? `written anew in ${handle}`);
      }
    }
  }
  return actions.toReversed();
}

/** Folds of all results before index `end` of the seen items. */
export function foldAll(seen: readonly HistoryItem[], end: number): Action[] {
  return [...callsOf(seen.slice(0, end))].flatMap(({ item, index, state }) => {
    return foldAction(item, index, state, 'to save room') ?? [];
  });
}

/**
 * Whether folding now costs less than it saves until the next compaction would do it anyway: what is behind the first
 * change is written to the provider's cache once more, and each request that is still to come reads less. `prices` null:
 * the usual relations are taken (a read 0.1, a write 1.25 of the input's price).
 */
export function foldPays(
  seen: readonly HistoryItem[],
  actions: readonly Action[],
  requestsAhead: number,
  prices: Prices | null,
): boolean {
  const folds = actions.filter((action) => action.type === 'fold');
  const [first] = folds;
  if (first === undefined) return false;
  const saved = folds.reduce((sum, { before, after }) => sum + before - after, 0);
  const from = seen.findIndex((item) => item.calls.some((_, index) => handleOf(item, index) === first.handle));
  const behind = seen.slice(Math.max(0, from)).reduce((sum, item) => sum + sizeOf(item), 0) - saved;
  const { cacheRead, cacheWrite } = prices ?? { cacheRead: 0.1, cacheWrite: 1.25 };
  return saved * cacheRead * requestsAhead > behind * (cacheWrite - cacheRead);
}
