'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');
const { createCache, namespace } = require('../src/index.js');

function clock() {
  let time = 1000;
  return { now: () => time, pass: (ms) => { time += ms; } };
}

test('an entry is there until its time to live is over', () => {
  const { now, pass } = clock();
  const cache = createCache({ ttl: 100, now });
  cache.set('a', 1);
  pass(99);
  assert.equal(cache.get('a'), 1);
  pass(1);
  assert.equal(cache.get('a'), undefined);
  assert.deepEqual(cache.stats(), { hits: 1, misses: 1, evictions: 0, expirations: 1, size: 0 });
});

test('a time to live of its own', () => {
  const { now, pass } = clock();
  const cache = createCache({ ttl: 100, now });
  cache.set('a', 1, { ttl: 10 });
  pass(10);
  assert.equal(cache.has('a'), false);
});

test('the entry that was not used for longest is evicted', () => {
  const cache = createCache({ maxEntries: 2 });
  cache.set('a', 1);
  cache.set('b', 2);
  cache.get('a');
  cache.set('c', 3);
  assert.equal(cache.has('b'), false);
  assert.equal(cache.has('a'), true);
  assert.equal(cache.stats().evictions, 1);
});

test('entries are removed', () => {
  const cache = createCache();
  cache.set('x:1', 1);
  cache.set('x:2', 2);
  cache.set('y:1', 3);
  assert.equal(cache.deletePrefix('x:'), 2);
  assert.equal(cache.delete('y:1'), true);
  assert.equal(cache.delete('y:1'), false);
});

test('options are checked', () => {
  assert.throws(() => createCache({ ttl: 0 }), TypeError);
  assert.throws(() => createCache().set('a', undefined), TypeError);
});

test('a namespace has its own keys', () => {
  const cache = createCache();
  const users = namespace(cache, 'users');
  users.set('7', 'Ann');
  cache.set('7', 'other');
  assert.equal(users.get('7'), 'Ann');
  users.clear();
  assert.equal(users.has('7'), false);
  assert.equal(cache.get('7'), 'other');
});
