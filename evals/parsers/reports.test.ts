import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseGoJson } from './go-json.ts';
import { parseJestJson } from './jest-json.ts';
import { parseJunit } from './junit.ts';
import { parseMochaJson } from './mocha-json.ts';
import { recorded } from './recorded.ts';
import { parseTap } from './tap.ts';

const NODE_TESTS = [
  { name: 'adds', status: 'passed' },
  { name: 'fails # hard\\ness', status: 'failed' },
  { name: 'skipped one', status: 'skipped' },
  { name: 'todo that fails', status: 'skipped' },
  { name: 'plain todo', status: 'skipped' },
  { name: 'suite > inner', status: 'passed' },
  { name: 'suite > deep > leaf fails', status: 'failed' },
  { name: 'suite > inner skipped', status: 'skipped' },
  { name: 'parent > child > x', status: 'passed' },
  { name: 'parent', status: 'passed' },
  { name: '<anonymous>', status: 'passed' },
  { name: 'two\\nlines', status: 'passed' },
];

describe('TAP', () => {
  test.each(['18.20.8', '20.20.2', '22.23.5', '24.21.0'])('of Node %s has nested tests, and no suites', (version) => {
    expect(parseTap(recorded(`node-${version}.tap`))).toEqual(NODE_TESTS);
  });

  test('of the node that runs this is read as that of the recorded ones', () => {
    const code = `const { test, describe } = require('node:test');
      describe('a', () => { test('b', () => {}); test('c', () => { throw new Error('ok 1 - no'); }); });
      describe('hook', () => { require('node:test').after(() => { throw new Error('late'); }); test('d', () => {}); });`;
    const { stdout } = spawnSync(process.execPath, ['--test-reporter=tap', '-e', code], { encoding: 'utf8' });
    expect(parseTap(stdout)).toEqual([
      { name: 'a > b', status: 'passed' },
      { name: 'a > c', status: 'failed' },
      { name: 'hook > d', status: 'passed' },
      { name: 'hook', status: 'failed' },
    ]);
  });

  test('of node-tap has groups, and no times', () => {
    expect(parseTap(recorded('node-tap-18'))).toEqual([
      { name: 'group > inner', status: 'passed' },
      { name: 'group > inner bad', status: 'failed' },
      { name: 'group', status: 'failed' },
      { name: 'plain > p', status: 'passed' },
      { name: 'plain', status: 'passed' },
      { name: 'sk', status: 'skipped' },
      { name: 'td', status: 'skipped' },
    ]);
  });

  test('with a group in braces', () => {
    const report = 'TAP version 14\nok 1 - group {\n    ok 1 - inner\n    1..1\n}\nnot ok 2 - next\n1..2\n';
    expect(parseTap(report)).toEqual([
      { name: 'group > inner', status: 'passed' },
      { name: 'group', status: 'passed' },
      { name: 'next', status: 'failed' },
    ]);
  });

  test.each([
    ['a point without a dash', 'ok 1 adds', 'adds', 'passed'],
    ['a point without a description', 'not ok 7', '7', 'failed'],
    ['a point without a number', 'ok - adds', 'adds', 'passed'],
    ['a skipped one without a description', 'ok 3 # skip no reason', '3', 'skipped'],
    ['a hash in a name', 'ok 1 - C# and \\# SKIP it', 'C# and # SKIP it', 'passed'],
    ['a line with CR', 'ok 1 - adds\r', 'adds', 'passed'],
  ])('has %s', (_, line, name, status) => {
    expect(parseTap(`${line}\n1..1\n`)).toEqual([{ name, status }]);
  });

  test('that bailed out ends there', () => {
    expect(parseTap('ok 1 - a\nBail out! no database\nok 2 - b\n')).toEqual([{ name: 'a', status: 'passed' }]);
  });

  test('that was cut has the subtests up to there, by the names of their parents', () => {
    const whole = recorded('node-18.20.8.tap');
    const cut = parseTap(whole.slice(0, whole.indexOf('    not ok 2 - deep')));
    expect(cut.at(-1)).toEqual({ name: 'suite > deep > leaf fails', status: 'failed' });
  });
});

describe('JUnit XML', () => {
  test('of pytest', () => {
    expect(parseJunit(recorded('pytest.xml')).map(({ name, status }) => `${status} ${name}`)).toEqual([
      'passed test_a.TestX > test_param[a b]',
      'passed test_a.TestX > test_param[/tmp/x/file.txt]',
      'passed test_a.TestX > test_param[x - y]',
      'failed test_a.TestX > test_fail',
      'passed test_a > test_ok',
      'skipped test_a > test_skip',
      'skipped test_a > test_xfail',
      'passed test_a > test_xpass',
      'failed test_a > test_error',
    ]);
  });

  test('of vitest, mocha and node:test', () => {
    expect(parseJunit(recorded('vitest.xml'))).toEqual([
      { name: 'a.test.js > suite > adds', status: 'passed' },
      { name: 'a.test.js > suite > fails (5 ms)', status: 'failed' },
      { name: 'a.test.js > suite > skipped', status: 'skipped' },
      { name: 'a.test.js > suite > deep > leaf', status: 'passed' },
      { name: 'broken.test.js > broken.test.js', status: 'failed' },
    ]);
    expect(parseJunit(recorded('mocha.xml'))).toContainEqual({ name: 'suite deep > leaf', status: 'passed' });
    const node = parseJunit(recorded('node.xml'));
    expect(node).toContainEqual({ name: 'suite.deep > leaf fails', status: 'failed' });
    expect(node).toContainEqual({ name: 'test > todo that fails', status: 'skipped' });
  });

  test('has entities, comments, CDATA and quotes of both kinds', () => {
    const report = `<?xml version='1.0'?><!DOCTYPE x><!-- <testcase name="no"/> --><s>
      <testcase classname='a"b' name="&lt;&#65;&#x1F600;&amp;&unknown; > c"><system-out><![CDATA[</testcase><failure/>]]></system-out></testcase></s>`;
    expect(parseJunit(report)).toEqual([{ name: 'a"b > <A😀&&unknown; > c', status: 'passed' }]);
  });

  test('that was cut at any place is no report', () => {
    const whole = recorded('pytest.xml').trim();
    fc.assert(
      fc.property(fc.integer({ min: 0, max: whole.length - 1 }), (end) => {
        expect(parseJunit(whole.slice(0, end))).toEqual([]);
      }),
    );
  });
});

describe("jest's JSON", () => {
  const expected = [
    { name: 'a.test.js > suite > adds', status: 'passed' },
    { name: 'a.test.js > suite > fails (5 ms)', status: 'failed' },
    { name: 'a.test.js > suite > skipped', status: 'skipped' },
    { name: 'a.test.js > suite > deep > leaf', status: 'passed' },
  ];

  test('has a file that does not parse as a failed test', () => {
    const tests = parseJestJson(recorded('jest.json'), '/project');
    expect(tests).toEqual([
      ...expected,
      { name: 'todo.test.js > later', status: 'skipped' },
      { name: 'todo.test.js > top', status: 'passed' },
      { name: 'broken.test.js', status: 'failed' },
    ]);
  });

  test('has the same shape when vitest writes it', () => {
    expect(parseJestJson(recorded('vitest.json'), '/project')).toEqual(
      expect.arrayContaining([...expected, { name: 'broken.test.js', status: 'failed' }]),
    );
  });

  test('has whole paths of files outside of the root', () => {
    expect(parseJestJson(recorded('jest.json'), '/other')[0]?.name).toBe('/project/a.test.js > suite > adds');
  });
});

test("mocha's JSON", () => {
  expect(parseMochaJson(recorded('mocha.json'), '/project')).toEqual([
    { name: 'a.test.js > suite adds', status: 'passed' },
    { name: 'a.test.js > suite deep leaf', status: 'passed' },
    { name: 'a.test.js > suite skipped', status: 'skipped' },
    { name: 'a.test.js > suite fails (5 ms)', status: 'failed' },
  ]);
});

test("go's JSON has subtests by package, and no result of a test that never started", () => {
  expect(parseGoJson(recorded('go.json'))).toEqual([
    { name: 'example.org/calc > TestAdd', status: 'failed' },
    { name: 'example.org/calc > TestAdd/one_two', status: 'passed' },
    { name: 'example.org/calc > TestAdd/bad', status: 'failed' },
    { name: 'example.org/calc > TestSkip', status: 'skipped' },
    // It printed the result of another one before its own, so that go ended that one instead.
    { name: 'example.org/calc > TestOk', status: 'failed' },
    { name: 'example.org/calc/sub > TestAdd', status: 'passed' },
  ]);
});

test('a package of go that failed with no failed test is a failed test', () => {
  expect(parseGoJson('{"Action":"start","Package":"p"}\n{"Action":"fail","Package":"p","Elapsed":0}\n')).toEqual([
    { name: 'p', status: 'failed' },
  ]);
});

const PARSERS: readonly [string, (report: string) => unknown[]][] = [
  ['TAP', parseTap],
  ['JUnit XML', parseJunit],
  ['jest', (report) => parseJestJson(report, '/')],
  ['mocha', (report) => parseMochaJson(report, '/')],
  ['go', parseGoJson],
];

test.each(PARSERS)('a parser reads a report in a time that grows with its length alone: %s', (_, parse) => {
  const parts = [' ', '{', ' # ', '<a ', '<a b="', '&', '# SKIP', "<a b='c' "].map((part) => part.repeat(20_000));
  const starts = ['ok 1 - ', 'not ok', '', '<testcase name="', '{"Action":"'];
  for (const start of starts) for (const part of parts) expect(parse(`${start}${part}x\n`)).toBeInstanceOf(Array);
});

test.each(PARSERS)('a parser never throws: %s', (_, parse) => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => Array.isArray(parse(text))));
  const samples = ['node-24.21.0.tap', 'node-tap-18', 'node.xml', 'jest.json', 'mocha.json', 'go.json'].map(recorded);
  fc.assert(
    fc.property(fc.constantFrom(...samples), fc.nat(), fc.nat(), (text, from, to) =>
      Array.isArray(parse(text.slice(from % text.length, to % text.length))),
    ),
  );
});
