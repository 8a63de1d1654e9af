/**
 * Control characters in text that a model, a repository or a command wrote: what of them may go without a trace, and
 * what must be seen. Nothing here removes text that a reader would miss, so nothing can hide behind an escape.
 */

/** What a terminal acts on and shows no sign of: an escape sequence that is whole, or that the text's end cut off. */
const SEQUENCES = new RegExp(
  [
    // CSI: colours, cursor movement, modes.
    String.raw`\x1b\[[0-?]*[ -/]*[@-~]`,
    // OSC, DCS, SOS, PM and APC: window titles, links. One without an end on its line is no sequence: a terminal may
    // swallow all that follows, but a reader must not.
    String.raw`\x1b[\]PX^_][^\x07\x1b\r\n]*(?:\x07|\x1b\\)`,
    // Character sets and the like, then the single characters; others may be text.
    String.raw`\x1b[ #%()*+./-][0-9A-Za-z]`,
    String.raw`\x1b[78=>cDEHMNOZ]`,
    String.raw`\x1b(?:\[[0-9;?]*)?$`,
  ].join('|'),
  'g',
);

/** Control characters but for tab and line feed, and those that change the direction of text (CVE-2021-42574). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about.
const UNSEEN = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g;

function picture(character: string): string {
  const code = character.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  return code === 0x7f ? '␡' : `<U+${code.toString(16).toUpperCase().padStart(4, '0')}>`;
}

/** Makes every control character but tab and line feed visible, e.g. an escape as `␛`, and removes nothing. */
export function showControls(text: string): string {
  return text.replace(UNSEEN, picture);
}

/** Drops whole escape sequences and shows any other escape as `␛`, with all that follows it. */
export function dropSequences(text: string): string {
  return text.includes('\x1b') ? text.replace(SEQUENCES, '').replaceAll('\x1b', '␛') : text;
}
