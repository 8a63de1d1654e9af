/** Reading the JSON of a call's arguments, which a model wrote. */

/** No tool's arguments are nested this deeply. What walks through a value far deeper, `JSON.stringify` too, runs out of stack. */
export const MAX_NESTING = 200;

/** Whether JSON text is nested more deeply than `MAX_NESTING`. */
export function isTooDeep(text: string): boolean {
  let depth = 0;
  let isInString = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === '"') isInString = !isInString;
    else if (isInString && character === '\\') at += 1;
    else if (!isInString && (character === '[' || character === '{')) depth += 1;
    else if (!isInString && (character === ']' || character === '}')) depth -= 1;
    if (depth > MAX_NESTING) return true;
  }
  return false;
}

/** `JSON.parse` of a call's arguments. Throws `SyntaxError`, also for what is too deep. */
export function parseArguments(text: string): unknown {
  if (isTooDeep(text)) throw new SyntaxError(`nested more than ${MAX_NESTING} deep`);
  return JSON.parse(text);
}
