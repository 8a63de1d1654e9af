/**
 * A model's text as Markdown that does nothing: no HTML, no links, no mentions, no references, nothing that cannot be seen. What a
 * forge would act upon goes into code, where it is shown as it is. Doing it twice is doing it once.
 */
import { UNSEEN } from './names.ts';

/** Longer than a person reads. */
const MAX_CHARACTERS = 4000;
const CUT = '\n\n(It went on.)';
const MAX_TITLE = 72;
const MAX_LINE = 500;

/** What a forge draws or offers to apply is shown as what it is. */
const ACTIVE_LANGUAGE = /^(mermaid|math|geojson|topojson|stl|suggestion.*)$/i;
const MAX_BACKTICKS = 10;

const eachUnseen = new RegExp(UNSEEN, 'gu');

/** A text without what cannot be seen; lines end in one way, and a tab is spaces. */
function visible(text: string): string {
  const lines = text.replace(/\r\n?|[\u2028\u2029\v\f\x85]/g, '\n').replaceAll('\t', '    ');
  return lines.replace(eachUnseen, (character) => (character === '\n' ? '\n' : ''));
}

/** Cleans a text of a model, or of anybody else, for a comment or a description. At most 4,000 characters. */
export function cleanText(text: string): string {
  const whole = visible(text);
  for (let length = Math.min(whole.length, MAX_CHARACTERS); ; length = Math.floor(length * 0.9)) {
    const isCut = length < whole.length;
    const clean = cleanBlocks(whole.slice(0, length).toWellFormed()) + (isCut ? CUT : '');
    if (clean.length <= MAX_CHARACTERS) return clean;
  }
}

/** The same for what stands within a line of ours, such as why something failed. At most 500 characters of it. */
export function cleanLine(text: string): string {
  // At the begin of a line these would open a block of code.
  const line = visible(text)
    .replace(/\s+/g, ' ')
    .replace(/^[ ~]+/, '');
  return cleanInline(line.length > MAX_LINE ? `${line.slice(0, MAX_LINE - 1).toWellFormed()}…` : line);
}

function cleanBlocks(text: string): string {
  const result: string[] = [];
  let fence: { mark: string; indent: number; language: string; lines: string[] } | null = null;
  const close = () => {
    if (fence !== null) result.push(fenced(fence.language, fence.lines));
    fence = null;
  };
  for (const line of text.split('\n')) {
    const [, indent = '', mark, rest = ''] = /^( *)(`{3,}|~{3,})(.*)$/.exec(line) ?? [];
    if (fence === null) {
      if (mark === undefined || (mark.startsWith('`') && rest.includes('`'))) result.push(cleanInline(line));
      else fence = { mark, indent: indent.length, language: rest.trim(), lines: [] };
    } else if (mark?.startsWith(fence.mark) && rest.trim() === '') close();
    else fence.lines.push(line.replace(new RegExp(`^ {0,${fence.indent}}`), ''));
  }
  close();
  return result
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}

/** Code, at the left edge, in a fence that nothing in it closes. */
function fenced(language: string, lines: readonly string[]): string {
  const inside = lines.map((line) =>
    noComment(line)
      .replace(/`{11,}/g, '`'.repeat(MAX_BACKTICKS))
      // Programs that look for commands at the begin of a line do not all look for fences.
      .replace(/^(\s*)(?=\/[a-z])/i, '$1| '),
  );
  const longest = Math.max(2, ...inside.flatMap((line) => line.match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longest + 1);
  const name = /^[A-Za-z0-9+#._-]{1,20}$/.test(language) && !ACTIVE_LANGUAGE.test(language) ? language : '';
  // Blank lines at the ends, and several in a row, would not outlive another cleaning.
  const body = inside
    .map((line) => line.trimEnd())
    .join('\n')
    .replace(/\n{3,}/g, '\n\n');
  return `${fence}${name}\n${body}\n${fence}`;
}

const noComment = (code: string) => code.replaceAll('<!--', '<! --');

/** Joins pieces of a line; two code spans must not touch, or they are one. */
function join(pieces: readonly string[]): string {
  return pieces.reduce(
    (line, piece) => (line.endsWith('`') && piece.startsWith('`') ? `${line} ${piece}` : line + piece),
    '',
  );
}

/** One line outside of fences: its code, and what is around. */
function cleanInline(line: string): string {
  const pieces: string[] = [];
  let at = 0;
  for (const { 0: whole, 2: inside = '', index } of line.matchAll(/(?<!`)(`+)(?!`)(.*?)(?<!`)\1(?!`)/g)) {
    pieces.push(...plainPieces(line.slice(at, index)), span(inside));
    at = index + whole.length;
  }
  pieces.push(...plainPieces(line.slice(at)));
  // Where an empty span went, what stood behind it may begin the line now, and would open a block of code.
  const clean = join(pieces)
    .trimEnd()
    .replace(/^( *)~{3,}/, '$1');
  // Nothing but dashes and colons is the second line of a table, whose cells cut code in two.
  return /^[\s>*+:-]*$/.test(clean) ? clean.replaceAll(':', '').trimEnd() : clean;
}

/** A code span of one backtick on each side. Empty where there is nothing to show. */
function span(code: string): string {
  const text = noComment(code).replaceAll('`', "'").trim();
  return text === '' ? '' : `\`${text}\``;
}

/** Text without code. An escape at its end must not reach the code behind it. */
function plainPieces(text: string): string[] {
  const unlinked = text
    .replaceAll('`', "'")
    .replace(
      /(?<!\\)!?\[([^[\]]*)\]\(\s*([^()\s]*)[^()]*\)/g,
      (_, name: string, address: string) => `${name} (${address})`,
    );
  return unlinked.split(/(\s+)/).flatMap((token) => (token === '' ? [] : tokenPieces(token)));
}

/** What forges make links, mentions and references of, in a word. */
const LIVE = [
  /@[\p{L}\p{N}]/u,
  /#\p{N}/u,
  /(^|[^\p{L}\p{N}])gh-\p{N}/iu,
  /[a-z][a-z0-9+.-]*:\/\//i,
  /(^|[^\p{L}\p{N}])(www\.|mailto:|xmpp:)/iu,
  // A commit's id; a word of these letters alone is none.
  /(?<![\p{L}\p{N}])(?=[a-f]*[0-9])[0-9a-f]{7,64}(?![\p{L}\p{N}])/iu,
];

function tokenPieces(token: string): string[] {
  const bare = token
    .replace(/\\(?=[!-/:-@[-`{-~])/g, '')
    .replace(/&lt;/g, '<')
    .replace(/&amp;/g, '&');
  const isCommand = /^\/[a-z]/i.test(bare);
  if (!isCommand && !LIVE.some((pattern) => pattern.test(bare))) return [escapeText(token)];
  const [, before = '', core = '', after = ''] = /^([(*_"'[]*)(.*?)([)*_"'\].,;:!?]*)$/s.exec(bare) ?? [];
  return [escapeText(before), span(core), escapeText(after)];
}

/** Escapes what begins HTML, links, tables and formulas. What is escaped already stays so. */
function escapeText(text: string): string {
  return text.replace(/\\[\\[\]|$_*~#<>&!(){}.+-]|&lt;|&amp;|[<&[\]|$]|\\$/g, (part) => {
    if (part === '<' || part === '\\<') return '&lt;';
    if (part === '&' || part === '\\&') return '&amp;';
    if (part === '\\') return '\\\\';
    return part.length === 1 ? `\\${part}` : part;
  });
}

/** Anybody's words as code within a line of Markdown: what cannot be seen is named. At most `max` characters. */
export function inCode(text: string, max = 200): string {
  const shown = text.replace(eachUnseen, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
  const cut = shown.length > max ? `${shown.slice(0, max - 1).toWellFormed()}…` : shown;
  return span(cut.replaceAll('|', '¦')) || '(nothing)';
}

/**
 * Anybody's words as one line of plain text, for a title or the first line of a commit: no mentions or references, none of the
 * words in brackets that keep a CI from running. At most 72 characters.
 */
export function cleanTitle(text: string): string {
  // What lies far behind is cut off anyway, and long runs of one character take the expressions long.
  const line = visible(text.slice(0, 16 * MAX_TITLE).toWellFormed())
    .replace(/[`<>\\|*]/g, '')
    .replaceAll('[', '(')
    .replaceAll(']', ')')
    .replace(/@+(?=[\p{L}\p{N}])/gu, '')
    .replace(/#+(?=\p{N})/gu, '')
    .replace(/\bgh-(?=\p{N})/giu, 'GH ')
    .replace(/:\/\//g, ': ')
    .replace(/\s+/g, ' ')
    .replace(/^[\s/!-]+/, '')
    .trim();
  return line.length <= MAX_TITLE
    ? line
    : `${line
        .slice(0, MAX_TITLE - 1)
        .toWellFormed()
        .trimEnd()}…`;
}
