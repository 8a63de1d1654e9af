import fc from 'fast-check';
import { expect, test } from 'vitest';
import { paretoFront } from './pareto.ts';

const point = (cost: number, success: number) => ({ cost, success });

test('a point that costs more without succeeding more is off the front', () => {
  const points = [point(3, 0.5), point(1, 0.4), point(2, 0.7), point(2, 0.6), point(5, 0.7)];
  expect(paretoFront(points)).toEqual([point(1, 0.4), point(2, 0.7)]);
});

test('equal points stand together, in the order given', () => {
  const points = [
    { name: 'b', ...point(1, 0.5) },
    { name: 'a', ...point(1, 0.5) },
    { name: 'c', ...point(1, 0.4) },
  ];
  expect(paretoFront(points).map(({ name }) => name)).toEqual(['b', 'a']);
});

test('the front is just the points that no other beats', () => {
  const coordinate = fc.integer({ min: 0, max: 8 });
  fc.assert(
    fc.property(fc.array(fc.record({ cost: coordinate, success: coordinate })), (points) => {
      const beaten = (one: (typeof points)[number]) =>
        points.some(
          ({ cost, success }) =>
            cost <= one.cost && success >= one.success && (cost < one.cost || success > one.success),
        );
      expect(new Set(paretoFront(points))).toEqual(new Set(points.filter((each) => !beaten(each))));
    }),
  );
});

test('a cost that is not known is refused, not ranked', () => {
  expect(() => paretoFront([point(Number.NaN, 1)])).toThrow(RangeError);
});
