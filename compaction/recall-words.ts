/** The part of `recall` that looks for words: entries ranked by BM25. */
import { clipLine, count, oneLine } from './fit.ts';
import { NOTE_BYTES, type RecallAnswer, type RecallEntry, type RecallOptions, refusal } from './recall-types.ts';
import { eachWord } from './words.ts';

/** The usual values of BM25's two constants. */
const K1 = 1.2;
const B = 0.75;

const MAX_WORDS = 32;
const MAX_SHOWN = 10;
const MAX_LINES = 3;
const TITLE_BYTES = 120;
const LINE_BYTES = 180;

/** An entry that has a word of the query: how often each one occurs in it. */
type Hit = { entry: RecallEntry; counts: readonly number[] };

/** The entries that hold words of the query, the best first, older before newer where they are equally good. */
export function recallByWords(
  entries: readonly RecallEntry[],
  query: string,
  offset: number,
  { maxBytes, unsearched = 0 }: RecallOptions,
): RecallAnswer {
  const words = queryWords(query);
  if (words.length === 0) {
    return refusal('no_words', `There are no words in ${JSON.stringify(oneLine(query, 80))}. Use a pattern for signs.`);
  }
  const handles = new Set(entries.map(({ handle }) => handle));
  const searched = entries.filter(({ whole }) => whole === undefined || !handles.has(whole));
  const hits = searched.flatMap((entry) => hitOf(entry, words) ?? []);
  const left = unsearched === 0 ? '' : `; ${count(unsearched, 'older output', 'older outputs')} not searched`;
  if (hits.length === 0) {
    const text = `No item has any of these words: ${oneLine(words.join(' '), 200)}${left}. Try other words, parts of names, or a pattern.`;
    return { text, isError: false, details: { items: 0, shown: 0 } };
  }
  const total = `${count(hits.length, 'item', 'items')} with at least one of the words`;
  if (offset >= hits.length) return refusal('bad_offset', `There are ${total}: offset ${offset} is behind the last.`);
  const weights = words.map((_, word) => weightOf(hits.filter(({ counts }) => counts[word]).length, searched.length));
  const meanLength = searched.reduce((sum, { text }) => sum + text.length, 0) / searched.length;
  const ranked = hits
    .map((hit) => ({ entry: hit.entry, score: scoreOf(hit, weights, meanLength) }))
    .toSorted((a, b) => b.score - a.score);
  const blocks: string[] = [];
  let bytes = 0;
  for (const { entry } of ranked.slice(offset, offset + MAX_SHOWN)) {
    const title = `${entry.handle} · ${oneLine(entry.title, TITLE_BYTES)}`;
    const block = [title, ...bestLines(entry.text, words, weights)].join('\n');
    bytes += Buffer.byteLength(block) + 1;
    if (bytes > maxBytes - NOTE_BYTES && blocks.length > 0) break;
    blocks.push(block);
  }
  const end = offset + blocks.length;
  const more = end < hits.length ? `; go on with offset ${end}` : '';
  const note = `[${total}, best first; shown ${offset + 1}–${end}${more}${left}]`;
  const details = { items: hits.length, offset, shown: blocks.length };
  return { text: [...blocks, note].join('\n'), isError: false, details };
}

function queryWords(query: string): string[] {
  const words = new Set<string>();
  eachWord(query, (word) => words.add(word));
  return [...words].slice(0, MAX_WORDS);
}

function hitOf(entry: RecallEntry, words: readonly string[]): Hit | null {
  const at = new Map(words.map((word, index) => [word, index]));
  const counts = words.map(() => 0);
  let any = false;
  const add = (word: string) => {
    const index = at.get(word);
    if (index === undefined) return;
    counts[index] = (counts[index] ?? 0) + 1;
    any = true;
  };
  eachWord(entry.title, add);
  eachWord(entry.text, add);
  return any ? { entry, counts } : null;
}

/** A word that few entries have says more. */
function weightOf(having: number, all: number): number {
  return Math.log(1 + (all - having + 0.5) / (having + 0.5));
}

/** BM25, with characters as the measure of length. */
function scoreOf({ entry, counts }: Hit, weights: readonly number[], meanLength: number): number {
  const length = K1 * (1 - B + (B * entry.text.length) / Math.max(1, meanLength));
  return counts.reduce((sum, times, word) => sum + ((weights[word] ?? 0) * times * (K1 + 1)) / (times + length), 0);
}

/** The lines with the weightiest words, in the order of the text. */
function bestLines(text: string, words: readonly string[], weights: readonly number[]): string[] {
  const at = new Map(words.map((word, index) => [word, index]));
  const lines: { line: number; start: number; end: number; at: number; weight: number }[] = [];
  let start = 0;
  let line = 1;
  while (start <= text.length) {
    const newline = text.indexOf('\n', start);
    const end = newline === -1 ? text.length : newline;
    const found = new Set<number>();
    let first: number | null = null;
    eachWord(text.slice(start, end), (word, place) => {
      const index = at.get(word);
      if (index === undefined) return;
      found.add(index);
      first ??= start + place;
    });
    if (first !== null) {
      const weight = [...found].toSorted((a, b) => a - b).reduce((sum, word) => sum + (weights[word] ?? 0), 0);
      lines.push({ line, start, end, at: first, weight });
    }
    start = end + 1;
    line++;
  }
  return lines
    .toSorted((a, b) => b.weight - a.weight)
    .slice(0, MAX_LINES)
    .toSorted((a, b) => a.line - b.line)
    .map((each) => `${each.line}: ${clipLine(text, each.start, each.end, LINE_BYTES, each.at).replace(/\r$/, '')}`);
}
