import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeBody } from './request-body.ts';

const sent = (params: object) => encodeBody(params).toString('utf8');

describe('a request’s body', () => {
  it('is what JSON.stringify gives, as a list grows and its last items are others each time', () => {
    const item = fc.oneof(fc.dictionary(fc.string(), fc.jsonValue()), fc.jsonValue());
    fc.assert(
      fc.property(
        fc.array(item, { maxLength: 300, size: 'max' }),
        fc.jsonValue(),
        fc.string(),
        (items, other, name) => {
          for (const end of [items.length >> 2, items.length >> 1, items.length]) {
            const marked = items.slice(0, end).map((each, index) => (index < end - 3 ? each : { each, end }));
            const params = { model: name, messages: marked, left: undefined, [name]: other };
            expect(sent(params)).toBe(JSON.stringify(params));
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('is right for another list that begins with the same item', () => {
    const items = Array.from({ length: 200 }, (_, index) => ({ index, text: 'é “quoted” \ud800' }));
    const changed = items.map((each, index) => (index === 70 ? { ...each, text: 'changed' } : each));
    const lists = [items, changed, items.slice(0, 64), items.slice(0, 63), items, []];
    for (const messages of lists) expect(sent({ messages })).toBe(JSON.stringify({ messages }));
  });
});
