/** What another machine says, as one line that can be printed. */

/** More than this of another machine's words helps nobody. */
const MAX_CHARACTERS = 400;

// Sequences for a terminal, then every control character that is no white space, and what makes a line read as another.
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const SEQUENCES = /\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)?|.)/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const CONTROLS = /[\x00-\x08\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;

/** Makes one line of a text: no control characters, white space folded, at most 400 characters. */
export function plainLine(text: string): string {
  const line = text.replace(SEQUENCES, '').replace(CONTROLS, '').replace(/\s+/g, ' ').trim();
  return line.length <= MAX_CHARACTERS ? line : `${line.slice(0, MAX_CHARACTERS - 1)}…`;
}
