import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { beginsWith, overGrowing } from './growing.ts';

type Item = { text: string };
const textOf = (items: readonly Item[]) => items.map(({ text }) => text).join(',');

describe('a sum over a growing list', () => {
  it('is what the list itself gives, whatever lists came before', () => {
    const pool: Item[] = ['a', 'b', 'c', 'd', 'e'].map((text) => ({ text }));
    const list = fc.array(fc.constantFrom(...pool), { maxLength: 8 });
    fc.assert(
      fc.property(fc.array(list, { maxLength: 12 }), (lists) => {
        const sum = overGrowing<Item, string[]>(
          () => [],
          (texts, { text }) => {
            texts.push(text);
            return texts;
          },
        );
        for (const items of lists) expect(sum(items).join(',')).toBe(textOf(items));
      }),
    );
  });

  it('looks at no item twice while the list only grows', () => {
    let looked = 0;
    const count = overGrowing<Item, number>(
      () => 0,
      (sum) => {
        looked += 1;
        return sum + 1;
      },
    );
    const items: Item[] = [];
    for (let size = 1; size <= 50; size += 1) {
      items.push({ text: String(size) });
      expect(count([...items])).toBe(size);
    }
    expect(looked).toBe(50);
  });
});

describe('beginsWith', () => {
  it('compares objects, not what they hold', () => {
    const [a, b] = [{}, {}];
    expect(beginsWith([a, b], [a])).toBe(true);
    expect(beginsWith([a, b], [b])).toBe(false);
    expect(beginsWith([a], [a, b])).toBe(false);
    expect(beginsWith([{}], [a])).toBe(false);
    expect(beginsWith([a], [])).toBe(true);
  });
});
