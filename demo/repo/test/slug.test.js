import assert from 'node:assert/strict';
import { test } from 'node:test';
import { slug } from '../src/slug.js';

test('words are joined by dashes', () => {
  assert.equal(slug('Hello World'), 'hello-world');
});

test('punctuation at the ends leaves no dash', () => {
  assert.equal(slug('  Hello, World! '), 'hello-world');
});

test('a long title is cut between words', () => {
  assert.equal(slug('one two three four', { maxLength: 9 }), 'one-two');
});

test('a single word longer than the limit is cut at the limit', () => {
  assert.equal(slug('incomprehensibilities', { maxLength: 10 }), 'incomprehe');
});

test('accents are dropped, not their letters', () => {
  assert.equal(slug('Crème brûlée'), 'creme-brulee');
});
