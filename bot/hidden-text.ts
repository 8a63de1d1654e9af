/**
 * Untrusted text as a person sees it on the forge: what only a model would read is taken out before a model reads it. Pure. Where
 * it is not clear whether something is shown, it goes: what went is counted, so that it can be said.
 */

/** What was taken out, or shortened. */
export type Hidden = 'comments' | 'invisible' | 'controls' | 'images' | 'links' | 'data';

export type Cleaned = { text: string; removed: Partial<Record<Hidden, number>> };

const WORDS: Readonly<Record<Hidden, readonly [string, string]>> = {
  comments: ['HTML comment', 'HTML comments'],
  invisible: ['invisible character', 'invisible characters'],
  controls: ['control character', 'control characters'],
  images: ['image (its alternative text was kept)', 'images (their alternative texts were kept)'],
  links: ['link definition that nothing uses', 'link definitions that nothing uses'],
  data: ['data: address', 'data: addresses'],
};

/** No forge takes texts of more than 64 Ki characters; the end of a log may be as long. */
const MAX_CHARACTERS = 1024 * 1024;
const MAX_ALT = 200;

/** Format characters, and all that Unicode says is to be shown as nothing: joiners, marks of direction, tags, fillers, selectors. */
const INVISIBLE = /[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu;
/** In a picture of more than one character these have a meaning: a selector or a joiner where Unicode's own sequences have them. */
const PICTURE =
  /\p{Emoji}(?:\p{Emoji_Modifier}|[\ufe0e\ufe0f])?(?:\u200d\p{Extended_Pictographic}(?:\p{Emoji_Modifier}|\ufe0f)?)*/gu;
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what is looked for.
const ESCAPES = /\x1b(?:\[[0-9;:?]{0,50}[A-Za-z]|\][^\x07\x1b\n]{0,1000}(?:\x07|\x1b\\))/g;
const CONTROLS = /[^\P{Cc}\t\n]/gu;

/** Takes out what a reader on the forge does not see, and shortens what is no text. Clean text comes back as it was. */
export function cleanText(text: string): Cleaned {
  const removed: Cleaned['removed'] = {};
  const count = (kind: Hidden) => {
    removed[kind] = (removed[kind] ?? 0) + 1;
  };
  const take =
    (kind: Hidden, by = '') =>
    () => {
      count(kind);
      return by;
    };
  const cut = text.length > MAX_CHARACTERS;
  let rest = (cut ? text.slice(0, MAX_CHARACTERS) : text).toWellFormed();
  rest = rest
    .replace(/\r\n?|[\u2028\u2029\u0085]/g, '\n')
    .replace(ESCAPES, take('controls'))
    .replace(CONTROLS, take('controls'));
  // First: without them, what follows is not what it seems to be.
  rest = withoutInvisible(rest, () => count('invisible'));
  rest = withoutComments(rest, cut, () => count('comments'));
  rest = rest.replace(/\bdata:[a-z]{1,20}\/[a-z0-9.+-]{1,80}[;,][^\s"'<>)\]]{0,1000000}/gi, take('data', 'data:…'));
  rest = withoutImages(rest, () => count('images'));
  rest = withoutUnusedLinks(rest, () => count('links'));
  return { text: rest, removed };
}

/** One line that says what was taken out of the text `where`; null: nothing was. */
export function removedRemark(where: string, removed: Cleaned['removed']): string | null {
  const parts = Object.entries(WORDS).flatMap(([kind, [one, many]]) => {
    const count = Object.entries(removed).find(([name]) => name === kind)?.[1] ?? 0;
    return count === 0 ? [] : [`${count} ${count === 1 ? one : many}`];
  });
  return parts.length === 0 ? null : `${where}: left out ${parts.join(', ')}`;
}

/** Text of others in one line of at most `max` characters: a title, a name, a path. */
export function cleanLine(text: string, max = 256): string {
  const line = cleanText(text.slice(0, 8 * max))
    .text.replace(/\s+/g, ' ')
    .trim();
  return line.length <= max
    ? line
    : `${line
        .slice(0, max - 1)
        .toWellFormed()
        .replace(/\ufffd$/, '')}…`;
}

function withoutInvisible(text: string, count: () => void): string {
  INVISIBLE.lastIndex = 0;
  if (!INVISIBLE.test(text)) return text;
  const strip = (part: string) =>
    part.replace(INVISIBLE, () => {
      count();
      return '';
    });
  let result = '';
  let from = 0;
  for (const match of text.matchAll(PICTURE)) {
    result += strip(text.slice(from, match.index)) + match[0];
    from = match.index + match[0].length;
  }
  return result + strip(text.slice(from));
}

/** A comment that has no end hides the rest where it begins a line; elsewhere it is shown as it is. */
function withoutComments(text: string, toTheEnd: boolean, count: () => void): string {
  let result = '';
  let from = 0;
  for (;;) {
    const start = text.indexOf('<!--', from);
    if (start === -1) return result + text.slice(from);
    const end = text.indexOf('-->', start + 2);
    if (end === -1) {
      const rest = text.slice(from);
      const opening = toTheEnd ? /<!--/.exec(rest) : /^[ \t>*+\d.)-]{0,40}<!--/m.exec(rest);
      if (opening === null) return result + rest;
      count();
      return result + rest.slice(0, opening.index);
    }
    count();
    // A blank, so that what stood before and behind does not become a comment.
    result += `${text.slice(from, start)} `;
    from = end + 3;
  }
}

function withoutImages(text: string, count: () => void): string {
  const image = (alt: string | undefined) => {
    count();
    const said = (alt ?? '').replace(/[[\]<>]/g, '').trim();
    if (said === '') return '[image]';
    return `[image: ${said.length <= MAX_ALT ? said : `${said.slice(0, MAX_ALT).replace(/[\ud800-\udbff]$/, '')}…`}]`;
  };
  return text
    .replace(/!\[([^[\]\n]{0,2000})\](?:\([^()\n]{0,2000}\)|\[[^[\]\n]{0,200}\])/g, (_, alt: string) => image(alt))
    .replace(/<img\b[^<>]{0,4000}>/gi, (tag) => {
      const alt = /\balt\s{0,5}=\s{0,5}(?:"([^"]*)"|'([^']*)'|([^\s"'<>]+))/i.exec(tag);
      return image(alt?.[1] ?? alt?.[2] ?? alt?.[3]);
    });
}

/** `[label]: address "title"` is shown nowhere: a known way to hide a line. A label that the text uses stays, without the title. */
function withoutUnusedLinks(text: string, count: () => void): string {
  const definition =
    /^( {0,3}\[([^[\]\n]{1,999})\]:[ \t]{0,9}\S{1,2000})[ \t]{0,9}(?:"[^"\n]*"|'[^'\n]*'|\([^()\n]*\))?[ \t]{0,9}$/;
  const lines = text.split('\n');
  if (!lines.some((line) => definition.test(line))) return text;
  const used = new Set<string>();
  for (const line of lines) {
    if (definition.test(line)) continue;
    for (const match of line.matchAll(/\[([^[\]\n]{1,999})\]/g)) used.add((match[1] ?? '').trim().toLowerCase());
  }
  return lines
    .flatMap((line) => {
      const found = definition.exec(line);
      if (found?.[1] === undefined) return [line];
      if (used.has((found[2] ?? '').trim().toLowerCase())) return [found[1]];
      count();
      return [];
    })
    .join('\n');
}
