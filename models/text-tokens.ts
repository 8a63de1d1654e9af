/**
 * How many tokens a text is, about, without a tokenizer's vocabulary. The tokenizers of today's models first cut a text
 * into pieces by rules that are alike (a word with the blank before it, up to three digits, a run of punctuation with the
 * line's end, an indentation), and never join over a border. In code, prose and logs nine pieces of ten are one token.
 * So the pieces are counted exactly, in one pass, and only what a piece comes to is a guess by its kind and length.
 *
 * The figures follow the means of o200k_base over code in nine languages, documentation, logs of 20 programs, JSON, hashes,
 * base64 and prose in 22 languages, 10 MB together, this project's own files among them. What `npm run bench:tokens` makes
 * of logs, sentences and emoji was looked at too; the other tokenizers were not.
 */

/** Tokens of a word in ASCII letters by its length; the first entry stands for none. */
const WORD = [0, 1, 1, 1.01, 1.04, 1.05, 1.05, 1.1, 1.13, 1.18, 1.26, 1.36, 1.46, 1.6, 1.8, 2, 2.2];
/** Each letter beyond the table. */
const LONG_WORD_LETTER = 0.28;
/** Each letter beyond the second of a word in capitals. */
const CAPITAL = 0.2;
/** A word of letters that follow no language: base64, hashes, random names. */
const RANDOM_LETTER = 0.62;
/** A run of letters and digits is random where its words have fewer letters than this on average. */
const RANDOM_LENGTH = 2.6;
/** What the average begins with, and the part that a word has in it: four short words in a row bring it down. */
const USUAL_LENGTH = 5;
const LENGTH_SHARE = 0.25;

/** A character's class. The letters of other scripts begin at `OTHER_LETTER`, their weights are in `LETTER_WEIGHT`. */
const LOWER = 0;
const UPPER = 1;
const DIGIT = 2;
const PUNCTUATION = 3;
const BLANK = 4;
const NEWLINE = 5;
const SYMBOL = 6;
const OTHER_LETTER = 7;

/** First and last code unit, class beyond ASCII's, and the tokens that each letter adds to its piece. */
const SCRIPTS: readonly (readonly [first: number, last: number, weight: number])[] = [
  [0x00c0, 0x024f, 0.45], // Latin with marks
  [0x0250, 0x036f, 0.8], // phonetic letters, combining marks
  [0x0370, 0x03ff, 0.335], // Greek
  [0x0400, 0x052f, 0.2], // Cyrillic
  [0x0531, 0x0588, 0.5], // Armenian
  [0x0591, 0x05f4, 0.33], // Hebrew
  [0x0610, 0x077f, 0.265], // Arabic
  [0x0900, 0x0963, 0.28], // Devanagari
  [0x0980, 0x09e5, 0.365], // Bengali
  [0x0a00, 0x0dff, 0.5], // the other scripts of India
  [0x0e00, 0x0eff, 0.4], // Thai, Lao
  [0x1000, 0x1cff, 0.7], // Myanmar, Georgian, Ethiopic, Khmer, Mongolian and others
  [0x1e00, 0x1fff, 0.45], // Vietnamese, old Greek
  [0x3041, 0x30ff, 0.66], // Hiragana, Katakana
  [0x3400, 0x9fff, 0.67], // Han
  [0xac00, 0xd7a3, 0.57], // Hangul
  [0xf900, 0xfaff, 1.5], // Han, compatibility forms
];
/** What a word outside ASCII costs beside its letters, and each ASCII letter in it. */
const OTHER_WORD = 0.4;
const ASCII_IN_OTHER_WORD = 0.2;

/** A mark that stands before a word is one piece with it, and one token where the two are often seen together. */
const MARK_BEFORE_WORD = 0.9;
const MARKS_BEFORE_WORD: Readonly<Record<string, number>> = {
  '\t': 0.1,
  '#': 0.1,
  '\\': 0.15,
  '.': 0.18,
  _: 0.18,
  '(': 0.17,
  '<': 0.3,
  '-': 0.4,
  "'": 0.4,
  '[': 0.45,
  '/': 0.5,
  '"': 0.5,
  ',': 0.5,
  '=': 0.6,
  $: 0.6,
};

/** Each change of character in a run of punctuation beyond the second. */
const PUNCTUATION_CHANGE = 0.47;
/** From so many of the same mark on they are counted apart from the others; so many more of it are about one token. */
const RULE_LENGTH = 3;
const SAME_IN_TOKEN = 8;
/** What lines are drawn with. */
const RULE_MARKS = '-=*#._/+~';
const RULE_MARKS_IN_TOKEN = 40;
/** So many blanks are one token. */
const BLANKS_IN_TOKEN = 80;
/** A character beyond ASCII that is no letter, another such one behind it, and half an emoji. */
const FIRST_SYMBOL = 1;
const SYMBOL_AFTER = 0.8;
const SAME_SYMBOL = 0.2;
const HALF_EMOJI = 1;

const CLASS = new Uint8Array(0x10000).fill(SYMBOL);
for (let code = 0; code < 128; code += 1) CLASS[code] = PUNCTUATION;
CLASS.fill(LOWER, 97, 123);
CLASS.fill(UPPER, 65, 91);
CLASS.fill(DIGIT, 48, 58);
for (const code of [9, 11, 12, 32, 0xa0, 0x3000]) CLASS[code] = BLANK;
for (const code of [10, 13]) CLASS[code] = NEWLINE;
for (const [index, [first, last]] of SCRIPTS.entries()) CLASS.fill(OTHER_LETTER + index, first, last + 1);

const LETTER_WEIGHT = new Float64Array(256);
for (const [index, [, , weight]] of SCRIPTS.entries()) LETTER_WEIGHT[OTHER_LETTER + index] = weight;
const BEFORE_WORD = new Float64Array(128).fill(MARK_BEFORE_WORD);
for (const [mark, cost] of Object.entries(MARKS_BEFORE_WORD)) BEFORE_WORD[mark.charCodeAt(0)] = cost;
BEFORE_WORD[32] = 0;

/** Tokens of a text, about. Zero only for an empty text. Additive over parts to a few tokens; some 100 MB a second. */
export function estimateTokens(text: string): number {
  const end = text.length;
  let tokens = 0;
  let at = 0;
  // What stands before the next piece and would be one with it: 0 for nothing, a blank, or a mark.
  let before = 0;
  let length = USUAL_LENGTH;
  let glued = false;
  while (at < end) {
    const start = at;
    const code = text.charCodeAt(at);
    const kind = classAt(code);
    if (kind <= UPPER || kind >= OTHER_LETTER) {
      // Capitals, then small letters; letters without case may be among both.
      let kindHere = kind;
      let others = 0;
      let count = 0;
      while (kindHere === UPPER || kindHere >= OTHER_LETTER) {
        if (kindHere >= OTHER_LETTER) {
          others += LETTER_WEIGHT[kindHere] ?? 0;
          count += 1;
        }
        at += 1;
        kindHere = at < end ? classAt(text.charCodeAt(at)) : NEWLINE;
      }
      while (kindHere === LOWER || kindHere >= OTHER_LETTER) {
        if (kindHere >= OTHER_LETTER) {
          others += LETTER_WEIGHT[kindHere] ?? 0;
          count += 1;
        }
        at += 1;
        kindHere = at < end ? classAt(text.charCodeAt(at)) : NEWLINE;
      }
      const letters = at - start;
      if (others > 0) tokens += Math.max(1, OTHER_WORD + others + (letters - count) * ASCII_IN_OTHER_WORD);
      else {
        const random = glued && length < RANDOM_LENGTH;
        tokens += random ? Math.max(1, letters * RANDOM_LETTER) : wordTokens(text, start, letters);
        length += (letters - length) * LENGTH_SHARE;
      }
      if (before > 0) tokens += BEFORE_WORD[before] ?? MARK_BEFORE_WORD;
      glued = true;
      before = 0;
    } else if (kind === DIGIT) {
      do at += 1;
      while (at < end && classAt(text.charCodeAt(at)) === DIGIT);
      tokens += Math.ceil((at - start) / 3) + (before > 0 ? 1 : 0);
      length += (1 - length) * LENGTH_SHARE;
      glued = true;
      before = 0;
    } else if (kind === BLANK || kind === NEWLINE) {
      at = blankEnd(text, start, end);
      const blanks = at - start;
      const isLine = classAt(text.charCodeAt(at - 1)) === NEWLINE;
      // The last blank belongs to what follows.
      const alone = isLine || at === end ? blanks : blanks - 1;
      tokens += Math.ceil(alone / BLANKS_IN_TOKEN);
      before = alone < blanks ? text.charCodeAt(at - 1) : 0;
      glued = false;
      length = USUAL_LENGTH;
    } else {
      at = runEnd(text, start, end);
      const next = at < end ? classAt(text.charCodeAt(at)) : NEWLINE;
      if (at === start + 1 && before === 0 && (next <= UPPER || next >= OTHER_LETTER)) before = code;
      else {
        tokens += runTokens(text, start, at) + (before > 0 && before !== 32 ? 1 : 0);
        before = 0;
      }
      // The line's end is one piece with the marks before it.
      while (at < end && classAt(text.charCodeAt(at)) === NEWLINE) at += 1;
      // Two of the characters of base64.
      if (code !== 43 && code !== 47) {
        glued = false;
        length = USUAL_LENGTH;
      }
    }
  }
  return end === 0 ? 0 : Math.max(1, Math.round(tokens));
}

function classAt(code: number): number {
  return CLASS[code] ?? SYMBOL;
}

/** An ASCII word. In capitals, or with several of them before its small letters, it is rarer. */
function wordTokens(text: string, start: number, letters: number): number {
  const usual = WORD[letters] ?? 2.2 + (letters + 1 - WORD.length) * LONG_WORD_LETTER;
  if (letters < 3 || classAt(text.charCodeAt(start + 1)) !== UPPER) return usual;
  return usual + (letters - 2) * CAPITAL;
}

/** The end of blanks and line ends. Behind the last line end of a run, an indentation is a piece of its own. */
function blankEnd(text: string, start: number, end: number): number {
  let at = start;
  let line = start;
  while (at < end) {
    const kind = classAt(text.charCodeAt(at));
    if (kind !== BLANK && kind !== NEWLINE) break;
    at += 1;
    if (kind === NEWLINE) line = at;
  }
  return line > start ? line : at;
}

function runEnd(text: string, start: number, end: number): number {
  let at = start;
  do at += 1;
  while (at < end && isMark(classAt(text.charCodeAt(at))));
  return at;
}

function isMark(kind: number): boolean {
  return kind === PUNCTUATION || kind === SYMBOL;
}

/** A run of punctuation and symbols. Three and more of a mark in a row are a token of their own, or several. */
function runTokens(text: string, start: number, end: number): number {
  let changes = 0;
  let rules = 0;
  let symbols = 0;
  let previous = 0;
  let inRow = 0;
  for (let at = start; at < end; at += 1) {
    const code = text.charCodeAt(at);
    const isNew = code !== previous;
    inRow = isNew ? 1 : inRow + 1;
    if (code >= 0xd800 && code < 0xe000) symbols += HALF_EMOJI;
    else if (code >= 128) symbols += !isNew ? SAME_SYMBOL : at === start ? FIRST_SYMBOL : SYMBOL_AFTER;
    else if (isNew) changes += 1;
    else if (inRow === RULE_LENGTH) {
      changes -= 1;
      rules += 1;
    } else if (inRow > RULE_LENGTH)
      rules += RULE_MARKS.includes(text.charAt(at)) ? 1 / RULE_MARKS_IN_TOKEN : 1 / SAME_IN_TOKEN;
    previous = code;
  }
  const marks = changes === 0 ? 0 : 1 + (changes > 2 ? 0.2 + (changes - 3) * PUNCTUATION_CHANGE : 0);
  return Math.max(1, marks + rules + symbols);
}
