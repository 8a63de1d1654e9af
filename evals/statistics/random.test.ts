import { expect, test } from 'vitest';
import { randomFrom, splitMix64, xoshiro128 } from './random.ts';

// What the C reference of the authors prints (https://prng.di.unimi.it/xoshiro128starstar.c), state 1, 2, 3, 4.
const XOSHIRO = [11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804];
// The sequence that Rosetta Code asks of an implementation ("Pseudo-random numbers/Splitmix64"), seed 1234567.
const SPLITMIX = [
  6457827717110365317n,
  3203168211198807973n,
  9817491932198370423n,
  4593380528125082431n,
  16408922859458223821n,
];

test('the generators give the numbers of their references', () => {
  const xoshiro = xoshiro128([1, 2, 3, 4]);
  const splitMix = splitMix64(1234567n);
  expect(XOSHIRO.map(() => xoshiro())).toEqual(XOSHIRO);
  expect(SPLITMIX.map(() => splitMix())).toEqual(SPLITMIX);
});

test('one seed gives one sequence, another seed another', () => {
  const take = (seed: number) => {
    const random = randomFrom(seed);
    return Array.from({ length: 20 }, () => random());
  };
  expect(take(5)).toEqual(take(5));
  expect(take(5)).not.toEqual(take(6));
  expect(take(2 ** 40)).not.toEqual(take(0));
});

test('numbers fall evenly into a hundred parts from 0 to 1', () => {
  const random = randomFrom(1);
  const counts = new Array<number>(100).fill(0);
  for (let i = 0; i < 100_000; i++) {
    const part = Math.floor(random() * 100);
    counts[part] = (counts[part] ?? Number.NaN) + 1;
  }
  const chiSquare = counts.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
  // The 0.01 % and 99.99 % points of chi-square with 99 degrees of freedom (SciPy's chi2.ppf).
  expect(chiSquare).toBeGreaterThan(54.98);
  expect(chiSquare).toBeLessThan(160.06);
});

test('a seed that is not a whole number from 0 is refused', () => {
  for (const seed of [-1, 0.5, Number.NaN, 2 ** 60]) expect(() => randomFrom(seed)).toThrow(RangeError);
});
