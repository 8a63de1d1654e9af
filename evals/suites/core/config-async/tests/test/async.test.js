import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ConfigError, checkConfig, layeredSource, liveConfig, loadConfig, memorySource } from '../src/index.js';

const tick = () => new Promise((resolve) => setImmediate(resolve));

/** A source that answers later, and notes how many reads of which file were made and were under way at once. */
function remote(files, { delay = tick } = {}) {
  const reads = [];
  const state = { reads, running: 0, most: 0 };
  state.read = async (name) => {
    reads.push(name);
    state.running++;
    state.most = Math.max(state.most, state.running);
    await delay(name);
    state.running--;
    return Object.hasOwn(files, name) ? files[name] : null;
  };
  return state;
}

/** Makes the first files come last. */
const reversed = (order) => async (name) => {
  for (let i = order.indexOf(name); i < order.length; i++) await tick();
};

describe('sources that answer with promises', () => {
  test('give the same values, origins and order', async () => {
    const files = {
      'a.conf': 'k = a\n@include b.conf\n@include c.conf\nlast = a',
      'b.conf': 'k = b\n@include d.conf\nb = ${k}',
      'c.conf': 'k = c\nd = c',
      'd.conf': 'k = d\nd = d',
    };
    const source = remote(files, { delay: reversed(['a.conf', 'b.conf', 'd.conf', 'c.conf']) });
    const { values, origins } = await loadConfig('a.conf', { source });
    assert.deepEqual(values, { k: 'c', d: 'c', b: 'c', last: 'a' });
    assert.deepEqual(origins, { k: 'c.conf:1', d: 'c.conf:2', b: 'b.conf:3', last: 'a.conf:4' });
    assert.deepEqual(Object.keys(origins), ['k', 'd', 'b', 'last']);
  });

  test('work in layers', async () => {
    const source = layeredSource([
      remote({ 'b.conf': 'x = over' }),
      memorySource({ 'a.conf': '@include b.conf\n@include? c.conf', 'b.conf': 'x = under' }),
    ]);
    assert.deepEqual((await loadConfig('a.conf', { source })).values, { x: 'over' });
  });

  test('a layer is only asked if those before do not have the file', async () => {
    const under = remote({ 'a.conf': 'x = 1', 'b.conf': 'y = 2' });
    const source = layeredSource([remote({ 'a.conf': '@include b.conf' }), under]);
    assert.deepEqual((await loadConfig('a.conf', { source })).values, { y: '2' });
    assert.deepEqual(under.reads, ['b.conf']);
  });

  test('may still answer at once', async () => {
    const source = { read: (name) => (name === 'a.conf' ? 'x = 1' : null) };
    const loading = loadConfig('a.conf', { source });
    assert.equal(typeof loading.then, 'function');
    assert.deepEqual((await loading).values, { x: '1' });
  });
});

describe('waiting', () => {
  test('files that one file includes are read at the same time', async () => {
    const files = { 'a.conf': '@include b.conf\n@include c.conf\n@include d.conf', 'b.conf': '', 'c.conf': '', 'd.conf': '' };
    const source = remote(files);
    await loadConfig('a.conf', { source });
    assert.equal(source.most, 3);
  });

  test('a file that is included several times is read once in a load', async () => {
    const files = {
      'a.conf': '@include b.conf\n@include c.conf\n@include b.conf',
      'b.conf': '@include d.conf\nx = b',
      'c.conf': '@include d.conf\nx = c',
      'd.conf': 'x = d\ny = d',
    };
    const source = remote(files);
    const { values, origins } = await loadConfig('a.conf', { source });
    assert.deepEqual([...source.reads].sort(), ['a.conf', 'b.conf', 'c.conf', 'd.conf']);
    assert.deepEqual(values, { x: 'b', y: 'd' });
    assert.deepEqual(origins, { x: 'b.conf:2', y: 'd.conf:2' });
  });

  test('another load reads again', async () => {
    const files = { 'a.conf': 'x = 1' };
    const source = remote(files);
    await loadConfig('a.conf', { source });
    files['a.conf'] = 'x = 2';
    assert.deepEqual((await loadConfig('a.conf', { source })).values, { x: '2' });
  });

  test('entries are checked at the same time and told in their order', async () => {
    const files = { 'a.conf': 'broken a', 'b.conf': 'x = 1', 'c.conf': 'broken c' };
    const source = remote(files, { delay: reversed(['a.conf', 'b.conf', 'c.conf']) });
    const problems = await checkConfig(['a.conf', 'b.conf', 'c.conf', 'a.conf'], { source, required: ['y'] });
    assert.ok(source.most >= 3, `${source.most} at once`);
    assert.deepEqual(problems.map(({ entry }) => entry), ['a.conf', 'b.conf', 'c.conf', 'a.conf']);
  });
});

describe('errors', () => {
  test('the first in the order of lines is told, whichever is known first', async () => {
    const files = { 'a.conf': '@include b.conf\n@include missing.conf\n@include c.conf', 'b.conf': '@include d.conf', 'c.conf': 'bad c', 'd.conf': 'fine = 1\nbad d' };
    const source = remote(files, { delay: reversed(['b.conf', 'missing.conf', 'c.conf', 'd.conf']) });
    await assert.rejects(loadConfig('a.conf', { source }), (error) => error instanceof ConfigError && error.message === 'd.conf:2: cannot read "bad d"');
  });

  test('a cycle is told and ends', async () => {
    const files = { 'a.conf': '@include b.conf\n@include c.conf', 'b.conf': '@include c.conf', 'c.conf': 'x = 1\n@include b.conf' };
    await assert.rejects(loadConfig('a.conf', { source: remote(files) }), (error) => {
      assert.equal(error.message, 'c.conf:2: files include each other: a.conf > b.conf > c.conf > b.conf');
      return error instanceof ConfigError;
    });
  });

  test('a source that fails makes the load fail, also for an optional file', async () => {
    const source = {
      read: async (name) => {
        if (name === 'a.conf') return '@include? b.conf';
        throw new Error('connection lost');
      },
    };
    await assert.rejects(loadConfig('a.conf', { source }), /connection lost/);
    await assert.rejects(checkConfig(['a.conf'], { source }), /connection lost/);
  });

  test('of files that nobody waits for any more are not unhandled', async () => {
    const seen = [];
    const listener = (error) => seen.push(error);
    process.on('unhandledRejection', listener);
    const source = {
      read: async (name) => {
        if (name === 'a.conf') return '@include b.conf\n@include c.conf\n@include d.conf';
        await (name === 'b.conf' ? tick() : new Promise((resolve) => setTimeout(resolve, 20)));
        throw new Error(`no ${name}`);
      },
    };
    await assert.rejects(loadConfig('a.conf', { source }), /no b.conf/);
    await new Promise((resolve) => setTimeout(resolve, 60));
    process.off('unhandledRejection', listener);
    assert.deepEqual(seen, []);
  });

  test('are rejections, never thrown by the call itself', async () => {
    const source = {
      read: () => {
        throw new Error('at once');
      },
    };
    const loading = loadConfig('a.conf', { source });
    await assert.rejects(loading, /at once/);
  });
});

describe('a live configuration', () => {
  test('is there once it has been loaded', async () => {
    const files = { 'a.conf': 'x = 1' };
    const live = await liveConfig('a.conf', { source: remote(files) });
    assert.deepEqual(live.current(), { x: '1' });
    files['a.conf'] = 'x = 2';
    const reloading = live.reload();
    assert.deepEqual(live.current(), { x: '1' });
    assert.deepEqual(await reloading, { x: { before: '1', after: '2' } });
    assert.deepEqual(live.current(), { x: '2' });
  });

  test('reloads one after the other', async () => {
    const files = { 'a.conf': 'x = 1' };
    const delays = [0, 30, 1, 1];
    const source = {
      read: async (name) => {
        const text = files[name];
        await new Promise((resolve) => setTimeout(resolve, delays.shift()));
        return text;
      },
    };
    const live = await liveConfig('a.conf', { source });
    files['a.conf'] = 'x = 2';
    const first = live.reload();
    await tick();
    files['a.conf'] = 'x = 3';
    const second = live.reload();
    assert.deepEqual(await first, { x: { before: '1', after: '2' } });
    assert.deepEqual(await second, { x: { before: '2', after: '3' } });
    assert.deepEqual(live.current(), { x: '3' });
  });

  test('a reload that failed does not stop the next', async () => {
    const files = { 'a.conf': 'x = 1' };
    const live = await liveConfig('a.conf', { source: remote(files) });
    files['a.conf'] = 'broken';
    const failing = live.reload();
    await assert.rejects(failing, ConfigError);
    assert.deepEqual(live.current(), { x: '1' });
    files['a.conf'] = 'x = 2';
    await live.reload();
    assert.deepEqual(live.current(), { x: '2' });
  });
});
