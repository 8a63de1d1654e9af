import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { TaskError } from '../task.ts';
import { EVAL_SCRIPT, HARD_PATCH, INSTANCE, TEST_PATCH } from './sample-instance.ts';
import { readSweBench } from './swe-bench.ts';
import { readSweBenchFolder } from './swe-bench-folder.ts';
import { instanceOfTask, writeSweBench } from './swe-bench-instance.ts';

let root: string;
let folder: string;
const SHORT = {
  instance_id: 'owner__name-1',
  repo: 'owner/name',
  base_commit: INSTANCE.base_commit,
  version: 1.5,
  created_at: INSTANCE.created_at,
  log_parser: 'parse_log_pytest',
  eval_type: 'pass_and_fail',
  split: 'test',
  datasets: ['one'],
  unknown: { kept: true },
};
const FILES: Readonly<Record<string, string>> = {
  'task.yaml': stringify(SHORT),
  'tests.json': JSON.stringify({ FAIL_TO_PASS: INSTANCE.FAIL_TO_PASS, PASS_TO_PASS: [] }),
  'problem_statement.md': INSTANCE.problem_statement,
  'hints.md': 'look there',
  'gold.patch': HARD_PATCH,
  'test.patch': TEST_PATCH,
  'eval.sh': EVAL_SCRIPT,
  Dockerfile: 'FROM scratch\nCOPY setup.sh /\n',
  'setup.sh': 'true\n',
};

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'drydock-swe-bench-'));
  folder = join(root, 'tasks', 'owner__name-1');
  await mkdir(join(folder, 'test_assets', 'tests'), { recursive: true });
  await mkdir(join(root, 'mirrors', 'owner', 'name', '.git'), { recursive: true });
  for (const [name, text] of Object.entries(FILES)) await writeFile(join(folder, name), text);
});
afterEach(() => rm(root, { recursive: true }));

const read = (path = root) => readSweBenchFolder(path, { repos: join(root, 'mirrors') });
const change = (name: string, text: string) => writeFile(join(folder, name), text);
const task = (changed: object) => change('task.yaml', stringify({ ...SHORT, ...changed }));

test('a folder of tasks has the parts of each instance in files', async () => {
  const { tasks, invalid } = await read();
  expect(invalid).toEqual([]);
  expect(tasks).toMatchObject([
    {
      id: 'owner__name-1',
      format: 'swe-bench-folder',
      origin: folder,
      problem: INSTANCE.problem_statement,
      base: { kind: 'repository', commit: INSTANCE.base_commit },
      image: { kind: 'build', folder, dockerfile: 'Dockerfile', files: ['Dockerfile', 'setup.sh'] },
      solution: { kind: 'patch', patch: Buffer.from(HARD_PATCH) },
      tests: { kind: 'log', testPatch: Buffer.from(TEST_PATCH), parser: 'parse_log_pytest', passToPass: [] },
    },
  ]);
  expect((await read(folder)).tasks).toEqual(tasks);
});

test('an image that has a name is taken before the Dockerfile', async () => {
  await task({ image: 'example/one' });
  expect((await read()).tasks[0]?.image).toEqual({ kind: 'image', name: 'example/one' });
});

test('a task of a folder can be written as an instance, and is the same task then', async () => {
  await task({ image: 'example/one' });
  const [first] = (await read()).tasks;
  if (first === undefined) throw new Error('no task');
  await writeFile(join(root, 'i.jsonl'), writeSweBench([instanceOfTask(first)]));
  const { tasks } = await readSweBench(join(root, 'i.jsonl'), { repos: join(root, 'mirrors') });
  expect(tasks[0]).toEqual({ ...first, format: 'swe-bench', origin: join(root, 'i.jsonl:1') });
  expect(instanceOfTask(first)).toEqual({
    ...{ ...SHORT, image: 'example/one', patch: HARD_PATCH, test_patch: TEST_PATCH, eval_script: EVAL_SCRIPT },
    ...{ problem_statement: INSTANCE.problem_statement, hints_text: 'look there' },
    ...{ FAIL_TO_PASS: INSTANCE.FAIL_TO_PASS, PASS_TO_PASS: [] },
  });
});

test('files that a patch cannot carry are laid right before the tests', async () => {
  const bytes = Buffer.from(Array.from({ length: 400 }, (_, index) => index % 256));
  await writeFile(join(folder, 'test_assets', 'tests', "it's.png"), bytes);
  const [first] = (await read()).tasks;
  const script = first?.tests.kind === 'log' ? first.tests.script : '';
  const place = await mkdtemp(join(root, 'workspace-'));
  const onlyAssets = script.replace(/^(?:cd|pytest|git) .*$/gm, '').replace("Start Test Output'", "&'; ls tests");
  execFileSync('bash', ['-c', onlyAssets], { cwd: place, stdio: 'pipe' });
  expect(await readFile(join(place, 'tests', "it's.png"))).toEqual(bytes);
  expect(script.indexOf('base64')).toBeLessThan(script.indexOf('Start Test Output'));
  expect(script.indexOf('base64')).toBeGreaterThan(script.indexOf('cd /testbed'));
});

describe('an invalid task is told by file, line and field', () => {
  test.each<[string, () => Promise<void>, string]>([
    [
      'a parser that there is not',
      () => task({ log_parser: 'parse_log_maven' }),
      'task.yaml:6: log_parser: parse_log_maven is not a parser that there is',
    ],
    [
      'a field of another type',
      () => task({ split: 3 }),
      'task.yaml:8: split: Invalid input: expected string, received number',
    ],
    ['another id', () => task({ instance_id: 'other' }), "task.yaml:1: instance_id: other is not the folder's name"],
    ['no YAML', () => change('task.yaml', 'a: 1\nb: "\n'), 'task.yaml:3: not YAML: Missing closing "quote'],
    [
      'no tests',
      () => change('tests.json', '{"PASS_TO_PASS": []}'),
      'tests.json: FAIL_TO_PASS: not a list of strings, nor JSON of one in a string',
    ],
    ['tests that are cut', () => change('tests.json', '{'), 'tests.json: not JSON: Expected property name'],
    ['a file that is missing', () => rm(join(folder, 'gold.patch')), 'gold.patch: not there'],
    ['no task file', () => rm(join(folder, 'task.yaml')), 'task.yaml: not there'],
    [
      'assets of the gold patch',
      () => task({ image_assets: { patch: [{ path: 'a' }] } }),
      'task.yaml:13: image_assets.patch: files beside the gold patch are not supported',
    ],
    [
      'an asset that is missing',
      () => task({ image_assets: '{"test_patch": [{"path": "../a"}]}' }),
      'task.yaml:13: image_assets.test_patch: ../a is not in test_assets/',
    ],
    ['assets that are no JSON', () => task({ image_assets: '{' }), 'task.yaml:13: image_assets: not JSON'],
  ])('%s', async (_, breaks, problem) => {
    await breaks();
    const { tasks, invalid } = await read();
    expect(tasks).toEqual([]);
    expect(invalid).toHaveLength(1);
    expect(invalid[0]).toMatchObject({ id: 'owner__name-1', origin: folder });
    expect(invalid[0]?.problem.slice(0, folder.length + 1 + problem.length)).toBe(`${folder}/${problem}`);
  });

  test('a folder without tasks is an error of its own', async () => {
    await expect(read(join(root, 'mirrors'))).rejects.toThrow(TaskError);
  });
});

test('the digest changes with what the build sees, and not with where the folder lies', async () => {
  const digest = async () => (await read()).tasks[0]?.digest;
  const before = await digest();
  await change('setup.sh', 'false\n');
  expect(await digest()).not.toBe(before);
  await change('setup.sh', FILES['setup.sh'] ?? '');
  await change('hints.md', 'other');
  expect(await digest()).toBe(before);
});
