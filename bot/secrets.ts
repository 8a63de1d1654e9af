/**
 * Secrets in what is about to be published: by their shape, by the values in this process's environment, and by canaries. Whoever
 * wants a value out may write it in other ways; the plain ones are known: encoded, escaped, turned round, taken apart. One that is
 * encrypted or packed is not, which is why the agent never gets one in the first place.
 */
import { createHash } from 'node:crypto';
import { SECRET_PATTERNS } from '../agent/index.ts';

/** What must not be published. */
export type Wanted = {
  /** As `secretValues` gives them. */
  values: readonly { kind: string; value: string }[];
  /** SHA-256 of words, in hex. */
  canaries: readonly string[];
};

/** Never holds the secret itself. `line` counts from one. */
export type Found = { kind: string; line: number };

/** Shorter remains of a value would be found in any text. */
const LEAST_CHARACTERS = 8;

/** Finds secrets in a text, or in bytes that are none. */
export function findSecrets(content: string | Buffer, wanted: Wanted): Found[] {
  const raw = typeof content === 'string' ? content : content.toString(looksLikeText(content) ? 'utf8' : 'latin1');
  const text = raw.normalize('NFKC');
  const found = [...byShape(text), ...byValue(text, wanted.values), ...byCanary(text, wanted.canaries)];
  const seen = new Set<string>();
  return found
    .filter(({ kind, line }) => !seen.has(`${line} ${kind}`) && seen.add(`${line} ${kind}`))
    .sort((a, b) => a.line - b.line);
}

/** Wide characters of other encodings are taken as bytes: what lies between the letters is stepped over. */
function looksLikeText(bytes: Buffer): boolean {
  return !bytes.includes(0);
}

function lineAt(text: string, index: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < index; at = text.indexOf('\n', at + 1)) line += 1;
  return line;
}

function byShape(text: string): Found[] {
  return SECRET_PATTERNS.flatMap(({ kind, pattern }) => {
    // Counted on from the one before: a text may hold as many as it has lines.
    let [line, from] = [1, 0];
    return [...text.matchAll(pattern)].map(({ index }) => {
      line += lineAt(text.slice(from, index), index) - 1;
      from = index;
      return { kind, line };
    });
  });
}

function byValue(text: string, values: Wanted['values']): Found[] {
  if (values.length === 0) return [];
  const plain = unescapeText(text);
  const [letters, lettersOfPlain] = [squeeze(text), squeeze(plain)];
  return values.flatMap(({ kind, value }) => {
    const found: Found[] = [];
    for (const form of [value, reverse(value)]) {
      for (const where of [text, plain]) {
        const at = where.indexOf(form);
        if (at !== -1) found.push({ kind, line: lineAt(where, at) });
      }
    }
    for (const form of formsOf(value)) {
      if (form.length < LEAST_CHARACTERS) continue;
      for (const [where, whole] of [
        [letters, text],
        [lettersOfPlain, plain],
      ] as const) {
        const at = where.indexOf(form);
        if (at !== -1) found.push({ kind, line: lineAt(whole, placeOfLetter(whole, at)) });
      }
    }
    return found.slice(0, 1);
  });
}

/** The letters and digits of what a value becomes when it is encoded. */
function formsOf(value: string): Set<string> {
  const bytes = Buffer.from(value);
  const turned = Buffer.from(reverse(value));
  const forms = [value, bytes.toString('hex'), ...base64Forms(bytes), turned.toString('hex'), ...base64Forms(turned)];
  return new Set([...forms, ...forms.map(reverse)].map(squeeze));
}

/** Base64 of the bytes amid others: by how many came before, what is the same whatever they and those behind are. */
function base64Forms(bytes: Buffer): string[] {
  return [0, 1, 2].flatMap((before) => {
    const first = Math.ceil((before * 8) / 6);
    const last = Math.floor(((before + bytes.length) * 8) / 6);
    const whole = Buffer.concat([Buffer.alloc(before), bytes, Buffer.alloc(2)]).toString('base64');
    const form = whole.slice(first, last);
    // `-` and `_` of base64url are no letters either.
    return [form];
  });
}

const reverse = (text: string) => [...text].reverse().join('');

/** Small letters and digits alone: whatever was put between them is gone. */
function squeeze(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9]+/g, '');
}

/** Where in a text the letter or digit is that has this place among them. */
function placeOfLetter(text: string, place: number): number {
  let left = place;
  for (const { index } of text.toLowerCase().matchAll(/[a-z0-9]/g)) if (left-- === 0) return index;
  return text.length;
}

/** What escapes stand for, once: those of addresses, of strings in programs and of HTML. */
function unescapeText(text: string): string {
  return text.replace(
    /%([0-9a-f]{2})|\\x([0-9a-f]{2})|\\u\{?0*([0-9a-f]{2})\b\}?|\\u00([0-9a-f]{2})|&#x0*([0-9a-f]{2});|&#0*([0-9]{2,3});|\\([0-7]{3})/gi,
    (whole, a?: string, b?: string, c?: string, d?: string, e?: string, decimal?: string, octal?: string) => {
      const hex = a ?? b ?? c ?? d ?? e;
      const code =
        hex !== undefined
          ? Number.parseInt(hex, 16)
          : decimal !== undefined
            ? Number(decimal)
            : Number.parseInt(octal ?? '', 8);
      // A line more would move all that follow.
      return code < 32 || code > 126 ? whole : String.fromCharCode(code);
    },
  );
}

/** What a word may be: of letters and digits, with what names have, with what encodings have, or up to the next space. */
const WORDS = [/[\p{L}\p{N}]+/gu, /[\p{L}\p{N}_-]+/gu, /[\p{L}\p{N}_.+/=-]+/gu, /[^\s"'`<>()[\]{},;]+/gu];
/** No canary is shorter, none longer. */
const MIN_WORD = 4;
const MAX_WORD = 512;

function byCanary(text: string, canaries: readonly string[]): Found[] {
  if (canaries.length === 0) return [];
  const wanted = new Set(canaries);
  const places = new Map<string, number>();
  for (const pattern of WORDS) {
    for (const { 0: word, index } of text.matchAll(pattern)) if (!places.has(word)) places.set(word, index);
  }
  const found: Found[] = [];
  for (const [word, index] of places) {
    const words = [word, ...decoded(word).flatMap((inner) => WORDS.flatMap((pattern) => inner.match(pattern) ?? []))];
    if (words.some((each) => isCanary(each, wanted))) found.push({ kind: 'canary', line: lineAt(text, index) });
  }
  return found;
}

function isCanary(word: string, wanted: ReadonlySet<string>): boolean {
  if (word.length < MIN_WORD || word.length > MAX_WORD) return false;
  const digest = (text: string) => createHash('sha256').update(text).digest('hex');
  return wanted.has(digest(word)) || wanted.has(digest(reverse(word)));
}

/** What a word says in base64 or hex, where it may be either. */
function decoded(word: string): string[] {
  const texts: string[] = [];
  if (/^(?:[0-9a-f]{2}){4,}$/i.test(word)) texts.push(Buffer.from(word, 'hex').toString('latin1'));
  if (/^[A-Za-z0-9+/_-]{6,}={0,2}$/.test(word)) texts.push(Buffer.from(word, 'base64').toString('utf8'));
  return texts;
}
