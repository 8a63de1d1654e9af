/** Tests of Python: `unittest` and pytest, each started by a program of ours, so that no file of the workspace takes their place. */
import { posix } from 'node:path';
import { shellQuote } from '../../sandbox/index.ts';
import { type Runner, readReportLines, type TestCall } from './runner.ts';

const CONFIGURATION = ['conftest.py', 'pytest.ini', '.pytest.ini', 'tox.ini', 'setup.cfg', 'pyproject.toml'];
/** What Python itself reads when it starts. */
const START = ['sitecustomize.py', 'usercustomize.py', '*.pth'];

/** Bodies of canaries that must fail: `unittest`'s assertions, and what both can say. */
const UNITTEST_FAILS = {
  equal: 'self.assertEqual(1, 2)',
  true: 'self.assertTrue(False)',
  false: 'self.assertFalse(True)',
  in: 'self.assertIn(1, [])',
  raises: 'self.assertRaises(ValueError, int)',
  none: 'self.assertIsNone(1)',
  list: 'self.assertListEqual([1], [2])',
  dict: 'self.assertDictEqual({1: 1}, {1: 2})',
  regex: "self.assertRegex('a', 'b')",
  fail: 'self.fail()',
  raise: "raise RuntimeError('canary')",
  plain: 'assert 1 == 2',
};
const PYTEST_FAILS = {
  equal: 'assert 1 == 2',
  text: "assert 'a' in 'b'",
  raise: "raise RuntimeError('canary')",
  fail: 'import pytest; pytest.fail()',
  raises: 'import pytest\n    with pytest.raises(ValueError): pass',
};

const UNITTEST_PROGRAM = `import importlib, json, os, sys, traceback, unittest
prefix, workspace, canary, files = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:]
out, dumps, send = os.dup(1), json.dumps, os.write
def write(text): send(out, ('\\n' + prefix + ' ' + text).encode())
names = {}
def tell(test, status, err=None):
    first = test
    while hasattr(first, 'test_case'):
        first = first.test_case
    parts = first.id().split('.')
    file = names.get(type(first).__module__)
    name = '.'.join(parts[-2:]) if file else first.id()
    message = ''.join(traceback.format_exception(*err))[-2000:] if err else ''
    write(dumps({'name': (file or '') + ' > ' + name, 'status': status, 'message': message}) + '\\n')
class Result(unittest.TestResult):
    def addSuccess(self, test): tell(test, 'passed')
    def addFailure(self, test, err): tell(test, 'failed', err)
    def addError(self, test, err): tell(test, 'failed', err)
    def addSkip(self, test, reason): tell(test, 'skipped')
    def addExpectedFailure(self, test, err): tell(test, 'passed')
    def addUnexpectedSuccess(self, test): tell(test, 'failed')
    def addSubTest(self, test, subtest, err):
        if err is not None: tell(test, 'failed', err)
sys.path[0] = workspace
suite = unittest.TestSuite()
loader = unittest.defaultTestLoader
load = loader.loadTestsFromModule
for file in files:
    module = os.path.splitext(file)[0].replace('/', '.')
    names[module] = file
    try:
        suite.addTest(load(importlib.import_module(module)))
    except BaseException as error:
        print(repr(error), file=sys.stderr)
        write(dumps({'name': file + ' > (import)', 'status': 'failed'}) + '\\n')
sys.path.insert(0, os.path.dirname(canary))
names['canary'] = 'canary'
suite.addTest(load(importlib.import_module('canary')))
suite.run(Result())
`;

function unittestCanary(nonce: string): string {
  const bodies = Object.entries(UNITTEST_FAILS).map(
    ([name, body]) => `    def test_${nonce}_fail_${name}(self): ${body}`,
  );
  return `import unittest\nclass Canary(unittest.TestCase):\n    def test_${nonce}_pass(self): self.assertEqual(1, 1)\n${bodies.join('\n')}\n`;
}

export const unittest: Runner = {
  configuration: START,
  calls: (files, { folder, workspace, nonce }) => {
    const [program, canary] = [posix.join(folder, 'run_unittest.py'), posix.join(folder, 'canary.py')];
    const prefix = `${nonce} `;
    const call: TestCall = {
      files: [
        { path: program, text: UNITTEST_PROGRAM },
        { path: canary, text: unittestCanary(nonce) },
      ],
      command: ['python3', program, nonce, workspace, canary, ...files.map(shellQuote)].join(' '),
      report: null,
      prefix,
      parse: (text) => worst(readReportLines(text, prefix)),
      canaries: {
        pass: [`canary > Canary.test_${nonce}_pass`],
        fail: Object.keys(UNITTEST_FAILS).map((name) => `canary > Canary.test_${nonce}_fail_${name}`),
      },
    };
    return [call];
  },
};

/** Says of each test, by its id, how its set-up, its call and its tear-down went. */
const PYTEST_PROGRAM = `import json, os, sys
import pytest
prefix, workspace, args = sys.argv[1], sys.argv[2], sys.argv[3:]
# Before pytest takes stdout over.
out, dumps, send = os.dup(1), json.dumps, os.write
def write(text): send(out, ('\\n' + prefix + ' ' + text).encode())
class Report:
    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logreport(self, report):
        if report.outcome == 'failed': status = 'failed'
        elif report.outcome == 'skipped': status = 'passed' if hasattr(report, 'wasxfail') else 'skipped'
        elif report.when == 'call': status = 'passed'
        else: return
        message = report.longreprtext[-2000:] if status == 'failed' else ''
        write(dumps({'name': report.nodeid, 'status': status, 'message': message}) + '\\n')
sys.path[0] = workspace
os.environ['PYTHONDONTWRITEBYTECODE'] = '1'
sys.exit(pytest.main(['-p', 'no:cacheprovider', '-q', '--tb=short', '--rootdir', workspace, *args], plugins=[Report()]))
`;

function pytestCanary(nonce: string): string {
  const bodies = Object.entries(PYTEST_FAILS).map(([name, body]) => `def test_${nonce}_fail_${name}():\n    ${body}\n`);
  return `def test_${nonce}_pass():\n    assert 1 == 1\n${bodies.join('')}`;
}

export const pytest: Runner = {
  configuration: [...CONFIGURATION, ...START],
  calls: (files, { folder, workspace, nonce }) => {
    const program = posix.join(folder, 'run_pytest.py');
    const prefix = `${nonce} `;
    // Among the tests, so that what a folder's conftest.py does is done to it too.
    const canary = posix.join(posix.dirname(files[0] ?? 'tests'), `test_zz_${nonce}.py`);
    const call: TestCall = {
      files: [
        { path: program, text: PYTEST_PROGRAM },
        { path: canary, text: pytestCanary(nonce) },
      ],
      command: ['python3', program, nonce, workspace, ...files.map(shellQuote), shellQuote(canary)].join(' '),
      report: null,
      prefix,
      parse: (text) => worst(readReportLines(text, prefix)),
      canaries: {
        pass: [`${canary}::test_${nonce}_pass`],
        fail: Object.keys(PYTEST_FAILS).map((name) => `${canary}::test_${nonce}_fail_${name}`),
      },
    };
    return [call];
  },
};

/** A test that is told of several times (its parts, its tear-down) is what the worst of them says. */
function worst(reports: ReturnType<typeof readReportLines>): ReturnType<typeof readReportLines> {
  const found = new Map<string, (typeof reports)[number]>();
  for (const report of reports) {
    if (report.status === 'failed' || !found.has(report.name)) found.set(report.name, report);
  }
  return [...found.values()];
}
