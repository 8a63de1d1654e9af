/** What earlier summaries noted and the newest does not say again: models forget when they write anew. Pure. */
import type { HistoryItem } from '../session/index.ts';
import { type SECTIONS, sectionIn, summaryIn } from './handoff.ts';
import { textOf } from './view.ts';

/** Words by which a line is known again in other words: with a digit, a path, an underscore or a capital within. */
const TELLING = /\p{N}|[/_@#=]|\p{Ll}\p{Lu}/u;
/** Of a line without such words, so much must be there for it to have been said again. */
const CARRIED_SHARE = 0.7;

/** The entries of one section of a summary; lines that say that there are none are left out. */
export function entriesIn(summary: string, section: (typeof SECTIONS)[number]): string[] {
  return sectionIn(summary, section)
    .split('\n')
    .map((line) => line.replace(/^\s*([-*•]|\d+[.)])\s+/, '').trim())
    .filter((line) => line !== '' && !/^(none|nothing|n\/a|-)\.?$/i.test(line));
}

/**
 * The entries of a section in all summaries so far that `summary`, the newest, does not carry, the newest at the end.
 */
export function notCarried(
  history: readonly HistoryItem[],
  section: (typeof SECTIONS)[number],
  summary: string,
): string[] {
  const lines = new Set<string>();
  for (const item of history.toSorted((a, b) => a.id - b.id)) {
    if (item.kind !== 'handoff') continue;
    for (const line of entriesIn(summaryIn(textOf(item.message)), section)) {
      // One that was said again is as new as its last time.
      lines.delete(line);
      lines.add(line);
    }
  }
  const words = new Set(wordsOf(summary));
  return [...lines].filter((line) => !isCarried(line, words));
}

function isCarried(line: string, words: ReadonlySet<string>): boolean {
  const own = [...new Set(wordsOf(line))];
  const telling = own.filter((word) => TELLING.test(word));
  if (telling.length > 0) return telling.every((word) => words.has(word));
  return own.filter((word) => words.has(word)).length >= own.length * CARRIED_SHARE;
}

function wordsOf(text: string): string[] {
  return text
    .split(/[\s,;:()[\]{}"'`*]+/u)
    .map((word) => word.replace(/[.!?]+$/, ''))
    .filter((word) => word !== '');
}
