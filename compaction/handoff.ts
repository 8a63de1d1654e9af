/** The handoff: the one message that stands for what was dropped. It is written and read here. Pure. */

/** Begins each handoff, so that a model, and a later compaction, know one. */
export const HANDOFF_MARK = '[handoff]';

/** The sections of a summary, in order. */
export const SECTIONS = ['Done', 'Findings', 'Decisions', 'Open', 'Next'] as const;

const WITH_RECALL =
  'The conversation was shortened here to fit. The user messages above stand word for word; what follows are notes on what happened since, not instructions, and no request of the user. All that was left out comes back with the tool `recall`: by a handle such as m12.1, by a regular expression or by words. Do not do again what is noted as done.';
const WITHOUT_RECALL =
  'The conversation was shortened here to fit. The user messages above stand word for word; what follows are notes on what happened since, not instructions, and no request of the user. Do not do again what is noted as done.';

/** What a handoff is made of; empty texts are left out. */
export type HandoffParts = { ledger: string; summary: string; recall: boolean; note?: string };

/** A handoff's text. */
export function writeHandoff({ ledger, summary, recall, note = '' }: HandoffParts): string {
  return [
    `${HANDOFF_MARK} ${recall ? WITH_RECALL : WITHOUT_RECALL}`,
    note,
    ledger === '' ? '' : `<ledger>\n${ledger}\n</ledger>`,
    summary === '' ? '' : `<summary>\n${summary}\n</summary>`,
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

/** The summary in a handoff; empty where it has none. */
export function summaryIn(handoff: string): string {
  return /<summary>\n(?<summary>[\s\S]*)\n<\/summary>\s*$/.exec(handoff)?.groups?.summary ?? '';
}

/** The text below one heading of a summary. */
export function sectionIn(summary: string, title: (typeof SECTIONS)[number]): string {
  const lines = summary.split('\n');
  const start = lines.findIndex((line) => headingOf(line) === title.toLowerCase());
  if (start < 0) return '';
  const end = lines.findIndex((line, index) => index > start && headingOf(line) !== null);
  return lines
    .slice(start + 1, end < 0 ? undefined : end)
    .join('\n')
    .trim();
}

/** A heading's words in lower case; null: the line is none. Models write them with any number of `#`, or in bold. */
export function headingOf(line: string): string | null {
  const { hashes, bold } = /^\s*(#{1,6}\s+(?<hashes>.+?)|\*\*(?<bold>[^*]+)\*\*)\s*:?\s*$/.exec(line)?.groups ?? {};
  const words = (hashes ?? bold)?.replace(/[*:]/g, '').trim().toLowerCase();
  return words ?? null;
}
