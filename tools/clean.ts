/** Terminal output as plain text: what a person would have seen in the end, without the control sequences. */

/** Escape sequences: CSI, OSC and the other string sequences, then the short ones. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about.
const ESCAPES = /\x1b\[[0-?]*[ -/]*[@-~]?|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[ -/]*[0-~]?/g;
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

/** Strips escape sequences and control characters, folds redrawn lines, and turns CRLF into LF. */
export function cleanOutput(text: string): string {
  if (!NEEDS_CLEANING.test(text)) return text;
  const plain = text.replace(ESCAPES, '').replace(OVERSTRIKE, '');
  const drawn = plain.includes('\r') ? plain.split('\n').map(lastDrawn).join('\n') : plain;
  return drawn.replace(CONTROLS, '');
}
