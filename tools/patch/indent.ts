/**
 * Indentation of new lines for a block that was found with leading space ignored: where the model sent tabs for spaces,
 * or one level too few, its new lines are off in the same way. They follow the file, or the block is refused.
 */

/** The leading space of a line as it was sent, and as the file has it. */
export type IndentPair = { sent: string; file: string };

/** How an indentation that was sent is written in the file; null where the file does not tell. */
type Change = (indent: string) => string | null;

/** The end of a refusal: where new lines would have to be indented by a guess. */
export const UNCLEAR_INDENT =
  "indented in another way, which does not tell how to indent the new lines: send it again with the file's own tabs and spaces.";

function indentOf(line: string): string {
  return line.slice(0, line.length - line.trimStart().length);
}

/** Widths that a tab stands for in practice; the ones that are common first. */
const TAB_WIDTHS = [4, 2, 8, 3, 1];

/** The ways in which models get indentation wrong throughout. */
function regularChanges({ sent, file }: IndentPair): Change[] {
  const shifts: Change[] = [];
  if (file.endsWith(sent)) {
    const more = file.slice(0, file.length - sent.length);
    shifts.push((indent) => more + indent);
  }
  if (sent.endsWith(file)) {
    const less = sent.slice(0, sent.length - file.length);
    shifts.push((indent) => (indent.startsWith(less) ? indent.slice(less.length) : null));
  }
  const toTabs = TAB_WIDTHS.map(
    (width): Change =>
      (indent) =>
        indent.replaceAll(' '.repeat(width), '\t'),
  );
  const toSpaces = TAB_WIDTHS.map(
    (width): Change =>
      (indent) =>
        indent.replaceAll('\t', ' '.repeat(width)),
  );
  return [...shifts, ...toTabs, ...toSpaces];
}

/** The pairs of a block and the lines that it was found at; blank lines have no say. */
export function pairsOf(sent: readonly string[], there: readonly string[]): IndentPair[] {
  return sent.flatMap((line, index) =>
    line.trim() === '' ? [] : [{ sent: indentOf(line), file: indentOf(there[index] ?? '') }],
  );
}

/**
 * How new lines are to be indented where the block's lines stand as `pairs` say. An indentation that is in the block becomes what it is in the file; any
 * other follows the one change that explains all pairs, where there is one, unless it may be right as it is.
 */
export function indentChange(pairs: readonly IndentPair[]): Change {
  const different = pairs.find(({ sent, file }) => sent !== file);
  if (different === undefined) return (indent) => indent;
  const seen = new Map<string, string | null>();
  for (const { sent, file } of pairs) seen.set(sent, seen.has(sent) && seen.get(sent) !== file ? null : file);
  const regular = regularChanges(different).find((change) => pairs.every(({ sent, file }) => change(sent) === file));
  const inFile = new Set(pairs.map(({ file }) => file));
  return (indent) => {
    const known = seen.get(indent);
    if (known !== undefined) return known;
    const changed = regular?.(indent) ?? null;
    // It is one of the file's: the model may have got only the old lines wrong.
    return changed !== indent && inFile.has(indent) ? null : changed;
  };
}

/** `line` with its indentation changed; blank lines stay; null where `change` has no answer. */
export function reindent(line: string, change: Change): string | null {
  if (line.trim() === '') return line;
  const indent = indentOf(line);
  const changed = change(indent);
  return changed === null ? null : changed + line.slice(indent.length);
}
