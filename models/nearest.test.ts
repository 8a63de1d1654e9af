import { expect, it } from 'vitest';
import { didYouMean, nearest } from './nearest.ts';

it('finds the name with the fewest letters to change', () => {
  expect(nearest('shel', ['process', 'shell', 'search'])).toEqual({ name: 'shell', distance: 1 });
  expect(nearest('x', [])).toBeNull();
});

it('asks only where half of the letters at least are right', () => {
  expect(didYouMean('max-turn', ['max-cost', 'max-turns'])).toBe(' Did you mean max-turns?');
  expect(didYouMean('zzz', ['max-cost'])).toBe('');
});
