/** Terminal output as plain text: what a person would have seen in the end, without the control sequences. */
import { dropSequences } from './controls.ts';

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about.
const CONTROLS = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about.
const NEEDS_CLEANING = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/;
/** A character that is struck over, as man pages make bold: the later one stands. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about.
const OVERSTRIKE = /[^\n]\x08/g;

/** What programs redraw lines with: the cursor to another line or to the line's begin, and erasing. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about.
const MOVE = /\x1b\[(\d{0,3})([ABEFGJK])/g;
const C1 = /[\x80-\x9f]/g;
/** A move between two controls that nothing else has by then, or the end of a line; or text. */
const TOKEN = /\x80(\d*)([A-K])|\r|\n|[^\x80\r\n]+/g;

/** Nobody's screen is higher, so nothing above is redrawn. */
const SCREEN_LINES = 100;

/**
 * Lines as they were drawn last. Whoever goes to the begin of a line, or to another, draws it anew: what stood there goes
 * with the first character, not before, so that a progress bar that ends with a return is still there. Clearing the whole
 * screen is no reason to lose what was said.
 */
function lastDrawn(text: string): string {
  const lines = [''];
  let row = 0;
  let anew = false;
  const goTo = (to: number) => {
    row = Math.min(lines.length - 1, Math.max(0, lines.length - SCREEN_LINES, to));
    anew = true;
  };
  for (const [token, digits = '', move] of text.matchAll(TOKEN)) {
    const count = Number(digits === '' ? 1 : digits);
    if (token === '\n') {
      row += 1;
      anew = row < lines.length;
      if (!anew) lines.push('');
    } else if (token === '\r' || (move === 'G' && count <= 1)) anew = true;
    else if (move === 'A' || move === 'F') goTo(row - count);
    else if (move === 'B' || move === 'E') goTo(row + count);
    else if (move === 'K' || move === 'J') {
      const whole = move === 'K' && digits === '2';
      if (whole || (anew && Number(digits) === 0)) lines[row] = '';
      if (move === 'J' && Number(digits) === 0) lines.length = row + 1;
    } else if (move === undefined) {
      lines[row] = anew ? token : `${lines[row]}${token}`;
      anew = false;
    }
  }
  return lines.join('\n');
}

/** Strips whole escape sequences and control characters, shows what is left of broken ones, folds redrawn lines, and turns CRLF into LF. */
export function cleanOutput(text: string): string {
  if (!NEEDS_CLEANING.test(text)) return text;
  const marked = text.replace(C1, '').replace(MOVE, '\x80$1$2');
  const plain = dropSequences(marked).replace(OVERSTRIKE, '');
  return lastDrawn(plain).replace(CONTROLS, '');
}
