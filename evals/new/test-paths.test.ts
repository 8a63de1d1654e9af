import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { guessRunner } from './guess-runner.ts';
import { splitChange } from './split-change.ts';
import { filesForRunner, isTestPath, matchesGlob } from './test-paths.ts';

describe('isTestPath', () => {
  it.each([
    ...['test/a.js', 'tests/data/x.json', 'src/__tests__/b.ts', 'a.test.ts', 'lib/b.spec.jsx', 'pkg/c_test.go'],
    ...[
      'test_words.py',
      'words_test.py',
      'conftest.py',
      'spec/d_spec.rb',
      'src/test/java/E.java',
      'ETest.java',
      'tests.py',
    ],
  ])('takes %s for a test', (path) => expect(isTestPath(path, [])).toBe(true));

  it.each([
    ...['src/index.js', 'latest.py', 'contest/a.py', 'testing.md', 'src/attestation.ts', 'Makefile', 'jest.config.js'],
    ...['Manifest.java', 'greatest/x_tested.py', 'test'],
  ])('takes %s for source', (path) => expect(isTestPath(path, [])).toBe(false));

  it('goes by globs alone where there are some', () => {
    expect(isTestPath('checks/deep/a.py', ['checks/**'])).toBe(true);
    expect(isTestPath('tests/a.py', ['checks/**'])).toBe(false);
  });
});

it.each([
  ['a/b.py', '*.py', true],
  ['a/b.py', 'a/*.py', true],
  ['a/c/b.py', 'a/*.py', false],
  ['a/c/b.py', 'a/**/*.py', true],
  ['a/b.py', 'a/**/*.py', true],
  ['a/b.py', '**', true],
  ['a+b', 'a+b', true],
  ['axb', 'a.b', false],
  ['a1', 'a?', true],
])('%s fits %s: %s', (path, glob, fits) => expect(matchesGlob(path, glob)).toBe(fits));

const file = (path: string, text = '') => ({ path, bytes: Buffer.from(text) });

describe('filesForRunner', () => {
  it('leaves out what has no test in it', () => {
    const files = [
      file('tests/conftest.py', 'def test_me(): pass'),
      file('tests/helper.py', 'def help(): pass'),
      file('tests/test_a.py', 'def test_a(): pass'),
      file('tests/data.json'),
    ];
    expect(filesForRunner('pytest', files)).toEqual(['tests/test_a.py']);
    expect(filesForRunner('vitest', files)).toEqual([]);
  });

  it('gives Go the packages', () => {
    const files = [file('a/x_test.go'), file('a/y_test.go'), file('z_test.go'), file('a/testdata/in.txt')];
    expect(filesForRunner('go', files)).toEqual(['./a', '.']);
  });
});

describe('guessRunner', () => {
  const settings = (manifest: unknown) => new Map([['package.json', Buffer.from(JSON.stringify(manifest))]]);
  const none = new Map<string, Buffer>();
  it.each([
    ['node-test', file('a.test.js', "import test from 'node:test';\ntest('a', f);"), none],
    [
      'vitest',
      file('a.test.ts', "import { it } from 'vitest';\nit('a', f);"),
      settings({ scripts: { test: 'mocha' } }),
    ],
    ['jest', file('a.test.js', "it('a', f);"), settings({ devDependencies: { jest: '^29' } })],
    [
      'mocha',
      file('a.js', "describe('a', f);"),
      settings({ scripts: { test: 'nyc mocha' }, devDependencies: { jest: '1' } }),
    ],
    ['unittest', file('test_a.py', 'import unittest\nclass A(unittest.TestCase):\n  def test_a(self): pass'), none],
    [
      'pytest',
      file('test_a.py', 'import unittest\nclass A(unittest.TestCase):\n  def test_a(self): pass'),
      new Map([['tox.ini', Buffer.from('deps = pytest')]]),
    ],
    ['pytest', file('test_a.py', 'def test_a():\n  pass'), none],
    ['go', file('a_test.go', 'package a'), none],
    ['tap', file('a.sh', "echo '1..2'"), none],
    ['script', file('a.sh', 'exit 1'), none],
    [null, file('a.test.js', "it('a', f);"), none],
    [null, file('a.json'), none],
  ])('is %s for %o', (runner, test, said) => expect(guessRunner([test], said)).toBe(runner));

  it('goes by the language that has more files', () => {
    const python = ['test_a.py', 'test_b.py'].map((path) => file(path, 'def test_a(): pass'));
    expect(guessRunner([file('a.test.js', "import test from 'node:test'; test('a')"), ...python], none)).toBe('pytest');
  });
});

describe('splitChange', () => {
  const side = fc.option(
    fc.record({ mode: fc.constantFrom('100644', '100755', '120000', '160000'), id: fc.constant('0') }),
  );
  const change = fc.record({
    path: fc.constantFrom('src/a.py', 'tests/a.py', 'a_test.go', 'b.txt'),
    before: side,
    after: side,
  });

  it('has each change in one place, or a note of it', () => {
    fc.assert(
      fc.property(fc.array(change), (changes) => {
        const { source, tests, notes } = splitChange(changes, []);
        expect(source.length + tests.length + notes.length).toBe(changes.length);
        expect(tests.every(({ after }) => after?.mode.startsWith('100'))).toBe(true);
        expect(source.every(({ path }) => !isTestPath(path, []))).toBe(true);
      }),
    );
  });

  it('tells of a test that is deleted', () => {
    const gone = { path: 'tests/old.py', before: { mode: '100644', id: '1' }, after: null };
    expect(splitChange([gone], []).notes).toEqual([
      'tests/old.py, a test, is deleted by the range: the task keeps it as it is at the base',
    ]);
  });
});
