import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { visible } from '../visible.ts';
import { escaped, html, raw, type Value, within } from './markup.ts';

/** Any text, and often such as a page would be hurt by. */
const text = fc.oneof(
  fc.array(fc.integer({ min: 0, max: 0x10ffff })).map((points) => String.fromCodePoint(...points)),
  fc
    .array(fc.constantFrom('<', '>', '&', '"', "'", '</script>', '\u202e', '\u200b', '\x1b[31m', '\r\n', 'a', '🚢'))
    .map((parts) => parts.join('')),
);

const unescaped = (markup: string) =>
  markup
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&#34;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');

describe('html', () => {
  it('lets no text out of its element or its attribute, and loses none of it', () => {
    fc.assert(
      fc.property(text, (value) => {
        const { markup } = html`<p title="${value}">${value}</p>`;
        const [, attribute = '', body = ''] = /^<p title="([^"<>]*)">([^<>]*)<\/p>$/.exec(markup) ?? [];
        expect(unescaped(attribute)).toBe(visible(value));
        expect(unescaped(body)).toBe(visible(value));
      }),
    );
  });

  it('takes HTML as it is, lists piece by piece, and nothing for null and false', () => {
    const pieces: Value[] = [html`<b>${'<'}</b>`, ' & ', 3, null, false, [raw('<i></i>')]];
    expect(html`<p>${pieces}</p>`.markup).toBe('<p><b>&lt;</b> &amp; 3<i></i></p>');
  });

  it('does not take a list of texts for HTML', () => {
    expect(html`${['<b>', '<i>']}`.markup).toBe('&lt;b&gt;&lt;i&gt;');
  });
});

describe('within', () => {
  it('takes no more than the room, escapes counted, and says how much it left out', () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 0, max: 200 }), fc.constantFrom(0, 0.5, 1), (value, max, tailShare) => {
        const { head, tail, left } = within(value, max, tailShare);
        expect(Buffer.byteLength(escaped(head + tail))).toBeLessThanOrEqual(max);
        const whole = visible(value);
        expect(whole.startsWith(head) && whole.endsWith(tail)).toBe(true);
        expect(left === 0).toBe(head === whole);
      }),
    );
  });

  it('leaves a text whole that has room', () => {
    expect(within('a < b', 8)).toEqual({ head: 'a < b', tail: '', left: 0 });
    expect(within('a < b', 7)).toEqual({ head: 'a < ', tail: '', left: 1 });
  });

  it('leaves no room unused that a character would have had', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', '<', 'é', '🚢'), { minLength: 50 }), (characters) => {
        const { head } = within(characters.join(''), 40);
        const next = characters[[...head].length] ?? '';
        expect(Buffer.byteLength(escaped(head + next))).toBeGreaterThan(40);
      }),
    );
  });

  it('counts what it leaves out of a text that is far too long', () => {
    expect(within('0123456789'.repeat(1000), 6, 0.5)).toEqual({ head: '012', tail: '789', left: 9994 });
  });

  it('keeps both ends', () => {
    expect(within('0123456789', 6, 0.5)).toEqual({ head: '012', tail: '789', left: 4 });
  });
});
