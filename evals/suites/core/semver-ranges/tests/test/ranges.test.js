const assert = require('node:assert/strict');
const { describe, test } = require('node:test');
const { ConflictProblem, RangeProblem, pick, resolve, satisfies } = require('../build/index.js');

function table(rows) {
  for (const [range, inside, outside] of rows) {
    for (const version of inside.split(' ').filter(Boolean)) assert.equal(satisfies(version, range), true, `${version} is in ${range}`);
    for (const version of outside.split(' ').filter(Boolean)) assert.equal(satisfies(version, range), false, `${version} is not in ${range}`);
  }
}

describe('alternatives', () => {
  test('one of them is enough', () => {
    table([
      ['^1.2.0 || ^3.0.0', '1.2.0 1.9.0 3.4.5', '1.1.9 2.0.0 4.0.0'],
      ['1.0.0||2.0.0', '1.0.0 2.0.0', '1.0.1'],
      ['<1.0.0 || >=2.0.0 <2.5.0 || 9.9.9', '0.5.0 2.4.9 9.9.9', '1.0.0 2.5.0'],
      ['1.0.0 || *', '5.0.0', ''],
    ]);
  });

  test('none of them may be empty', () => {
    for (const range of ['||', '1.0.0 ||', '|| 1.0.0', '1.0.0 || || 2.0.0', '1.0.0 | 2.0.0']) assert.throws(() => satisfies('1.0.0', range), RangeProblem, range);
  });
});

describe('versions with parts left out', () => {
  test('alone stand for all that begin so', () => {
    table([
      ['1', '1.0.0 1.9.9', '0.9.9 2.0.0'],
      ['1.2', '1.2.0 1.2.9', '1.1.9 1.3.0'],
      ['=1.2', '1.2.7', '1.3.0'],
      ['1.x', '1.0.0 1.9.9', '2.0.0'],
      ['1.2.*', '1.2.0 1.2.9', '1.3.0'],
      ['1.X.x', '1.7.0', '2.0.0'],
      ['0', '0.0.1 0.9.0', '1.0.0'],
      ['x', '0.0.0 9.0.0', ''],
    ]);
  });

  test('with a comparison mean the whole group', () => {
    table([
      ['>1', '2.0.0 3.1.0', '1.0.0 1.9.9'],
      ['>1.2', '1.3.0', '1.2.0 1.2.9'],
      ['>=1.2', '1.2.0 9.0.0', '1.1.9'],
      ['<2', '1.9.9', '2.0.0 2.0.1'],
      ['<1.2', '1.1.9', '1.2.0'],
      ['<=1', '0.1.0 1.9.9', '2.0.0'],
      ['<=1.2.x', '1.2.9', '1.3.0'],
      ['>=1.2 <1.4', '1.2.0 1.3.9', '1.4.0'],
      ['>=*', '0.0.0 1.0.0', ''],
      ['>*', '', '0.0.0 99.0.0'],
      ['<x', '', '0.0.0 99.0.0'],
    ]);
  });

  test('with a caret or a tilde', () => {
    table([
      ['^1.2', '1.2.0 1.9.9', '1.1.9 2.0.0'],
      ['^1', '1.0.0 1.9.9', '2.0.0'],
      ['^0.2', '0.2.0 0.2.9', '0.3.0'],
      ['^0.0', '0.0.0 0.0.9', '0.1.0'],
      ['^0', '0.0.0 0.9.9', '1.0.0'],
      ['~1.2', '1.2.0 1.2.9', '1.3.0'],
      ['~1', '1.0.0 1.9.9', '2.0.0'],
      ['~0', '0.9.9', '1.0.0'],
      ['^*', '0.0.0 8.0.0', ''],
    ]);
  });

  test('cannot have a part after one left out, or a prerelease', () => {
    for (const range of ['1.x.3', '*.1', 'x.x.1', '1.2-beta', '1.x-beta', '1.', '1..2', '1.2.3.4', '1.y']) assert.throws(() => satisfies('1.0.0', range), RangeProblem, range);
  });
});

describe('from - to', () => {
  test('takes in both ends', () => {
    table([
      ['1.2.0 - 2.3.4', '1.2.0 2.0.0 2.3.4', '1.1.9 2.3.5'],
      ['1.2 - 2.3.4', '1.2.0 2.3.4', '1.1.9 2.3.5'],
      ['1.2.3 - 2.3', '1.2.3 2.3.9', '2.4.0'],
      ['1 - 2', '1.0.0 2.9.9', '0.9.9 3.0.0'],
      ['1.0.0 - 1.1.0 || 3 - 4', '1.1.0 3.0.0 4.9.0', '1.1.1 2.0.0 5.0.0'],
      ['  1.0.0   -   1.1.0 ', '1.0.5', '1.2.0'],
    ]);
  });

  test('stands alone in its alternative, with plain versions', () => {
    for (const range of ['1.0.0 -', '- 1.0.0', '1.0.0 - 2.0.0 - 3.0.0', '>1.0.0 - 2.0.0', '1.0.0 - ^2.0.0', '1.0.0 - 2.0.0 <1.5.0', '1.0.0 2.0.0 - 3.0.0']) {
      assert.throws(() => satisfies('1.0.0', range), RangeProblem, range);
    }
  });

  test('a hyphen without spaces is a prerelease', () => {
    table([['1.0.0-2.0.0', '1.0.0-2.0.0', '1.0.0 1.5.0 2.0.0']]);
  });
});

describe('prereleases', () => {
  test('are only in a range that names one of the same release', () => {
    table([
      ['^1.2.0', '1.2.0 1.3.0', '1.3.0-beta 2.0.0-alpha 1.2.0-rc'],
      ['>=1.2.0-beta.2', '1.2.0-beta.2 1.2.0-beta.10 1.2.0-rc 1.2.0 1.3.0', '1.2.0-beta.1 1.3.0-beta 1.2.1-rc'],
      ['^1.2.0-beta', '1.2.0-beta 1.2.0 1.9.0', '1.2.0-alpha 1.3.0-beta 2.0.0-beta'],
      ['<2.0.0', '1.9.9', '2.0.0-beta 1.0.0-alpha'],
      ['<2.0.0-rc', '2.0.0-beta 1.9.9', '2.0.0-rc 2.0.0 1.9.9-rc'],
      ['*', '1.0.0', '1.0.0-alpha'],
      ['1', '1.4.0', '1.0.0-alpha 1.4.0-rc 2.0.0-rc'],
      ['1.0.0-alpha - 1.0.0', '1.0.0-alpha 1.0.0-beta 1.0.0', '1.0.0-aleph'],
      ['~1.2.3-rc.1', '1.2.3-rc.1 1.2.3 1.2.9', '1.2.4-rc.1 1.3.0-rc.1'],
    ]);
  });

  test('must be named in the alternative that they are in', () => {
    table([
      ['1.0.0-rc || >=1.0.0-alpha <1.0.0-beta || >=0.9.0', '1.0.0-rc 1.0.0-alpha.5 1.0.0', '1.0.0-gamma'],
      ['>=1.0.0 || <0.5.0-rc', '1.0.0 0.5.0-beta', '0.5.0 1.1.0-rc'],
    ]);
  });

  test('named by one comparator count for the others of the alternative', () => {
    table([['>=1.0.0-alpha <1.0.0', '1.0.0-alpha 1.0.0-rc.9', '1.0.0 0.9.0']]);
  });
});

test('picking prefers the highest that fits, not a prerelease', () => {
  const versions = ['1.0.0', '1.4.2', '2.0.0-rc.1', '1.5.0-beta', '3.1.0'];
  assert.equal(pick(versions, '>=1'), '3.1.0');
  assert.equal(pick(versions, '1 || 2'), '1.4.2');
  assert.equal(pick(versions, '>=2.0.0-rc.0 <3'), '2.0.0-rc.1');
  assert.equal(pick(versions, '1.4.3 - 2'), null);
});

test('resolving with the new ranges', () => {
  const registry = {
    app: { '1.0.0': { lib: '1 || 3', util: '2.1 - 2.3' }, '1.1.0-rc.1': { lib: '9' } },
    lib: { '1.0.0': {}, '1.5.0': {}, '2.0.0': {}, '3.0.0': { util: '~2.2' }, '3.1.0-dev': {} },
    util: { '2.1.0': {}, '2.2.4': {}, '2.3.9': {}, '2.4.0': {} },
  };
  assert.deepEqual(resolve({ app: '*' }, registry), { app: '1.0.0', lib: '3.0.0', util: '2.2.4' });
  assert.deepEqual(resolve({ app: '*', lib: '<3' }, registry), { app: '1.0.0', lib: '1.5.0', util: '2.3.9' });
  assert.throws(() => resolve({ app: '1', lib: '2.x' }, registry), (error) => error instanceof ConflictProblem && error.message.includes('app@1.0.0 wants 1 || 3'));
});
