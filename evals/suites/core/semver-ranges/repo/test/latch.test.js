const assert = require('node:assert/strict');
const { test } = require('node:test');
const { ConflictProblem, RangeProblem, VersionProblem, pick, resolve, satisfies, sortVersions } = require('../build/index.js');

test('versions are sorted', () => {
  const sorted = ['0.9.0', '1.0.0-1', '1.0.0-alpha', '1.0.0-alpha.1', '1.0.0-alpha.beta', '1.0.0', '1.2.0', '1.10.0'];
  assert.deepEqual(sortVersions([...sorted].reverse()), sorted);
});

test('comparators', () => {
  for (const [version, range, expected] of [
    ['1.2.3', '1.2.3', true],
    ['1.2.4', '=1.2.3', false],
    ['1.2.3', '>=1.2.3 <2.0.0', true],
    ['2.0.0', '>=1.2.3 <2.0.0', false],
    ['1.9.9', '^1.2.3', true],
    ['0.3.0', '^0.2.3', false],
    ['0.0.4', '^0.0.3', false],
    ['1.2.9', '~1.2.3', true],
    ['1.3.0', '~1.2.3', false],
    ['7.0.0', '*', true],
  ]) {
    assert.equal(satisfies(version, range), expected, `${version} in ${range}`);
  }
});

test('the highest is picked', () => {
  assert.equal(pick(['1.0.0', '1.9.3', '1.10.0', '2.0.0'], '^1.0.0'), '1.10.0');
  assert.equal(pick(['1.0.0'], '>1.0.0'), null);
});

test('what cannot be read', () => {
  for (const range of ['', '  ', '>', 'a.b.c', '^^1.2.3', '01.2.3']) assert.throws(() => satisfies('1.0.0', range), RangeProblem, range);
  assert.throws(() => satisfies('1.0', '*'), VersionProblem);
});

test('resolving', () => {
  const registry = {
    app: { '1.0.0': { lib: '^1.0.0', util: '~2.1.0' } },
    lib: { '1.0.0': {}, '1.5.0': { util: '<2.1.5' }, '2.0.0': {} },
    util: { '2.1.0': {}, '2.1.4': {}, '2.1.9': {} },
  };
  assert.deepEqual(resolve({ app: '*' }, registry), { app: '1.0.0', lib: '1.5.0', util: '2.1.4' });
  assert.throws(() => resolve({ app: '*', lib: '2.0.0' }, registry), (error) => {
    assert.ok(error instanceof ConflictProblem);
    assert.match(error.message, /no version of lib suits all: you wants 2.0.0, app@1.0.0 wants \^1.0.0/);
    return true;
  });
});
