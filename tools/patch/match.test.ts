import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { explainMiss } from './explain.ts';
import { createMatcher } from './match.ts';
import { findNearest } from './nearest.ts';

describe('matcher', () => {
  it.each([
    ['exact', ['a', 'x'], 0],
    ['with trailing space', ['a ', 'x\t'], 1],
    ['with other indentation', ['a', '    x'], 2],
    ['with Unicode look-alikes', ['“it’s” – ok', 'x'], 3],
  ] as const)('finds a block %s, and says by which pass', (_, file, pass) => {
    const block = pass === 3 ? ['"it\'s" - ok', 'x'] : ['a', 'x'];
    expect(createMatcher(['other', ...file]).find(block)).toEqual({ pass, positions: [1] });
  });

  it('prefers one exact match to many forgiving ones', () => {
    expect(createMatcher([' a', 'a', 'a ']).find(['a'])).toEqual({ pass: 0, positions: [1] });
  });

  it('gives every position, overlapping ones too', () => {
    expect(createMatcher(['a', 'a', 'a']).find(['a', 'a'])?.positions).toEqual([0, 1]);
  });

  it('finds any slice of any file at its place, exactly', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1 }), fc.nat(), fc.nat(), (lines, a, b) => {
        const start = a % lines.length;
        const end = start + 1 + (b % (lines.length - start));
        const found = createMatcher(lines).find(lines.slice(start, end));
        expect(found?.pass).toBe(0);
        expect(found?.positions).toContain(start);
      }),
    );
  });

  it('names the region with most equal lines as the nearest', () => {
    const file = ['a', 'b', 'x', 'a', 'b', 'c', 'd'];
    expect(findNearest(createMatcher(file), ['a', 'b', 'c', 'e'])).toEqual({ start: 3, equal: 3, pass: 0 });
  });

  it('says by which pass the nearest region nearly matched', () => {
    expect(findNearest(createMatcher(['  a', '  b', 'c']), ['a', 'b', 'z'])).toEqual({
      start: 0,
      equal: 2,
      pass: 2,
    });
  });

  it('finds a line that was changed a little where no line is equal', () => {
    const file = ['one', 'const total = sum(items, tax);', 'two'];
    expect(findNearest(createMatcher(file), ['const total = sum(items);'])?.start).toBe(1);
  });

  it('explains a miss in few words, whatever the file and the block are', () => {
    const text = fc.string({ minLength: 0, maxLength: 400 }).map((each) => each.repeat(20));
    const some = fc.array(fc.oneof(text, fc.constant('same line')), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(some, some, (file, block) => {
        const explained = explainMiss(createMatcher(file), block);
        expect(explained.length).toBeLessThan(4000);
        expect(explained.split('\n').length).toBeLessThan(25);
      }),
    );
  });

  it('finds nothing near a block that is not at all in the file', () => {
    expect(findNearest(createMatcher(['one', 'two']), ['three four'])).toBeNull();
  });
});
