import { expect, it } from 'vitest';
import { choosePruned } from './prune.ts';

const IMAGES = [
  { name: 'new', bytes: 40, created: 3 },
  { name: 'old', bytes: 30, created: 1 },
  { name: 'middle', bytes: 30, created: 2 },
];

it('removes the oldest images until the rest fits', () => {
  expect(choosePruned(IMAGES, new Set(), 100)).toEqual([]);
  expect(choosePruned(IMAGES, new Set(), 99)).toEqual(['old']);
  expect(choosePruned(IMAGES, new Set(), 50)).toEqual(['old', 'middle']);
  expect(choosePruned(IMAGES, new Set(), 0)).toEqual(['old', 'middle', 'new']);
});

it('never removes what a trial still needs', () => {
  expect(choosePruned(IMAGES, new Set(['old', 'new']), 0)).toEqual(['middle']);
});
