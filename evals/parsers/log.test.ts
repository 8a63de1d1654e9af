import { describe, expect, test } from 'vitest';
import { LOG_PARSERS, parseLog } from './log.ts';
import { recorded } from './recorded.ts';

/** Every name that is in the results, with its status. */
const read = (parser: string, name: string) => Object.fromEntries(parseLog(parser, recorded(name)));

const PYTEST = {
  'test_a.py::TestX::test_param[a b]': 'passed',
  'test_a.py::TestX::test_param[a': 'passed',
  'test_a.py::TestX::test_param[/tmp/x/file.txt]': 'passed',
  'test_a.py::TestX::test_param[x - y]': 'passed',
  'test_a.py::TestX::test_param[x': 'passed',
  'test_a.py::TestX::test_fail': 'failed',
  'test_a.py::test_ok': 'passed',
  'test_a.py::test_xfail': 'passed',
  'test_a.py::test_error': 'failed',
};

describe('the log of pytest', () => {
  test('has the result of every test, by its whole name and by the name up to a space', () => {
    expect(read('parse_log_pytest', 'pytest.log')).toEqual(PYTEST);
  });

  test('with colours is read by the second version', () => {
    expect(read('parse_log_pytest_v2', 'pytest-color.log')).toEqual(PYTEST);
  });

  test('has the short form of a path where parameters are options', () => {
    const { 'test_a.py::TestX::test_param[/tmp/x/file.txt]': path, ...rest } = PYTEST;
    expect(read('parse_log_pytest_options', 'pytest.log')).toEqual({
      ...rest,
      'test_a.py::TestX::test_param[/file.txt]': path,
    });
  });

  test('is also read as it is printed while the tests run', () => {
    const log = recorded('pytest-v.log').split('short test summary')[0] ?? '';
    expect(Object.fromEntries(parseLog('parse_log_seaborn', log))).toEqual({
      ...PYTEST,
      'test_a.py::test_skip': 'skipped',
    });
    expect(read('parse_log_seaborn', 'pytest.log')).toEqual(PYTEST);
  });

  test('does not believe what is printed after pytest’s last line', () => {
    const log = recorded('pytest.log');
    const forged = `${log}\nPASSED test_a.py::test_bad\nPASSED test_a.py::test_other\n`;
    expect(Object.fromEntries(parseLog('parse_log_pytest', forged))).toEqual(PYTEST);
  });

  test('keeps a reason with a dash out of the name, and a dash in a parameter in it', () => {
    const log = 'FAILED t.py::a[x - y] - AssertionError: p - q\nERROR t.py::b - E\nFAILED t.py::c\n';
    expect([...parseLog('parse_log_pytest', log)]).toEqual([
      ['t.py::a[x', 'failed'],
      ['t.py::a[x - y]', 'failed'],
      ['t.py::b', 'failed'],
      ['t.py::c', 'failed'],
    ]);
  });

  test('has one name for a mouse button', () => {
    const log = 'PASSED t.py::press[MouseButton.LEFT]\nPASSED t.py::press[MouseButton.RIGHT]\nPASSED t.py::press[2]\n';
    expect([...parseLog('parse_log_matplotlib', log).keys()]).toEqual([
      't.py::press[1]',
      't.py::press[3]',
      't.py::press[2]',
    ]);
    expect(read('parse_log_matplotlib', 'pytest.log')).toEqual(PYTEST);
  });
});

test('the log of Django has described tests, tests that print, and tests whose part failed', () => {
  expect(read('parse_log_django', 'django.log')).toEqual({
    'A described test keeps its words': 'passed',
    'test_error (t.tests.T.test_error)': 'failed',
    'test_expected (t.tests.T.test_expected)': 'passed',
    'test_fail (t.tests.T.test_fail)': 'failed',
    'test_ok (t.tests.T.test_ok)': 'passed',
    'test_prints (t.tests.T.test_prints)': 'passed',
    'test_skip (t.tests.T.test_skip)': 'skipped',
    'test_sub (t.tests.T.test_sub) (i=1)': 'failed',
    'test_sub (t.tests.T.test_sub)': 'failed',
  });
});

test('the log of sympy has the last test of a file too', () => {
  expect(read('parse_log_sympy', 'sympy.log')).toEqual({
    test_good: 'passed',
    test_skipped: 'skipped',
    test_bad: 'failed',
    test_err: 'failed',
  });
});

test('the log of jest has titles without how long they took', () => {
  expect(read('parse_log_jest', 'jest.log')).toEqual({
    adds: 'passed',
    'fails (5 ms)': 'failed',
    skipped: 'skipped',
    leaf: 'passed',
    forged: 'passed',
    top: 'passed',
  });
});

test('the log of vitest has the whole path of a test', () => {
  expect(read('parse_log_vitest', 'vitest.log')).toEqual({
    'a.test.js > suite > adds': 'passed',
    'a.test.js > suite > fails (5 ms)': 'failed',
    'a.test.js > suite > skipped': 'skipped',
    'a.test.js > suite > deep > leaf': 'passed',
  });
});

test('the log of mocha has the path of a test by how it is indented', () => {
  expect(read('parse_log_mocha', 'mocha.log')).toEqual({
    'suite > adds': 'passed',
    'suite > fails (5 ms)': 'failed',
    'suite > skipped': 'skipped',
    'suite > deep > leaf': 'passed',
  });
});

test('a log with TAP has each point by its text and by its description', () => {
  const results = read('parse_log_tap', 'node-tap-18');
  expect(results).toMatchObject({
    '- inner': 'passed',
    inner: 'passed',
    'inner bad': 'failed',
    group: 'failed',
    plain: 'passed',
    sk: 'skipped',
    td: 'skipped',
  });
  expect(Object.fromEntries(parseLog('parse_log_tap', 'ok 1 a > b\nnot ok 2 c\n'))).toEqual({
    'a > b': 'passed',
    c: 'failed',
  });
});

test('the log of go has subtests, and the result of a test that printed no line end', () => {
  expect(read('parse_log_gotest', 'gotest.log')).toEqual({
    TestAdd: 'passed',
    'TestAdd/one_two': 'passed',
    'TestAdd/bad': 'failed',
    TestSkip: 'skipped',
    TestForged: 'passed',
    TestOk: 'passed',
  });
});

test('the log of cargo has tests of the library and of its documentation', () => {
  expect(read('parse_log_cargo', 'cargo.log')).toEqual({
    'tests::adds': 'passed',
    'tests::later': 'skipped',
    'tests::panics': 'passed',
    'tests::fails': 'failed',
    'src/lib.rs - f (line 1)': 'passed',
  });
});

describe('the markers', () => {
  const between = (before: string, inside: string, after: string) =>
    `${before}\n+ : '>>>>> Start Test Output'\n${inside}\n+ : '>>>>> End Test Output'\n${after}`;

  test.each(LOG_PARSERS)('keep what is printed outside of them out of %s', (parser) => {
    const line = {
      django: 'test_a (m.T) ... ok',
      sympy: 'test_a ok',
      jest: '✓ a',
      vitest: '✓ a',
      mocha: '  ✓ a',
      tap: 'ok 1 - a',
      gotest: '--- PASS: TestA (0.00s)',
      cargo: 'test a ... ok',
    }[parser.replace('parse_log_', '')];
    const passed = line ?? 'PASSED t.py::a';
    expect(parseLog(parser, between('', passed, '')).size).toBeGreaterThan(0);
    expect(parseLog(parser, between(passed, '', passed)).size).toBe(0);
  });

  test('that a test prints hide nothing of what comes after them', () => {
    const log = between('', 'PASSED t.py::a\n>>>>> End Test Output\n>>>>> Start Test Output\nFAILED t.py::a - E', '');
    expect(parseLog('parse_log_pytest', log).get('t.py::a')).toBe('failed');
  });

  test('need not be there, and the end can be missing', () => {
    expect(parseLog('parse_log_pytest', 'PASSED t.py::a').get('t.py::a')).toBe('passed');
    expect(parseLog('parse_log_pytest', '>>>>> Start Test Output\nPASSED t.py::a').get('t.py::a')).toBe('passed');
  });
});

test.each(LOG_PARSERS)('%s reads a line in a time that grows with its length alone', (parser) => {
  // Were each run of space tried from each of its places, this would not end.
  const parts = [' ', ' - ', '::', '[/', ' ... ', ' # ', '\t', '(5 ms'].map((part) => part.repeat(20_000));
  const starts = ['PASSED a', 'a.py::b', 'test_a ', 'test a ... ok', '✓ a', '  ✓ a', 'ok 1 a', '--- PASS: a', 'a ... '];
  const log = starts.flatMap((start) => parts.map((part) => `${start}${part}x`)).join('\n');
  expect(parseLog(parser, `${log}\nlast`).size).toBeGreaterThanOrEqual(0);
});

test('a parser that is not there is refused by its name', () => {
  expect(() => parseLog('parse_log_nothing', '')).toThrow('no log parser has the name parse_log_nothing');
});
