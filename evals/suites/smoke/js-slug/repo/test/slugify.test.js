import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { slugger, slugify } from '../src/index.js';

describe('slugify', () => {
  test('joins words with dashes', () => {
    assert.equal(slugify('Hello, World!'), 'hello-world');
  });

  test('drops accents', () => {
    assert.equal(slugify('Crème brûlée'), 'creme-brulee');
  });
});

describe('slugger', () => {
  test('gives the slug of a title', () => {
    assert.equal(slugger()('Release notes'), 'release-notes');
  });
});
