/** A text as lines that remember their own ending, so that an edit changes nothing but the lines it names. */

export type Eol = '' | '\n' | '\r\n';

/** `text` is without its ending; only the last line of a text can have the ending ''. */
export type Line = { text: string; eol: Eol };

/** `bom` says that the text began with a byte order mark, which is in none of the lines. */
export type Lines = { bom: boolean; lines: Line[] };

/** Lines to put in place of `removes` lines from index `start` on. */
export type Run = { start: number; removes: number; adds: readonly string[] };

const BOM = '\uFEFF';

/** Splits at `\n` and `\r\n`; a lone `\r` is part of a line. An empty text has no lines. */
export function splitLines(text: string): Lines {
  const bom = text.startsWith(BOM);
  const lines: Line[] = [];
  let start = bom ? BOM.length : 0;
  while (start < text.length) {
    const end = text.indexOf('\n', start);
    if (end === -1) {
      lines.push({ text: text.slice(start), eol: '' });
      break;
    }
    const crlf = end > start && text[end - 1] === '\r';
    lines.push({ text: text.slice(start, crlf ? end - 1 : end), eol: crlf ? '\r\n' : '\n' });
    start = end + 1;
  }
  return { bom, lines };
}

/** The inverse of `splitLines`. */
export function joinLines({ bom, lines }: Lines): string {
  return (bom ? BOM : '') + lines.map((line) => line.text + line.eol).join('');
}

/** The ending that most lines have; `\n` when it is a draw or there is none. */
export function dominantEol(lines: readonly Line[]): '\n' | '\r\n' {
  let balance = 0;
  for (const { eol } of lines) balance += eol === '\r\n' ? 1 : eol === '\n' ? -1 : 0;
  return balance > 0 ? '\r\n' : '\n';
}

/**
 * Applies runs, which are in order and do not overlap. A new line takes the ending of the line that it replaces, else of
 * its neighbour, so that a file with mixed endings stays as it is elsewhere; a missing final newline stays missing.
 */
export function applyRuns(lines: readonly Line[], runs: readonly Run[]): Line[] {
  const usual = dominantEol(lines);
  const result: Line[] = [];
  const keep = (index: number): void => {
    const line = lines[index];
    if (line) result.push(line);
  };
  let next = 0;
  for (const { start, removes, adds } of runs) {
    for (; next < start; next++) keep(next);
    adds.forEach((text, index) => {
      const model = lines[index < removes ? start + index : start + removes - 1] ?? lines[start - 1] ?? lines[start];
      result.push({ text, eol: model?.eol || usual });
    });
    next = start + removes;
  }
  for (; next < lines.length; next++) keep(next);
  // Only the text's last line may be open, and it stays so: with another line there, the ending moves.
  const endsOpen = lines.at(-1)?.eol === '';
  const keptLast = result.findLastIndex((line) => line.eol === '');
  const formerLast = result[keptLast];
  if (formerLast) result[keptLast] = { ...formerLast, eol: usual };
  const last = result.at(-1);
  if (last) result[result.length - 1] = { ...last, eol: endsOpen ? '' : last.eol };
  return result;
}
