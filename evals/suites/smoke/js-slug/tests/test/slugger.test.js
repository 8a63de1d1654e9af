import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { slugger, slugify } from '../src/index.js';

describe('slugger', () => {
  test('numbers a title that comes again', () => {
    const slug = slugger();
    assert.deepEqual(['Release notes', 'Release notes', 'Release: notes'].map(slug), [
      'release-notes',
      'release-notes-2',
      'release-notes-3',
    ]);
  });

  test('passes over a number that a title has taken', () => {
    const slug = slugger();
    assert.deepEqual(['Version 2', 'Version', 'Version', 'Version 3'].map(slug), [
      'version-2',
      'version',
      'version-3',
      'version-3-2',
    ]);
  });

  test('numbers titles that have no letters', () => {
    const slug = slugger();
    assert.deepEqual(['!', '?'].map(slug), ['untitled', 'untitled-2']);
  });

  test('takes the names of objects as any other title', () => {
    const slug = slugger();
    assert.equal(slug('constructor'), 'constructor');
    assert.equal(slug('constructor'), 'constructor-2');
  });

  test('starts afresh for each site', () => {
    slugger()('News');
    assert.equal(slugger()('News'), 'news');
  });
});

describe('slugify', () => {
  test('knows nothing of what came before', () => {
    assert.equal(slugify('News'), 'news');
    assert.equal(slugify('News'), 'news');
  });
});
