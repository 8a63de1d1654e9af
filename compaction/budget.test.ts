import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { budgetOf, type Room } from './budget.ts';

const room: Room = { contextWindow: 200_000, maxOutputTokens: 64_000, at: null, factor: 1, refusedAt: null };

describe('the budget of a model', () => {
  it('leaves room for the answer, and begins before the last moment', () => {
    expect(budgetOf(room)).toMatchObject({ usable: 180_000, trigger: 144_000, target: 86_400, tail: 20_000 });
    expect(budgetOf({ ...room, contextWindow: 32_000, maxOutputTokens: 8000 })).toMatchObject({
      usable: 24_000,
      trigger: 19_200,
    });
  });

  it('counts in the tokens of the counter, not of the provider', () => {
    expect(budgetOf({ ...room, factor: 2 })).toMatchObject({ usable: 90_000, trigger: 72_000 });
  });

  it('begins where the configuration says, but never later than there is room', () => {
    expect(budgetOf({ ...room, at: 50_000 }).trigger).toBe(50_000);
    expect(budgetOf({ ...room, at: 500_000 }).trigger).toBe(180_000);
  });

  it('believes a provider that has refused a request', () => {
    expect(budgetOf({ ...room, refusedAt: 40_000 })).toMatchObject({ usable: 40_000, trigger: 30_000, net: 30_000 });
  });

  it('is in order for every window: what is kept is less than where it begins, and that fits', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1000, max: 2_000_000 }),
        fc.integer({ min: 1, max: 200_000 }),
        fc.double({ min: 0.7, max: 2, noNaN: true }),
        (contextWindow, maxOutputTokens, factor) => {
          const { usable, net, trigger, target, tail, summary, ledger, prompts } = budgetOf({
            ...room,
            contextWindow,
            maxOutputTokens,
            factor,
          });
          expect(trigger).toBeLessThanOrEqual(net);
          expect(net).toBeLessThanOrEqual(usable);
          expect(target).toBeLessThan(trigger);
          expect(tail + summary + ledger + prompts).toBeLessThan(target);
        },
      ),
    );
  });
});
