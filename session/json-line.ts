/** JSON as one line, of the log and of what is printed as JSON. */

/** DEL, and the controls of which each is one character, such as U+009B, which a terminal takes for `ESC [`. */
const LEFT_RAW = /[\x7f-\x9f]/g;

/** A value as JSON with its line feed. Unlike JSON itself, it leaves no control character as it is: a terminal may show it. */
export function encodeLine(value: object): string {
  const escaped = (character: string) => `\\u00${character.charCodeAt(0).toString(16)}`;
  return `${JSON.stringify(value).replace(LEFT_RAW, escaped)}\n`;
}
