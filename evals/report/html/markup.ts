/** HTML out of a tagged template: what is put into it is escaped, unless it is HTML already. Pure. */
import { visible } from '../visible.ts';

/** Text that may stand in a page as it is. Only `html` and `raw` make it. */
export type Html = { readonly markup: string };

/** What a template takes; null and false leave nothing. */
export type Value = Html | string | number | null | false | readonly Value[];

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&#34;',
  "'": '&#39;',
};

/** As text and as the value of a quoted attribute. What works unseen is made visible first. */
export function escaped(text: string): string {
  return visible(text).replace(/[&<>"']/g, (character) => ESCAPES[character] ?? character);
}

/** The tag of a template. Values stand in text or in quoted attributes, never in the name of a tag, a script or a style. */
export function html(strings: TemplateStringsArray, ...values: readonly Value[]): Html {
  return { markup: strings.reduce((text, part, index) => `${text}${markupOf(values[index - 1] ?? null)}${part}`) };
}

/** HTML that was written in the sources. */
export function raw(markup: string): Html {
  return { markup };
}

function markupOf(value: Value): string {
  if (value === null || value === false) return '';
  if (typeof value === 'string') return escaped(value);
  if (typeof value === 'number') return String(value);
  return isList(value) ? value.map(markupOf).join('') : value.markup;
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

/** How many bytes a piece takes in the file. */
export function sizeOf({ markup }: Html): number {
  return Buffer.byteLength(markup);
}

/** What of a text stays; `left` characters between head and tail are left out. */
export type Fitted = { head: string; tail: string; left: number };

/** Makes a text fit into `max` bytes of the page, escapes counted: the end has `tailShare` (0 to 1) of the room. */
export function within(text: string, max: number, tailShare = 0): Fitted {
  const shown = visible(text);
  // The longest escape has five bytes, and so most texts need no closer look.
  if (shown.length * 5 <= max || Buffer.byteLength(escaped(shown)) <= max) return { head: shown, tail: '', left: 0 };
  const characters = [
    ...`${shown.slice(0, max)}${tailShare > 0 ? shown.slice(Math.max(max, shown.length - max)) : ''}`,
  ];
  const heads = take(characters, max * (1 - tailShare));
  const tails = tailShare > 0 ? take(characters.slice(heads).reverse(), max * tailShare) : 0;
  const head = characters.slice(0, heads).join('');
  const tail = tails === 0 ? '' : characters.slice(-tails).join('');
  return { head, tail, left: shown.length - head.length - tail.length };
}

function take(characters: readonly string[], max: number): number {
  let size = 0;
  for (const [index, character] of characters.entries()) {
    size += ESCAPES[character]?.length ?? Buffer.byteLength(character);
    if (size > max) return index;
  }
  return characters.length;
}
