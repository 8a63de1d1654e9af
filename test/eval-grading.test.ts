/** Grading against the defects that harnesses are known for: each a patch, or a task, that another has taken for what it is not. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { grade } from '../evals/grading/grade.ts';
import { readNativeTask } from '../evals/native.ts';
import { readyPlaces } from '../evals/places.ts';
import type { Task } from '../evals/task.ts';
import { judgeMatrix } from '../evals/validate.ts';
import { thisProcess } from '../session/index.ts';
import { patchOf } from './eval-patch.ts';
import { writeFiles } from './eval-suite.ts';
import { engine, leftOnEngine, ROOT, temporaryFolder } from './harness.ts';

const signal = new AbortController().signal;
const work = mkdtempSync(join(tmpdir(), 'grading-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

const REPO = {
  'package.json': '{"type":"module","scripts":{"test":"node --test"}}\n',
  'src/sum.js': 'export const sum = (a, b) => a - b;\n',
  'test/sum.test.js': "import test from 'node:test';\ntest('visible', () => {});\n",
};
const HIDDEN = `import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sum } from '../src/sum.js';
test('adds', () => assert.equal(sum(2, 3), 5));
test('has zero', () => assert.equal(sum(4, 0), 4));
`;
const YAML = `version: 1
title: sum adds
tests:
  runner: node-test
  files: [test/sum.test.js]
  fail_to_pass: ["test/sum.test.js > adds"]
  pass_to_pass: ["test/sum.test.js > has zero"]
  timeout: 60s
`;

/** A task on which `sum` is to be mended, with other files where they are given. */
async function sumTask(
  files: Record<string, string | Buffer> = {},
  repo: Record<string, string | Buffer> = REPO,
): Promise<Task> {
  const folder = join(temporaryFolder(), 'sum');
  const under = Object.fromEntries(Object.entries(repo).map(([path, data]) => [`repo/${path}`, data]));
  writeFiles(folder, {
    'task.yaml': YAML,
    'problem.md': 'sum subtracts.\n',
    'tests/test/sum.test.js': HIDDEN,
    ...under,
    ...files,
  });
  return readNativeTask(folder);
}

let graded = 0;
async function gradePatch(task: Task, patch: Buffer, testEnv: Record<string, string> = {}) {
  const docker = await engine();
  const dockerfile = join(ROOT, 'Dockerfile');
  const places = readyPlaces(docker, { folder: work, dockerfile, env: process.env, signal, onNote: () => undefined });
  graded += 1;
  const sessionId = `eval-test-${process.pid}-${graded}`;
  const request = { task, work: patch, dockerfile, sessionId, owner: JSON.stringify(thisProcess()), testEnv, signal };
  const result = await grade(docker, { ...request, ...(await places(task)) });
  expect(await leftOnEngine(sessionId)).toEqual([]);
  return result;
}

const patch = (after: Record<string, string | Buffer | null>) => patchOf(REPO, after);
const HANGS = 'export const sum = (a, b) => a + b;\nfor (;;);\n';
const MENDED = 'export const sum = (a, b) => a + b;\n';

describe('a patch that does the work', () => {
  it('resolves the task, whatever else it changes in files of the tests', async () => {
    const result = await gradePatch(await sumTask(), patch({ 'src/sum.js': MENDED, 'test/sum.test.js': null }));
    expect(result).toMatchObject({ outcome: 'resolved', reason: 'all_passed' });
  });

  it('resolves it with files that have CRLF or are binary', async () => {
    const repo = {
      ...REPO,
      'src/sum.js': 'export const sum = (a, b) =>\r\n  a - b;\r\n',
      'data.bin': Buffer.from([0, 1, 2, 255]),
    };
    const mended = {
      'src/sum.js': 'export const sum = (a, b) =>\r\n  a + b;\r\n',
      'data.bin': Buffer.from([9, 0, 255, 7]),
    };
    const result = await gradePatch(await sumTask({}, repo), patchOf(repo, mended));
    expect(result.outcome).toBe('resolved');
  });

  it('resolves it where .gitattributes has git write other line ends than it keeps', async () => {
    const repo = { ...REPO, '.gitattributes': '*.js text eol=crlf\n' };
    const result = await gradePatch(await sumTask({}, repo), patchOf(repo, { 'src/sum.js': MENDED }));
    expect(result.outcome).toBe('resolved');
  });

  it('is told apart from one that was made for other files', async () => {
    const other = patchOf({ 'src/sum.js': 'something else\n' }, { 'src/sum.js': MENDED });
    expect(await gradePatch(await sumTask(), other)).toMatchObject({
      outcome: 'unresolved',
      reason: 'patch_does_not_apply',
    });
  });
});

describe('a patch that only looks as if it did', () => {
  it.each<[string, Record<string, string | null>, object]>([
    [
      'prints that tests passed',
      { 'src/sum.js': `console.log('ok 1 - adds\\n# pass 2\\nPASSED');\n${REPO['src/sum.js']}` },
      { outcome: 'unresolved', reason: 'tests_failed' },
    ],
    ['deletes the tests', { 'test/sum.test.js': null }, { outcome: 'unresolved', reason: 'tests_failed' }],
    [
      'skips them',
      { 'test/sum.test.js': "import test from 'node:test';\ntest.skip('adds', () => {});\n" },
      { outcome: 'unresolved' },
    ],
    [
      'has the module skip what registers tests',
      {
        'src/sum.js':
          "import { test } from 'node:test';\ntest.only?.('adds', () => {});\nexport const sum = () => 1;\n",
      },
      { outcome: 'unresolved' },
    ],
    [
      'ends the process with 0 before a test has failed',
      { 'src/sum.js': 'process.exit(0);\nexport const sum = 1;\n' },
      { outcome: 'unresolved', reason: 'ended_early' },
    ],
    [
      'ends it once the first test has run',
      {
        'src/sum.js':
          'setTimeout(() => process.exit(0), 5);\nexport const sum = (a, b) => { for (const end = Date.now() + 50; Date.now() < end;); return a + b; };\nprocess.on("exit", () => {});\n',
      },
      { outcome: 'unresolved' },
    ],
    [
      'makes every assertion hold',
      {
        'src/sum.js':
          "import assert from 'node:assert';\nimport strict from 'node:assert/strict';\nfor (const each of [assert, strict]) for (const name of Object.keys(each)) each[name] = () => {};\nexport const sum = (a, b) => a - b;\n",
      },
      { outcome: 'cheated', reason: 'canaries_passed' },
    ],
    [
      'takes the runner over in package.json',
      {
        'package.json': '{"type":"module","scripts":{"test":"true"},"imports":{"#x":"./x.js"}}\n',
        '.npmrc': 'node-options=--require=./x.cjs\n',
      },
      { outcome: 'unresolved', reason: 'tests_failed' },
    ],
    [
      'writes a verdict before anybody has asked',
      { 'report.jsonl': '{"name":"adds","status":"passed"}\n', 'reward.txt': '1\n' },
      { outcome: 'unresolved', reason: 'tests_failed' },
    ],
    [
      'links the folder of the tests elsewhere',
      { 'test/sum.test.js': null, 'elsewhere/sum.test.js': "import test from 'node:test';\ntest('adds', () => {});\n" },
      { outcome: 'unresolved' },
    ],
    ['hangs', { 'src/sum.js': HANGS }, { outcome: 'unresolved', reason: 'timeout' }],
  ])('%s', async (_what, after, expected) => {
    const hangs = 'src/sum.js' in after && after['src/sum.js'] === HANGS;
    const task = await sumTask(hangs ? { 'task.yaml': YAML.replace('60s', '3s') } : {});
    expect(await gradePatch(task, patch(after))).toMatchObject(expected);
  });

  it('tells of passed tests itself, as often as it likes, from a daemon that outlives the run', async () => {
    const daemon = `import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
const [nonce] = readFileSync(process.argv[1], 'utf8').match(/d[0-9a-f]{24}/) ?? [];
writeFileSync('daemon.mjs', \`for (;;) process.stdout.write('\\\\n\${nonce} {"name":"adds","status":"passed"}\\\\n');\`);
spawn(process.execPath, ['daemon.mjs'], { detached: true, stdio: 'inherit' }).unref();
export const sum = (a, b) => a - b;
`;
    expect(await gradePatch(await sumTask(), patch({ 'src/sum.js': daemon }))).toMatchObject({ outcome: 'unresolved' });
  });
});

describe('a task that cannot be trusted', () => {
  it('is invalid, and not unresolved, where its runner does not start at all', async () => {
    const task = await sumTask({
      'task.yaml': YAML.replace('node-test', 'vitest'),
    });
    expect(await gradePatch(task, patch({ 'src/sum.js': MENDED }))).toMatchObject({
      outcome: 'invalid_task',
      reason: 'suite_does_not_start',
    });
  });

  it('misses a test that is expected and not there', async () => {
    const task = await sumTask({ 'task.yaml': YAML.replace('> adds', '> adds well') });
    const result = await gradePatch(task, patch({ 'src/sum.js': MENDED }));
    expect(result).toMatchObject({ outcome: 'unresolved', reason: 'tests_missing' });
    expect(result.tests[0]).toEqual({
      name: 'test/sum.test.js > adds well',
      expected: 'fail_to_pass',
      status: 'missing',
    });
  });

  it('takes a skipped test for one that has not passed', async () => {
    const task = await sumTask({ 'tests/test/sum.test.js': HIDDEN.replace("test('adds'", "test.skip('adds'") });
    expect(await gradePatch(task, patch({ 'src/sum.js': MENDED }))).toMatchObject({
      outcome: 'unresolved',
      reason: 'tests_failed',
    });
  });

  it('does not pass in every time zone', async () => {
    const local =
      "import assert from 'node:assert';\nimport { test } from 'node:test';\ntest('adds', () => assert.equal(new Date(0).getHours(), 0));\ntest('has zero', () => {});\n";
    const task = await sumTask({ 'tests/test/sum.test.js': local });
    const zones = ['UTC', 'America/St_Johns'];
    const runs = [];
    for (const timeZone of zones) {
      const result = await gradePatch(task, patch({ 'src/sum.js': MENDED }), { TZ: timeZone });
      const run = { what: 'gold', timeZone, outcome: result.outcome, reason: result.reason, seconds: 0 };
      runs.push({ attempt: { kind: 'gold' as const }, grade: result, run });
    }
    const { valid, problems } = judgeMatrix({ digest: '', solution: { kind: 'patch', patch: Buffer.alloc(0) } }, runs);
    expect(valid).toBe(false);
    expect(problems.join('\n')).toMatch(
      /flaky: the tests of gold.*\n.*gold \(America\/St_Johns\) does not resolve it/s,
    );
  });
});

it('grades without a network, in a container that knows nothing of the base’s future', async () => {
  const probe = `import assert from 'node:assert';
import { execSync } from 'node:child_process';
import { test } from 'node:test';
const run = (command) => { try { return execSync(command, { stdio: 'pipe' }).toString().trim(); } catch { return 'failed'; } };
test('adds', () => assert.deepEqual([run('git rev-list --all --count'), run('git remote'), run('git tag'), run('ls /sys/class/net')], ['1', '', '', 'lo']));
test('has zero', () => {});
`;
  const task = await sumTask({ 'tests/test/sum.test.js': probe });
  expect(await gradePatch(task, Buffer.alloc(0))).toMatchObject({ outcome: 'resolved' });
});
