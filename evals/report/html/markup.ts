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

/** What of a text stays; about `left` characters between head and tail are left out. */
export type Within = { head: string; tail: string; left: number };

/** Makes a text fit into `max` bytes of the page, escapes counted: the end has `tailShare` (0 to 1) of the room. */
export function within(text: string, max: number, tailShare = 0): Within {
  // Of a long text only the ends are looked at. A line end of two characters becomes one; no other character vanishes.
  const reach = 2 * Math.ceil(max) + 2;
  const middle = Math.max(0, text.length - 2 * reach);
  const start = visible(middle === 0 ? text : text.slice(0, reach));
  const fits = start.length <= max && middle === 0 && Buffer.byteLength(escaped(start)) <= max;
  if (fits) return { head: start, tail: '', left: 0 };
  const head = start.slice(0, unitsWithin(start, max * (1 - tailShare)));
  const end = middle === 0 ? start.slice(head.length) : visible(text.slice(-reach));
  const tail = end.slice(end.length - unitsWithin(end, max * tailShare, true));
  const whole = middle === 0 ? start.length : start.length + middle + end.length;
  return { head, tail, left: whole - head.length - tail.length };
}

/** How many UTF-16 units of a text, from its beginning or its end, take at most `max` bytes as whole characters. */
function unitsWithin(text: string, max: number, fromEnd = false): number {
  let units = 0;
  for (let size = 0; units < text.length; ) {
    const at = fromEnd ? text.length - units - 1 : units;
    const isPair = fromEnd && /^[\ud800-\udbff][\udc00-\udfff]$/.test(text.slice(at - 1, at + 1));
    const point = text.codePointAt(isPair ? at - 1 : at) ?? 0;
    size += ESCAPES[String.fromCodePoint(point)]?.length ?? bytesOf(point);
    if (size > max) break;
    units += point > 0xffff ? 2 : 1;
  }
  return units;
}

/** Of a code point in UTF-8. */
function bytesOf(point: number): number {
  if (point < 0x80) return 1;
  if (point < 0x800) return 2;
  return point > 0xffff ? 4 : 3;
}
