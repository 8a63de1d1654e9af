import { describe, expect, it } from 'vitest';
import { findHere } from '../test/find-places.ts';
import { type RecallEntry, recall } from './index.ts';
import { eachWord } from './words.ts';

const entry = (handle: string, text: string, title = 'user message'): RecallEntry => ({ handle, title, text });
const find = (entries: readonly RecallEntry[], words: string, offset = 0) =>
  recall(entries, { words, offset }, { maxBytes: 12_288, findPlaces: findHere });
const order = async (entries: readonly RecallEntry[], words: string) =>
  [...(await find(entries, words)).text.matchAll(/^(\S+) · /gm)].map(([, handle]) => handle);

describe('the words of a text', () => {
  const words = (text: string) => {
    const found: string[] = [];
    eachWord(text, (word) => found.push(word));
    return found;
  };

  it.each([
    ['parseHandle', ['parse', 'handle', 'parsehandle']],
    ['MAX_BYTES', ['max', 'bytes', 'maxbytes']],
    ['HTTPServer2', ['http', 'server2', 'httpserver2']],
    ['src/foldView.ts:12', ['src', 'fold', 'view', 'foldview', 'ts', '12']],
    ['Größe naïve', ['größe', 'naïve']],
    ['na\u0069\u0308ve', ['naïve']],
    ['検索する', ['検索', '索す', 'する']],
    ['猫', ['猫']],
    ['__ -- !', []],
    ['a'.repeat(101), []],
  ])('%s', (text, expected) => {
    expect(words(text)).toEqual(expected.map((word) => word.normalize('NFC')));
  });
});

describe('by words', () => {
  it('puts entries with more and rarer words first, and shows their best lines', async () => {
    const entries = [
      entry('m1', 'the cache is warm\nthe cache'),
      entry('m2', 'one\nthe eviction of the cache\nthree\nthe cache'),
      entry('m3', 'the cache'),
      entry('m4', 'nothing of it'),
    ];
    const answer = await find(entries, 'cache eviction');
    expect((await order(entries, 'cache eviction'))[0]).toBe('m2');
    expect(answer.text).toContain('m2 · user message\n2: the eviction of the cache\n4: the cache\n');
    expect(answer.text).toContain('[3 items with at least one of the words, best first; shown 1–3]');
  });

  it('finds identifiers by their parts, and the whole one before those', async () => {
    const entries = [entry('m1', 'to parse a handle is'), entry('m2', 'call parseHandle is'), entry('m3', 'parse')];
    expect(await order(entries, 'parseHandle')).toEqual(['m2', 'm1', 'm3']);
    expect(await order(entries, 'handle')).toHaveLength(2);
  });

  it('looks at titles too', async () => {
    const entries = [entry('m1.1', 'export {};', 'result of read_file src/budget.ts')];
    expect(await order(entries, 'budget')).toEqual(['m1.1']);
  });

  it('puts the older of two that are equally good first', async () => {
    const entries = ['m1', 'm2', 'm3'].map((handle) => entry(handle, 'same words'));
    expect(await order(entries, 'words')).toEqual(['m1', 'm2', 'm3']);
  });

  it('pages on through all that was found', async () => {
    const entries = Array.from({ length: 23 }, (_, index) => entry(`m${index + 1}`, 'needle'));
    const first = await find(entries, 'needle');
    expect(first.text).toContain(
      '[23 items with at least one of the words, best first; shown 1–10; go on with offset 10]',
    );
    const pages: string[] = [];
    for (const offset of [0, 10, 20]) {
      pages.push(...((await find(entries, 'needle', offset)).text.match(/^m\d+(?= ·)/gm) ?? []));
    }
    expect(pages).toEqual(entries.map(({ handle }) => handle));
    expect(await find(entries, 'needle', 23)).toMatchObject({ isError: true, details: { error: 'bad_offset' } });
  });

  it('leaves out a clipped result where its whole is there', async () => {
    const result = { ...entry('m1.1', 'needle'), whole: 'out-0123456789' };
    expect(await order([result, entry('out-0123456789', 'needle')], 'needle')).toEqual(['out-0123456789']);
    expect(await order([result], 'needle')).toEqual(['m1.1']);
  });

  it('says that nothing was found and what to try, and that signs are no words', async () => {
    const answer = await find([entry('m1', 'x')], 'absent words');
    expect(answer.isError).toBe(false);
    expect(answer.text).toBe(
      'No item has any of these words: absent words. Try other words, parts of names, or a pattern.',
    );
    expect((await find([], 'absent')).isError).toBe(false);
    expect(await find([entry('m1', '=>')], '=>')).toMatchObject({ isError: true, details: { error: 'no_words' } });
  });
});
