'use strict';

const assert = require('node:assert/strict');
const { describe, test } = require('node:test');
const { createCache, namespace } = require('../src/index.js');

function clock() {
  let time = 1000;
  return { now: () => time, pass: (ms) => { time += ms; } };
}

/** A loader whose calls are settled by hand. */
function manual() {
  const calls = [];
  const load = (key) => new Promise((resolve, reject) => calls.push({ key, resolve, reject }));
  return { calls, load };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('wrap', () => {
  test('loads what is missing, and not what is there', async () => {
    const cache = createCache();
    let loads = 0;
    const load = async (key) => `${key}${++loads}`;
    assert.equal(await cache.wrap('a', load), 'a1');
    assert.equal(await cache.wrap('a', load), 'a1');
    assert.equal(cache.get('a'), 'a1');
    assert.equal(await cache.wrap('b', load), 'b2');
  });

  test('loads again when the time to live is over', async () => {
    const { now, pass } = clock();
    const cache = createCache({ ttl: 100, now });
    let loads = 0;
    const load = async () => ++loads;
    await cache.wrap('a', load);
    pass(99);
    assert.equal(await cache.wrap('a', load), 1);
    pass(1);
    assert.equal(await cache.wrap('a', load), 2);
    assert.equal(await cache.wrap('short', load, { ttl: 5 }), 3);
    pass(5);
    assert.equal(await cache.wrap('short', load), 4);
  });

  test('the time to live begins when the value is there', async () => {
    const { now, pass } = clock();
    const cache = createCache({ ttl: 100, now });
    const { calls, load } = manual();
    const wrapped = cache.wrap('a', load);
    await settle();
    pass(80);
    calls[0].resolve('x');
    await wrapped;
    pass(99);
    assert.equal(cache.get('a'), 'x');
  });

  test('callers at the same time share one load', async () => {
    const cache = createCache();
    const { calls, load } = manual();
    const both = [cache.wrap('a', load), cache.wrap('a', load), cache.wrap('b', load)];
    await settle();
    assert.deepEqual(calls.map(({ key }) => key), ['a', 'b']);
    calls[0].resolve(1);
    calls[1].resolve(2);
    assert.deepEqual(await Promise.all(both), [1, 1, 2]);
  });

  test('a load that fails fails for all who wait, and is not kept', async () => {
    const cache = createCache();
    const { calls, load } = manual();
    const both = [cache.wrap('a', load), cache.wrap('a', load)];
    await settle();
    calls[0].reject(new Error('down'));
    for (const result of await Promise.allSettled(both)) assert.equal(result.reason.message, 'down');
    const again = cache.wrap('a', load);
    await settle();
    assert.equal(calls.length, 2);
    calls[1].resolve('up');
    assert.equal(await again, 'up');
  });

  test('a loader that throws at once is a load that fails', async () => {
    const cache = createCache();
    const broken = () => {
      throw new Error('broken');
    };
    await assert.rejects(cache.wrap('a', broken), /broken/);
    assert.equal(await cache.wrap('a', () => 'plain value'), 'plain value');
  });

  test('undefined is given but not kept', async () => {
    const cache = createCache();
    let loads = 0;
    const load = async () => {
      loads++;
    };
    assert.equal(await cache.wrap('a', load), undefined);
    assert.equal(await cache.wrap('a', load), undefined);
    assert.equal(loads, 2);
    assert.equal(cache.stats().size, 0);
  });

  test('null, 0 and the empty string are values', async () => {
    const cache = createCache();
    for (const value of [null, 0, '', false]) {
      const key = `k${value}`;
      assert.equal(await cache.wrap(key, async () => value), value);
      assert.equal(await cache.wrap(key, async () => 'again'), value);
    }
  });
});

describe('a load during which the key changes', () => {
  for (const [how, change] of [
    ['delete', (cache) => cache.delete('k:a')],
    ['deletePrefix', (cache) => cache.deletePrefix('k:')],
    ['clear', (cache) => cache.clear()],
  ]) {
    test(`is not kept after ${how}`, async () => {
      const cache = createCache();
      const { calls, load } = manual();
      const old = cache.wrap('k:a', load);
      await settle();
      change(cache);
      const young = cache.wrap('k:a', load);
      await settle();
      assert.equal(calls.length, 2);
      calls[1].resolve('young');
      assert.equal(await young, 'young');
      calls[0].resolve('old');
      assert.equal(await old, 'old');
      assert.equal(cache.get('k:a'), 'young');
    });
  }

  test('does not overwrite what was set meanwhile', async () => {
    const cache = createCache();
    const { calls, load } = manual();
    const wrapped = cache.wrap('a', load);
    await settle();
    cache.set('a', 'set');
    calls[0].resolve('loaded');
    assert.equal(await wrapped, 'loaded');
    assert.equal(cache.get('a'), 'set');
  });

  test('an old load that ends does not make a newer one be loaded twice', async () => {
    const cache = createCache();
    const { calls, load } = manual();
    const first = cache.wrap('a', load);
    await settle();
    cache.delete('a');
    const second = cache.wrap('a', load);
    await settle();
    calls[0].resolve(1);
    await first;
    const third = cache.wrap('a', load);
    await settle();
    assert.equal(calls.length, 2);
    calls[1].resolve(2);
    assert.deepEqual(await Promise.all([second, third]), [2, 2]);
  });

  test('keys that were not named are kept', async () => {
    const cache = createCache();
    const { calls, load } = manual();
    const wrapped = cache.wrap('other', load);
    await settle();
    cache.deletePrefix('k:');
    cache.delete('a');
    calls[0].resolve('kept');
    await wrapped;
    assert.equal(cache.get('other'), 'kept');
  });
});

describe('staleFor', () => {
  test('gives the old value at once and loads behind it', async () => {
    const { now, pass } = clock();
    const cache = createCache({ ttl: 100, now });
    const { calls, load } = manual();
    cache.set('a', 'old', { staleFor: 50 });
    pass(100);
    assert.equal(await cache.wrap('a', load), 'old');
    assert.equal(await cache.wrap('a', load), 'old');
    await settle();
    assert.equal(calls.length, 1);
    calls[0].resolve('new');
    await settle();
    assert.equal(await cache.wrap('a', load), 'new');
    assert.equal(calls.length, 1);
  });

  test('ends', async () => {
    const { now, pass } = clock();
    const cache = createCache({ ttl: 100, now });
    await cache.wrap('a', async () => 'old', { staleFor: 50 });
    pass(149);
    assert.equal(await cache.wrap('a', async () => { throw new Error('down'); }), 'old');
    await settle();
    pass(1);
    assert.equal(await cache.wrap('a', async () => 'new'), 'new');
  });

  test('a load behind that fails leaves the old value and is no unhandled rejection', async () => {
    const { now, pass } = clock();
    const cache = createCache({ ttl: 100, now });
    const seen = [];
    const listener = (error) => seen.push(error);
    process.on('unhandledRejection', listener);
    cache.set('a', 'old', { staleFor: 50 });
    pass(120);
    assert.equal(await cache.wrap('a', async () => { throw new Error('down'); }), 'old');
    await settle();
    await settle();
    assert.equal(await cache.wrap('a', async () => 'new'), 'old');
    await settle();
    assert.equal(await cache.wrap('a', async () => 'newer'), 'new');
    process.off('unhandledRejection', listener);
    assert.deepEqual(seen, []);
  });

  test('is invisible to get and has', async () => {
    const { now, pass } = clock();
    const cache = createCache({ ttl: 100, now });
    cache.set('a', 'old', { staleFor: 50 });
    pass(100);
    assert.equal(cache.has('a'), false);
    assert.equal(cache.get('a'), undefined);
    assert.equal(await cache.wrap('a', async () => 'new'), 'old');
  });

  test('a deleted entry is not stale but gone', async () => {
    const { now, pass } = clock();
    const cache = createCache({ ttl: 100, now });
    cache.set('a', 'old', { staleFor: 50 });
    pass(110);
    cache.delete('a');
    assert.equal(await cache.wrap('a', async () => 'new'), 'new');
  });

  test('is passed on when a wrapped value is loaded again', async () => {
    const { now, pass } = clock();
    const cache = createCache({ ttl: 100, now });
    const options = { ttl: 10, staleFor: 5 };
    await cache.wrap('a', async () => 1, options);
    pass(12);
    assert.equal(await cache.wrap('a', async () => 2, options), 1);
    await settle();
    pass(12);
    assert.equal(await cache.wrap('a', async () => 3, options), 2);
  });
});

test('hits and misses are counted', async () => {
  const { now, pass } = clock();
  const cache = createCache({ ttl: 100, now });
  const { calls, load } = manual();
  const both = [cache.wrap('a', load, { staleFor: 50 }), cache.wrap('a', load, { staleFor: 50 })];
  await settle();
  calls[0].resolve(1);
  await Promise.all(both);
  await cache.wrap('a', load);
  pass(100);
  await cache.wrap('a', load);
  const { hits, misses } = cache.stats();
  assert.deepEqual({ hits, misses }, { hits: 2, misses: 2 });
});

test('a namespace wraps, too', async () => {
  const cache = createCache();
  const users = namespace(cache, 'users');
  const keys = [];
  const load = async (key) => {
    keys.push(key);
    return `user ${key}`;
  };
  assert.equal(await users.wrap('7', load), 'user 7');
  assert.equal(await users.wrap('7', load), 'user 7');
  assert.deepEqual(keys, ['7']);
  assert.equal(cache.get('users:7'), 'user 7');
  users.clear();
  assert.equal(cache.has('users:7'), false);
});
