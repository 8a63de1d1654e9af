/** `drydock eval new`, on a repository that has fixes in two languages and goes on after them. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { readNativeTask } from '../evals/native.ts';
import { historyInSandbox } from './eval-sandbox.ts';
import { writeFiles } from './eval-suite.ts';
import { runDrydock, temporaryFolder } from './harness.ts';

const FIRST = {
  'README.md': 'of the base\n',
  'package.json': '{"type":"module","scripts":{"test":"node --test"}}\n',
  'src/sum.js': 'export const sum = (a, b) => a - b;\nexport const zero = 0;\n',
  'words.py': 'def count(text):\n    return len(text.split(" "))\n',
  'test/sum.test.js': "import test from 'node:test';\ntest('is there', () => {});\n",
  'tests/__init__.py': '',
  'tests/test_old.py': 'import unittest\n',
  'run.sh': '#!/bin/sh\n',
};
const JS_FIX = {
  'src/sum.js': 'export const sum = (a, b) => a + b;\nexport const zero = 0;\n',
  'src/icon.bin': Buffer.from([0, 1, 255, 0, 10]),
  'test/fixtures/cases.json': '[[2, 3, 5]]\n',
  'test/sum.test.js': `import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { sum, zero } from '../src/sum.js';
const cases = JSON.parse(readFileSync(new URL('fixtures/cases.json', import.meta.url)));
test('adds', () => cases.forEach(([a, b, c]) => assert.equal(sum(a, b), c)));
test('has zero', () => assert.equal(sum(4, zero), 4));
test('fails both ways', () => assert.equal(sum(1, 1), 3));
test('is not the same each time', () => assert.equal(process.env.TZ, 'UTC'));
`,
};
const PY_FIX = {
  'words.py': 'def count(text):\n    return len(text.split())\n',
  'tests/test_words.py': `import unittest
from words import count


class CountTest(unittest.TestCase):
    def test_blanks(self):
        self.assertEqual(count("a  b"), 2)

    def test_one(self):
        self.assertEqual(count("a"), 1)
`,
};

let repository: string;
const git = (...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=A', '-c', 'user.email=a@localhost', '-C', repository, ...args]).toString();

function commit(message: string, files: Record<string, string | Buffer>, gone: string[] = []): string {
  writeFiles(repository, files);
  for (const path of gone) rmSync(join(repository, path));
  git('add', '-A');
  git('commit', '-qm', message);
  return git('rev-parse', 'HEAD').trim();
}

/** Ids of commits by what they do. */
const at: Record<'first' | 'js' | 'py' | 'testsOnly' | 'sourceOnly' | 'useless', string> = {} as never;
beforeAll(() => {
  repository = join(temporaryFolder(), 'source');
  mkdirSync(repository);
  git('init', '-q', '-b', 'main');
  commit('Begin', { 'README.md': 'earlier\n' });
  at.first = commit('Sums and words', FIRST);
  at.js = commit('Sums are added\n\nThey were subtracted.\n\nSigned-off-by: A <a@localhost>\n', JS_FIX);
  at.py = commit('Blanks are no words', PY_FIX, ['tests/test_old.py']);
  at.testsOnly = commit('A test more', { 'tests/test_more.py': 'import unittest\n' });
  at.sourceOnly = commit('Later', { 'later.txt': 'later\n' });
  at.useless = commit('No fix', {
    'later.txt': 'later still\n',
    'test/no.test.js': "import test from 'node:test';\ntest('a', () => {});\n",
  });
  git('tag', 'v2');
});

/** Twelve containers, of which two run at a time. */
const MINUTES = 60_000;
const newFolder = (name = 'made') => join(temporaryFolder(), name);
const made = (folder: string, range: string, ...more: string[]) =>
  runDrydock(['eval', 'new', folder, '--from', repository, '--range', range, ...more]);

describe('drydock eval new --from', () => {
  it(
    'makes a task of a fix in JavaScript: its tests, its solution, and a base without a later or an earlier commit',
    async () => {
      const folder = newFolder('sums');
      const { code, stdout, stderr } = await made(folder, `${at.first}..${at.js}`);
      expect(stdout).toContain(
        '1 turn from failing to passing, 1 pass both ways, 1 pass neither way (test/sum.test.js > fails both ways), ' +
          '1 not the same each time (test/sum.test.js > is not the same each time)',
      );
      expect([code, stderr]).toEqual([0, expect.stringContaining('problem.md is a draft')]);
      const task = await readNativeTask(folder);
      expect(task).toMatchObject({
        title: 'Sums are added',
        tests: {
          runner: 'node-test',
          files: ['test/sum.test.js'],
          failToPass: ['test/sum.test.js > adds'],
          passToPass: ['test/sum.test.js > has zero'],
        },
      });
      expect(task.problem).toMatch(
        /draft.*nothing that gives the solution away.*Sums are added\n\nThey were subtracted\.\n$/s,
      );
      const patch = readFileSync(join(folder, 'solution.patch'), 'utf8');
      expect(patch.match(/^diff --git .*$/gm)).toEqual([
        'diff --git a/src/icon.bin b/src/icon.bin',
        'diff --git a/src/sum.js b/src/sum.js',
      ]);
      const { tasks } = JSON.parse(readFileSync(join(folder, 'validation.json'), 'utf8'));
      expect(tasks.sums).toMatchObject({ valid: true, digest: task.digest });
      expect(tasks.sums.runs.map(({ what, outcome }: Record<string, string>) => `${what} ${outcome}`)).toEqual(
        Array.from({ length: 3 }, () => ['gold resolved', 'nop unresolved']).flat(),
      );
      const { texts, ...history } = await historyInSandbox(task, Object.values(at));
      expect(history).toEqual({ commits: 1, tags: 0, commitObjects: 1, known: [] });
      expect(texts).toContain('of the base');
      expect(texts).not.toMatch(/earlier|later/);
    },
    5 * MINUTES,
  );

  it(
    'makes a task of one commit in Python, and tells of the test that it deletes',
    async () => {
      const folder = newFolder('words');
      const { code, stdout, stderr } = await made(folder, at.py);
      expect(stderr).toContain('tests/test_old.py, a test, is deleted by the range');
      expect([code, stdout]).toEqual([0, expect.stringContaining('1 turn from failing to passing, 1 pass both ways')]);
      expect((await readNativeTask(folder)).tests).toMatchObject({
        runner: 'unittest',
        failToPass: ['tests/test_words.py > CountTest.test_blanks'],
        passToPass: ['tests/test_words.py > CountTest.test_one'],
      });
    },
    5 * MINUTES,
  );

  it(
    'says what it has seen where no test turns from failing to passing, and keeps the folder',
    async () => {
      const folder = newFolder();
      const { code, stdout, stderr } = await made(folder, at.useless);
      expect(stdout).toContain('0 turn from failing to passing, 1 pass both ways');
      expect([code, stderr]).toEqual([1, expect.stringContaining('no test turns from failing to passing')]);
      expect(readdirSync(folder).sort()).toEqual(['problem.md', 'repo.bundle', 'solution.patch', 'task.yaml', 'tests']);
    },
    5 * MINUTES,
  );

  it.each([
    ['a commit that is not there', () => `${at.first}..nowhere`, /has no commit nowhere — /],
    ['a range of three dots', () => `${at.first}...${at.js}`, /no range of a base and a fix — say BASE\.\.FIX/],
    ['a change of tests only', () => at.testsOnly, /changes nothing but tests \(tests\/test_more\.py\) — .*--tests/],
    ['a change without tests', () => at.sourceOnly, /changes no test \(it changes later\.txt\) — .*--tests/],
    ['a range that changes nothing', () => `${at.js}..${at.js}`, /changes nothing — /],
  ])('refuses %s in one line, and makes no folder', async (_, range, line) => {
    const folder = newFolder();
    const { code, stderr } = await made(folder, range());
    expect([code, stderr]).toEqual([2, expect.stringMatching(line)]);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(existsSync(folder)).toBe(false);
  });
});

describe('drydock eval new', () => {
  it('makes a folder to be filled in', async () => {
    const folder = newFolder('mine');
    const { code, stderr } = await runDrydock(['eval', 'new', folder, '--runner', 'script']);
    expect([code, stderr]).toEqual([
      0,
      `fill in what the files of ${folder} say, then: drydock eval validate ${folder}\n`,
    ]);
    expect((await readNativeTask(folder)).tests).toMatchObject({ runner: 'script' });
    expect(statSync(join(folder, 'cheats')).isDirectory()).toBe(true);
  });

  it.each([
    [['--range', 'HEAD'], /--range makes a task of a change — it needs --from REPOSITORY and --range/],
    [['--from', '.', '--tests', '*.py'], /--from makes a task of a change — it needs --from/],
    [['--runner', 'nose'], /--runner "nose" is none of node-test, unittest/],
    [
      ['--from', '.', '--range', 'HEAD', '--image', 'a', '--dockerfile', 'b'],
      /--image and --dockerfile both say the image/,
    ],
    [['--from', '.', '--range', 'HEAD', '--dockerfile', 'nowhere'], /there is no nowhere — name a Dockerfile/],
    [['--from', '/', '--range', 'HEAD'], /is not in a git repository/],
  ])('refuses %j in one line', async (args, line) => {
    const folder = newFolder();
    const { code, stderr } = await runDrydock(['eval', 'new', folder, ...args]);
    expect([code, stderr]).toEqual([2, expect.stringMatching(line)]);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(existsSync(folder)).toBe(false);
  });

  it('refuses a folder that is not empty', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'mine.txt'), '');
    const { code, stderr } = await runDrydock(['eval', 'new', folder]);
    expect([code, stderr]).toEqual([2, `drydock: ${folder} is not empty — name a new folder, or empty it\n`]);
    expect(readdirSync(folder)).toEqual(['mine.txt']);
  });
});
