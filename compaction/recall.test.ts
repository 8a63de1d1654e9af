import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findHere } from '../test/find-places.ts';
import { type RecallEntry, type RecallQuery, recall } from './index.ts';
import { LEAST_BYTES } from './recall-types.ts';

const entry = (handle: string, text: string, title = 'user message'): RecallEntry => ({ handle, title, text });
const ask = (entries: readonly RecallEntry[], query: RecallQuery, maxBytes = 12_288) =>
  recall(entries, query, { maxBytes, findPlaces: findHere });

/** What an answer by handle shows, without its note. */
const body = (text: string) => text.slice(0, text.lastIndexOf('\n['));

const anyText = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 300 }),
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc
    .array(
      fc.oneof(fc.lorem(), fc.string({ unit: 'binary', maxLength: 900 }), fc.constantFrom('', '\r', '😀'.repeat(500))),
      {
        maxLength: 12,
      },
    )
    .map((lines) => lines.join('\n')),
);

describe('by handle', () => {
  it('gives the whole text and says whose it is', async () => {
    const { text, isError } = await ask([entry('m1', 'one\ntwo')], { handle: ' m1 ', offset: 0 });
    expect(text).toBe('one\ntwo\n[m1, user message: all 7 characters]');
    expect(isError).toBe(false);
  });

  it('ends a page at the end of a line and says where to go on', async () => {
    const text = 'a line of text\n'.repeat(200);
    const answer = await ask([entry('m3.2', text, 'result of shell')], { handle: 'm3.2', offset: 0 }, LEAST_BYTES);
    expect(body(answer.text).endsWith('text\n')).toBe(true);
    const to = answer.details.to;
    expect(answer.text).toContain(`[m3.2, result of shell: characters 0–${to} of 3000; go on with offset ${to}]`);
  });

  it('gives all of any text, page by page, and no page is larger than allowed', async () => {
    await fc.assert(
      fc.asyncProperty(anyText, fc.integer({ min: LEAST_BYTES, max: 3000 }), async (text, maxBytes) => {
        const entries = [entry('m1', text)];
        let whole = '';
        let offset = 0;
        do {
          const answer = await ask(entries, { handle: 'm1', offset }, maxBytes);
          expect(Buffer.byteLength(answer.text)).toBeLessThanOrEqual(maxBytes);
          expect(answer.details.from).toBe(offset);
          whole += body(answer.text);
          expect(Number(answer.details.to)).toBeGreaterThanOrEqual(offset);
          offset = Number(answer.details.to);
        } while (offset < text.length);
        expect(whole).toBe(text);
      }),
    );
  });

  it('never begins or ends in the middle of a surrogate pair', async () => {
    const text = '😀'.repeat(2000);
    for (let offset = 0; offset < 8; offset++) {
      expect(
        body((await ask([entry('m1', text)], { handle: 'm1', offset }, LEAST_BYTES + offset)).text).isWellFormed(),
      ).toBe(true);
    }
  });

  it('refuses an offset behind the end, and shows an empty text as empty', async () => {
    const entries = [entry('m1', 'abc'), entry('m2', '')];
    expect(await ask(entries, { handle: 'm1', offset: 3 })).toMatchObject({
      isError: true,
      details: { error: 'bad_offset' },
    });
    expect((await ask(entries, { handle: 'm2', offset: 0 })).text).toBe('\n[m2, user message: all 0 characters]');
  });

  it('names the nearest handles where one does not exist', async () => {
    const entries = ['m1', 'm2', 'm2.1', 'm2.2', 'm3', 'out-00aa112233', 'out-ffff112233'].map((name) =>
      entry(name, 'x'),
    );
    const nearest = async (handle: string) =>
      /Nearest: (\S+?)[,.]? /.exec(`${(await ask(entries, { handle, offset: 0 })).text} `)?.[1];
    expect(await nearest('m9')).toBe('m3');
    expect(await nearest('m2.7')).toBe('m2.2');
    expect(await nearest('out-ffff11223')).toBe('out-ffff112233');
    expect(await nearest('2')).toBe('m2');
    const answer = await ask(entries, { handle: 'the plan', offset: 0 });
    expect(answer).toMatchObject({ isError: true, details: { error: 'unknown_handle' } });
    expect(answer.text).toContain('Handles look like m12');
    expect((await ask([], { handle: 'm1', offset: 0 })).text).toContain('nothing to recall');
  });

  it('says of binary data what it is', async () => {
    const entries = [{ ...entry('out-00aa112233', ''), binary: 'PNG image, 512 bytes' }];
    const answer = await ask(entries, { handle: 'out-00aa112233', offset: 0 });
    expect(answer.isError).toBe(true);
    expect(answer.text).toContain('PNG image, 512 bytes');
  });

  it('finds a copy, which no search does', async () => {
    const entries = [
      { ...entry('m2.1', 'the needle again', 'result of recall'), isCopy: true },
      entry('m1', 'a needle'),
    ];
    expect((await ask(entries, { handle: 'm2.1', offset: 0 })).text).toContain('again');
    expect((await ask(entries, { pattern: 'needle', offset: 0 })).text).not.toContain('again');
    expect((await ask(entries, { words: 'needle', offset: 0 })).text).not.toContain('again');
  });
});

describe('any query over any entries', () => {
  const entries = fc
    .array(fc.record({ title: anyText, text: anyText, isCopy: fc.boolean() }), { maxLength: 8 })
    .map((list) =>
      list.map((each, index) => ({ ...each, handle: index % 3 ? `m${index}` : `out-${'a'.repeat(63)}${index}` })),
    );
  const query: fc.Arbitrary<RecallQuery> = fc
    .tuple(
      fc.oneof(
        fc.record({ handle: fc.oneof(anyText, fc.constantFrom('m1', 'm2', 'm9.9', `out-${'a'.repeat(63)}3`)) }),
        fc.record({ pattern: fc.oneof(anyText, fc.constantFrom('.', 'o', '[aeiou].', '\\p{L}+', '(', '\\S\\s', '$')) }),
        fc.record({ words: fc.oneof(anyText, fc.lorem()) }),
      ),
      fc.integer({ min: 0, max: 40 }),
    )
    .map(([asked, offset]) => ({ ...asked, offset }));

  it('never gives more than the allowed bytes, and the same again for the same', async () => {
    await fc.assert(
      fc.asyncProperty(entries, query, fc.integer({ min: LEAST_BYTES, max: 4000 }), async (list, asked, maxBytes) => {
        const answer = await ask(list, asked, maxBytes);
        expect(Buffer.byteLength(answer.text)).toBeLessThanOrEqual(maxBytes);
        expect(answer.text).not.toBe('');
        expect(await ask(structuredClone(list), asked, maxBytes)).toEqual(answer);
      }),
      { numRuns: 300 },
    );
  });
});

it('looks through ten megabytes in long lines and in many', async () => {
  const many = Array.from({ length: 2000 }, (_, index) =>
    entry(`m${index + 1}`, `line ${index} of parseHandle\n`.repeat(90)),
  );
  const long = entry('out-0123456789', '{"key":"value","needle":1}'.repeat(200_000));
  const entries = [...many, long];
  expect((await ask(entries, { pattern: 'line 1999', offset: 0 })).details).toMatchObject({ matches: 90, items: 1 });
  expect((await ask(entries, { pattern: '"needle"', offset: 20_000 })).details).toMatchObject({ items: 1, shown: 20 });
  expect((await ask(entries, { pattern: 'e', offset: 190_000 })).details).toMatchObject({ items: 2001, shown: 20 });
  expect((await ask(entries, { words: 'needle 1999', offset: 0 })).details).toMatchObject({ items: 2, shown: 2 });
  expect((await ask(entries, { handle: 'out-0123456789', offset: 5_000_000 })).isError).toBe(false);
}, 60_000);
