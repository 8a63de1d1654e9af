/** `recall`: brings back what a session has said, by handle, by regular expression or by words. Pure but for `findPlaces`. */
import { fitEnd, oneLine, wholeAt } from './fit.ts';
import { recallByPattern } from './recall-pattern.ts';
import {
  NOTE_BYTES,
  type RecallAnswer,
  type RecallEntry,
  type RecallOptions,
  type RecallQuery,
  refusal,
} from './recall-types.ts';
import { recallByWords } from './recall-words.ts';

/** Answers a query over the entries of a session, oldest first. The text never has more than `maxBytes`. */
export async function recall(
  entries: readonly RecallEntry[],
  query: RecallQuery,
  options: RecallOptions,
): Promise<RecallAnswer> {
  const offset = Math.max(0, Math.trunc(query.offset));
  if ('handle' in query) return byHandle(entries, query.handle.trim(), offset, options.maxBytes);
  const searched = entries.filter(({ isCopy = false, binary }) => !isCopy && binary === undefined);
  if ('pattern' in query) return recallByPattern(searched, query.pattern, offset, options);
  return recallByWords(searched, query.words, offset, options);
}

function byHandle(entries: readonly RecallEntry[], handle: string, offset: number, maxBytes: number): RecallAnswer {
  const entry = entries.find((candidate) => candidate.handle === handle);
  if (entry === undefined) return refusal('unknown_handle', unknownHandle(entries, handle));
  const { text, binary } = entry;
  if (binary !== undefined) return refusal('binary', `${handle} holds no text but binary data: ${binary}.`);
  const name = `${handle}, ${oneLine(entry.title, 100)}`;
  if (offset > 0 && offset >= text.length) {
    return refusal('bad_offset', `${name} has ${text.length} characters: offset ${offset} is behind its end.`);
  }
  const start = wholeAt(text, offset);
  const most = fitEnd(text, start, maxBytes - NOTE_BYTES);
  const end = most === text.length ? most : lineEnd(text, start, most);
  const where =
    start === 0 && end === text.length ? `all ${end} characters` : `characters ${start}–${end} of ${text.length}`;
  const more = end < text.length ? `; go on with offset ${end}` : '';
  const details = { handle, from: start, to: end, characters: text.length };
  return { text: `${text.slice(start, end)}\n[${name}: ${where}${more}]`, isError: false, details };
}

/** Behind the last line that ends before `most`, unless that would leave out more than half. */
function lineEnd(text: string, start: number, most: number): number {
  const end = text.lastIndexOf('\n', most - 1) + 1;
  return end > start + (most - start) / 2 ? end : most;
}

/** So many handles are named when one does not exist. */
const MAX_NAMED = 3;

function unknownHandle(entries: readonly RecallEntry[], handle: string): string {
  const near = entries
    .map((entry) => ({ handle: entry.handle, distance: distance(handle, entry.handle) }))
    .toSorted((a, b) => a.distance - b.distance)
    .slice(0, MAX_NAMED)
    .map((entry) => entry.handle);
  const named = near.length === 0 ? 'There is nothing to recall yet.' : `Nearest: ${near.join(', ')}.`;
  return `There is no handle ${JSON.stringify(oneLine(handle, 80))}. Handles look like m12 (a message), m12.1 (the result of its first call) or out-0123456789 (a whole output). ${named}`;
}

/** How far two handles are from each other, by their numbers, or by where their digits begin to differ. */
function distance(asked: string, handle: string): number {
  if (asked.startsWith('out-') !== handle.startsWith('out-')) return Number.MAX_SAFE_INTEGER;
  if (asked.startsWith('out-')) {
    let same = 0;
    while (same < handle.length && asked[same] === handle[same]) same++;
    return handle.length - same;
  }
  const [item, call] = numbersOf(asked);
  const [otherItem, otherCall] = numbersOf(handle);
  // A session has fewer calls in one message than this.
  return Math.abs(item - otherItem) * 1000 + Math.abs(call - otherCall);
}

function numbersOf(handle: string): [item: number, call: number] {
  const [, item = '0', call = '0'] = /(\d{1,9})(?:\.(\d{1,3}))?/.exec(handle) ?? [];
  return [Number(item), Number(call)];
}
