/** Terminal output as plain text: what a person would have seen in the end, without the control sequences. */
import { dropSequences } from './controls.ts';

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about.
const CONTROLS = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about.
const NEEDS_CLEANING = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/;
/** A character that is struck over, as man pages make bold: the later one stands. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about.
const OVERSTRIKE = /[^\n]\x08/g;

/** A line that was redrawn with carriage returns shows what was drawn last. */
function lastDrawn(line: string): string {
  return line.includes('\r') ? (line.split('\r').findLast((drawn) => drawn !== '') ?? '') : line;
}

/** Strips whole escape sequences and control characters, shows what is left of broken ones, folds redrawn lines, and turns CRLF into LF. */
export function cleanOutput(text: string): string {
  if (!NEEDS_CLEANING.test(text)) return text;
  const plain = dropSequences(text).replace(OVERSTRIKE, '');
  const drawn = plain.includes('\r') ? plain.split('\n').map(lastDrawn).join('\n') : plain;
  return drawn.replace(CONTROLS, '');
}
