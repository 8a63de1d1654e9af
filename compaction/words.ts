/** The words of a text, as a search by words sees them. Pure. */

const RUN = /[\p{L}\p{N}\p{M}_]+/gu;
const PLAIN = /^[a-z0-9]+$/;
/** Longer ones are digests and encoded data. */
const MAX_RUN_CHARACTERS = 100;
/** Between `parse` and `Handle`, and between `HTTP` and `Server`. */
const CAMEL = /(?<=[\p{Ll}\p{N}])(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})/u;
/** Scripts that are written without spaces: their words are found as pairs of letters. */
const SPACELESS =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;

/**
 * Visits each word with the position where its run of letters begins, in lower case. An identifier (`parseHandle`,
 * `max_bytes`) gives its parts, and the whole without what joins them.
 */
export function eachWord(text: string, visit: (word: string, at: number) => void): void {
  RUN.lastIndex = 0;
  for (const { 0: run, index } of text.matchAll(RUN)) {
    if (PLAIN.test(run)) {
      if (run.length <= MAX_RUN_CHARACTERS) visit(run, index);
    } else if (SPACELESS.test(run)) pairsOf(run.normalize('NFC'), (pair) => visit(pair, index));
    else if (run.length <= MAX_RUN_CHARACTERS) {
      const parts = run
        .normalize('NFC')
        .split('_')
        .filter(Boolean)
        .flatMap((part) => part.split(CAMEL));
      for (const part of parts) visit(part.toLowerCase(), index);
      if (parts.length > 1) visit(parts.join('').toLowerCase(), index);
    }
  }
}

function pairsOf(run: string, visit: (pair: string) => void): void {
  let before: string | null = null;
  let alone = true;
  for (const letter of run.toLowerCase()) {
    if (before !== null) {
      visit(before + letter);
      alone = false;
    }
    before = letter;
  }
  if (alone && before !== null) visit(before);
}
