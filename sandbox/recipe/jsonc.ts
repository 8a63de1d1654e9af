/** JSON with comments and trailing commas, as editors write it. */

// Each alternative takes the rest where its end is missing, so that no text is looked through twice.
const STRING_OR_COMMENT = /("(?:[^"\\]|\\[\s\S])*"?)|\/\/[^\n\r]*|\/\*(?:[\s\S]*?\*\/|[\s\S]*$)/g;
const STRING_OR_LAST_COMMA = /("(?:[^"\\]|\\[\s\S])*"?)|,(?=\s*[}\]])/g;

/** Parses it; throws `SyntaxError`. */
export function parseJsonc(text: string): unknown {
  const keepString = (_: string, string: string | undefined) => string ?? ' ';
  return JSON.parse(
    text
      .replace(/^\uFEFF/, '')
      .replace(STRING_OR_COMMENT, keepString)
      .replace(STRING_OR_LAST_COMMA, keepString),
  );
}
