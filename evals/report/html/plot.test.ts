import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { costPlot, niceStep, placeLabels } from './plot.ts';

const spot = fc.record({
  name: fc.string({ minLength: 1, maxLength: 28 }),
  x: fc.integer({ min: 56, max: 616 }),
  y: fc.integer({ min: 16, max: 292 }),
});

describe('placeLabels', () => {
  it('puts no label over another', () => {
    fc.assert(
      fc.property(fc.array(spot, { maxLength: 12 }), (spots) => {
        const boxes = placeLabels(spots).map(({ name, x, y, anchor }) => {
          const from = anchor === 'start' ? x : x - name.length * 7;
          return { from, to: from + name.length * 7, y };
        });
        for (const [index, one] of boxes.entries()) {
          for (const other of boxes.slice(index + 1)) {
            const beside = one.to <= other.from || other.to <= one.from;
            expect(beside || Math.abs(one.y - other.y) >= 15).toBe(true);
          }
        }
      }),
    );
  });
});

describe('niceStep', () => {
  it('is 1, 2 or 5 times a power of ten, and at least what is asked for', () => {
    expect([0.0031, 0.02, 0.3, 1, 7, 120].map(niceStep)).toEqual([0.005, 0.02, 0.5, 1, 10, 200]);
  });
});

describe('costPlot', () => {
  const success = (mean: number) => ({ mean, low: mean - 0.1, high: mean + 0.1, n: 9, method: 'jeffreys' as const });

  it('fills the agents of the front only', () => {
    const agents = [
      { name: 'cheap', cost: 1, success: success(0.4), front: true },
      { name: 'good', cost: 2, success: success(0.8), front: true },
      { name: 'beaten', cost: 3, success: success(0.5), front: false },
    ];
    const markup = costPlot(agents)?.markup ?? '';
    expect([...markup.matchAll(/class="(point[ a-z]*)"/g)].map(([, kind]) => kind)).toEqual([
      'point best',
      'point best',
      'point',
    ]);
    // From the cheaper one to the right, then up: between the two nothing is had for less.
    expect(markup).toMatch(/class="front" d="M[\d.]+ [\d.]+H[\d.]+V[\d.]+"/);
  });

  it('has a place for agents that cost nothing', () => {
    expect(costPlot([{ name: 'free', cost: 0, success: success(0.5), front: true }])?.markup).not.toContain('NaN');
    expect(costPlot([])).toBeNull();
  });
});
