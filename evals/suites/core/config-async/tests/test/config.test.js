import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ConfigError, checkConfig, fileSource, layeredSource, liveConfig, loadConfig, memorySource } from '../src/index.js';

const path = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url));
const load = async (files, entry = 'a.conf') => loadConfig(entry, { source: memorySource(files) });

test('later values replace earlier ones, included lines count where they are', async () => {
  const { values, origins } = await load({ 'a.conf': 'x = 1\ny = 1\n@include b.conf\ny = 3\n', 'b.conf': 'x = 2\ny = 2\n' });
  assert.deepEqual(values, { x: '2', y: '3' });
  assert.deepEqual(origins, { x: 'b.conf:1', y: 'a.conf:4' });
});

test('names of files are relative to the file that includes', async () => {
  const files = { 'a.conf': '@include d/b.conf', 'd/b.conf': '@include c.conf\n@include ../e.conf', 'd/c.conf': 'c = 1', 'e.conf': 'e = 2' };
  assert.deepEqual((await load(files)).values, { c: '1', e: '2' });
});

test('a file may be included twice, but not by itself', async () => {
  assert.deepEqual((await load({ 'a.conf': '@include b.conf\nx = 0\n@include b.conf', 'b.conf': 'x = 1' })).values, { x: '1' });
  await assert.rejects(load({ 'a.conf': '@include b.conf', 'b.conf': '\n@include a.conf' }), (error) => {
    assert.ok(error instanceof ConfigError);
    assert.equal(error.message, 'b.conf:2: files include each other: a.conf > b.conf > a.conf');
    return true;
  });
});

test('references are replaced', async () => {
  const { values } = await load({ 'a.conf': 'u = http://${h}:${p}\nh = localhost\np = 80\nq = $${h}' });
  assert.deepEqual(values, { u: 'http://localhost:80', h: 'localhost', p: '80', q: '${h}' });
});

test('checkConfig lists problems', async () => {
  const source = memorySource({ 'a.conf': 'x = 1', 'b.conf': 'x = ${y}', 'c.conf': '@include d.conf' });
  assert.deepEqual(await checkConfig(['a.conf', 'b.conf', 'c.conf'], { source, required: ['z'] }), [
    { entry: 'a.conf', message: 'a.conf: the setting z is missing' },
    { entry: 'b.conf', message: 'b.conf:1: there is no setting y' },
    { entry: 'c.conf', message: 'c.conf:1: there is no file d.conf' },
  ]);
});

test('layers are asked in order', async () => {
  const source = layeredSource([memorySource({ 'b.conf': 'x = over' }), memorySource({ 'a.conf': '@include b.conf', 'b.conf': 'x = under' })]);
  assert.deepEqual((await loadConfig('a.conf', { source })).values, { x: 'over' });
});

test('a live configuration tells what changed', async () => {
  const files = { 'a.conf': 'x = 1\ny = 2' };
  const live = await liveConfig('a.conf', { source: memorySource(files) });
  files['a.conf'] = 'x = 1\ny = 3\nz = 4';
  assert.deepEqual(await live.reload(), { y: { before: '2', after: '3' }, z: { before: undefined, after: '4' } });
  files['a.conf'] = 'broken';
  await assert.rejects(live.reload(), ConfigError);
  assert.deepEqual(live.current(), { x: '1', y: '3', z: '4' });
});

test('files of a folder', async () => {
  const { values } = await loadConfig('app.conf', { source: fileSource(path('examples')) });
  assert.equal(values['app.title'], 'demo on localhost');
});

test('the command prints values', () => {
  const run = (...args) => execFileSync(process.execPath, [path('bin/strata.js'), ...args], { encoding: 'utf8' });
  assert.equal(run(path('examples'), 'app.conf', 'db.port'), '5432\n');
  assert.match(run(path('examples'), 'app.conf'), /^app.name = demo\napp.title = demo on localhost\ndb.host/);
});

test('the command tells what is wrong', () => {
  const run = (...args) => spawnSync(process.execPath, [path('bin/strata.js'), ...args], { encoding: 'utf8' });
  const missing = run(path('examples'), 'none.conf');
  assert.equal(missing.status, 1);
  assert.equal(missing.stderr, 'strata: none.conf: there is no such file\n');
  assert.equal(run(path('examples'), 'app.conf', 'no.name').status, 1);
});
