import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findHere } from '../test/find-places.ts';
import { type RecallEntry, recall } from './index.ts';

const entry = (handle: string, text: string, title = 'user message'): RecallEntry => ({ handle, title, text });
const find = (entries: readonly RecallEntry[], pattern: string, offset = 0, maxBytes = 12_288) =>
  recall(entries, { pattern, offset }, { maxBytes, findPlaces: findHere });

describe('by pattern', () => {
  it('shows matching lines by handle, with numbers and one line around, oldest first', async () => {
    const entries = [
      entry('m1', 'zero\none\ntwo\nthree\nfour'),
      entry('m2', 'nothing'),
      entry('m2.1', 'two', 'result of shell npm test'),
    ];
    expect((await find(entries, 'two')).text).toBe(
      [
        'm1 · user message',
        '2- one',
        '3: two',
        '4- three',
        'm2.1 · result of shell npm test',
        '1: two',
        '[2 matches in 2 items, oldest first; shown 1–2]',
      ].join('\n'),
    );
  });

  it('shows no line twice where matches are near each other, and marks a gap', async () => {
    const text = 'x1\nx2\na\nx3\na\nb\nc\nd\nx4\n';
    expect((await find([entry('m1', text)], '^x')).text.split('\n').slice(1, -1)).toEqual([
      '1: x1',
      '2: x2',
      '3- a',
      '4: x3',
      '5- a',
      '--',
      '8- d',
      '9: x4',
    ]);
  });

  it.each([
    ['error', 'Error', 1],
    ['Error', 'error', 0],
    ['\\Srror', 'ERROR', 1],
    ['\\p{Lu}rr', 'Error', 1],
    ['(?<Name>error)', 'ERROR', 1],
    ['ünder', 'ÜNDER', 1],
    ['Ünder', 'ünder', 0],
  ])('tells case apart only where the pattern has upper-case letters: %s on %s', async (pattern, text, matches) => {
    expect((await find([entry('m1', text)], pattern)).details.matches).toBe(matches);
  });

  it('looks at each line for ^ and $, and across lines where it is asked to', async () => {
    expect((await find([entry('m1', 'a\nb\nc')], '^b$')).details.matches).toBe(1);
    expect((await find([entry('m1', 'a\nb\nc')], 'a\\nb')).text).toContain('1: a\n2- b');
  });

  it('visits each matching line once, page by page', async () => {
    const texts = fc.array(fc.array(fc.constantFrom('hit', 'hit hit', 'no', ''), { maxLength: 60 }), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(texts, fc.integer({ min: 1024, max: 3000 }), async (lists, maxBytes) => {
        const entries = lists.map((lines, index) => entry(`m${index + 1}`, lines.join('\n')));
        const expected = lists.flatMap((lines, index) =>
          lines.flatMap((line, at) => (line.includes('hit') ? [`m${index + 1} ${at + 1}`] : [])),
        );
        const seen: string[] = [];
        while (seen.length < expected.length) {
          const { text, details } = await find(entries, 'hit', seen.length, maxBytes);
          expect(details.shown).toBeGreaterThan(0);
          let handle = '';
          for (const row of text.split('\n')) {
            handle = /^(m\d+) · /.exec(row)?.[1] ?? handle;
            const line = /^(\d+): /.exec(row)?.[1];
            if (line !== undefined) seen.push(`${handle} ${line}`);
          }
        }
        expect(seen).toEqual(expected);
      }),
    );
  });

  it('counts all and says how to go on', async () => {
    const entries = [entry('m1', 'hit\n'.repeat(30)), entry('m2', 'hit')];
    expect((await find(entries, 'hit')).text).toContain(
      '[31 matches in 2 items, oldest first; shown 1–20; go on with offset 20]',
    );
    expect((await find(entries, 'hit', 20)).text).toContain('[31 matches in 2 items, oldest first; shown 21–31]');
    expect(await find(entries, 'hit', 31)).toMatchObject({ isError: true, details: { error: 'bad_offset' } });
  });

  it('keeps its pages where entries are added', async () => {
    const entries = [entry('m1', 'hit\n'.repeat(30))];
    const shown = async (list: RecallEntry[]) => (await find(list, 'hit', 5)).text.split('\n').slice(0, -1);
    expect(await shown([...entries, entry('m2', 'hit')])).toEqual(await shown(entries));
  });

  it('shows the part of a long line that matches, and where it is', async () => {
    const text = `${'x'.repeat(5000)}needle${'y'.repeat(5000)}needle`;
    const answer = await find([entry('m1', text)], 'needle');
    expect(answer.details.matches).toBe(2);
    expect(answer.text).toMatch(/^1: …x+needley+… \[character 5000\]$/m);
    expect(answer.text).toMatch(/^1: …y+needle \[character 10006\]$/m);
  });

  it('shows a line of a clipped result once where its whole is searched too, and what only the result has', async () => {
    const result = { ...entry('m1.1', 'first\n[9 lines left out]\nlast\n[exit code 1]'), whole: 'out-0123456789' };
    const whole = entry('out-0123456789', 'first\nmiddle\nlast');
    const handles = async (pattern: string) =>
      [...(await find([result, whole], pattern)).text.matchAll(/^(\S+) · /gm)].map(([, name]) => name);
    expect(await handles('first|middle|last$')).toEqual(['out-0123456789']);
    expect(await handles('exit code')).toEqual(['m1.1']);
    expect((await find([result], 'first')).details.matches).toBe(1);
  });

  it('says why a pattern is no regular expression', async () => {
    const answer = await find([entry('m1', 'x')], '(a');
    expect(answer).toMatchObject({ isError: true, details: { error: 'invalid_pattern' } });
    expect(answer.text).toContain('Unterminated group');
    expect((await find([], 'x'.repeat(1001))).isError).toBe(true);
  });

  it('refuses a pattern that fits on every line', async () => {
    expect(await find([entry('m1', 'x')], 'y*')).toMatchObject({
      isError: true,
      details: { error: 'invalid_pattern' },
    });
  });

  it('says that nothing matches, in how many items, and what was not searched', async () => {
    const answer = await recall(
      [entry('m1', 'x')],
      { pattern: 'y', offset: 0 },
      { maxBytes: 2000, findPlaces: findHere, unsearched: 3 },
    );
    expect(answer.isError).toBe(false);
    expect(answer.text).toBe(
      'No line of 1 item matches y; 3 older outputs not searched. Try a shorter pattern, or words.',
    );
  });
});
