import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Task, TaskError } from '../task.ts';
import { ADDED_BY_5, EVAL_SCRIPT, HARD_PATCH, INSTANCE, TEST_PATCH } from './sample-instance.ts';
import { readSweBench } from './swe-bench.ts';
import { instanceOfTask, writeSweBench } from './swe-bench-instance.ts';

let folder: string;
let repos: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'drydock-swe-bench-'));
  repos = join(folder, 'mirrors');
  await mkdir(join(repos, 'owner__name', '.git'), { recursive: true });
});
afterEach(() => rm(folder, { recursive: true }));

async function read(name: string, text: string, options: Parameters<typeof readSweBench>[1] = { repos }) {
  await writeFile(join(folder, name), text);
  return readSweBench(join(folder, name), options);
}

const line = (instance: object) => `${JSON.stringify(instance)}\n`;

async function readOne(instance: object, options?: Parameters<typeof readSweBench>[1]): Promise<Task> {
  const { tasks, invalid } = await read('one.jsonl', line(instance), options);
  expect(invalid).toEqual([]);
  return tasks[0] as Task;
}

describe('an instance', () => {
  test('of version 4 becomes a task that the tests of its test patch decide about', async () => {
    const task = await readOne(INSTANCE);
    expect(task).toMatchObject({
      id: 'owner__name-1',
      format: 'swe-bench',
      origin: join(folder, 'one.jsonl:1'),
      title: 'It breaks',
      tags: ['owner/name', '<15 min fix'],
      problem: INSTANCE.problem_statement,
      base: { kind: 'repository', path: join(repos, 'owner__name'), commit: INSTANCE.base_commit },
      image: { kind: 'own' },
      limits: { timeoutMs: null, memoryBytes: null, cpus: null },
    });
    expect(task.tests).toMatchObject({
      kind: 'log',
      parser: 'parse_log_pytest',
      failToPass: ['tests/test_new.py::test_it'],
      passToPass: ['tests/it is.py::test_other'],
    });
    // Neither the file that is deleted nor the data is a test.
    expect(task.tests).toHaveProperty(
      'script',
      expect.stringContaining("\npython -m pytest -rA -p no:cacheprovider tests/test_new.py 'tests/it is.py'\n"),
    );
  });

  test('of version 5 says its image, its script and its parser', async () => {
    const task = await readOne({ ...INSTANCE, ...ADDED_BY_5 });
    expect(task.image).toEqual({ kind: 'image', name: ADDED_BY_5.image });
    expect(task.tests).toMatchObject({ kind: 'log', parser: 'parse_log_pytest_v2' });
    const script = 'script' in task.tests ? task.tests.script.split('\n') : [];
    expect(script).toEqual(expect.arrayContaining(EVAL_SCRIPT.split('\n')));
  });

  test('has its patches byte for byte, with CR LF, binary files and renames', async () => {
    const task = await readOne(INSTANCE);
    expect(task.solution).toEqual({ kind: 'patch', patch: Buffer.from(HARD_PATCH) });
    expect(task.tests).toHaveProperty('testPatch', Buffer.from(TEST_PATCH));
    expect(TEST_PATCH).toContain('\r\n');
  });

  test('without mirrors has the files of its image, where its script goes to', async () => {
    const task = await readOne({ ...INSTANCE, ...ADDED_BY_5 }, {});
    expect(task.base).toEqual({ kind: 'image', workdir: '/testbed' });
    const elsewhere = { ...ADDED_BY_5, eval_script: EVAL_SCRIPT.replace('/testbed', '/src/app') };
    expect((await readOne({ ...INSTANCE, ...elsewhere }, {})).base).toEqual({ kind: 'image', workdir: '/src/app' });
  });

  test('leaves the image, the test command and the parser to the caller where it names none', async () => {
    const options = {
      repos,
      image: { kind: 'image', name: 'mine' } as const,
      testCommand: 'prove',
      logParser: 'parse_log_tap',
    };
    const task = await readOne(INSTANCE, options);
    expect(task.image).toEqual({ kind: 'image', name: 'mine' });
    expect(task.tests).toMatchObject({ parser: 'parse_log_tap', script: expect.stringContaining('\nprove tests/') });
  });

  test('without a gold patch has no solution', async () => {
    expect((await readOne({ ...INSTANCE, patch: '' })).solution).toBeNull();
  });
});

test.each(['owner__name', 'owner__name.git', 'owner/name', 'owner/name.git'])(
  'a mirror can be %s, bare or not',
  async (name) => {
    await rm(repos, { recursive: true });
    await mkdir(join(repos, name, '.git'), { recursive: true });
    expect((await readOne(INSTANCE)).base).toHaveProperty('path', join(repos, name));
    await rm(repos, { recursive: true });
    await mkdir(join(repos, name, 'objects'), { recursive: true });
    await writeFile(join(repos, name, 'HEAD'), 'ref: refs/heads/main\n');
    expect((await readOne(INSTANCE)).base).toHaveProperty('path', join(repos, name));
  },
);

describe('instances are read from', () => {
  const other = { ...INSTANCE, instance_id: 'owner__name-2' };
  test.each([
    ['lines', 'i.jsonl', line(INSTANCE) + line(other)],
    ['an array', 'i.json', JSON.stringify([INSTANCE, other], null, 1)],
    ['a map', 'i.json', JSON.stringify({ 'owner__name-1': INSTANCE, 'owner__name-2': other })],
  ])('%s', async (_, name, text) => {
    const { tasks, invalid } = await read(name, text);
    expect(invalid).toEqual([]);
    expect(tasks.map(({ id }) => id)).toEqual(['owner__name-1', 'owner__name-2']);
  });
});

describe('a round trip', () => {
  test('keeps every field, known or not, in the form that it had', async () => {
    const all = { ...INSTANCE, ...ADDED_BY_5, unknown: { deep: [1, null, '\r\n'] }, hints_text: null };
    expect(
      writeSweBench([instanceOfTask(await readOne(all))])
        .split('\n')
        .map((text) => text && JSON.parse(text)),
    ).toEqual([all, '']);
  });

  test('keeps any instance', async () => {
    const text = fc.string({ unit: 'grapheme' });
    const names = fc.array(
      text.filter((name) => name !== ''),
      { minLength: 1, maxLength: 3 },
    );
    const list = fc.oneof(
      names,
      names.map((all) => JSON.stringify(all)),
    );
    const optional = <Type>(values: fc.Arbitrary<Type>) => fc.option(values, { nil: undefined });
    const instance = fc.record({
      instance_id: fc.stringMatching(/^[a-z0-9][\w.-]*$/),
      repo: fc.constant('owner/name'),
      base_commit: fc.stringMatching(/^[0-9a-f]{40}$/),
      patch: fc.oneof(text, fc.constant(HARD_PATCH)),
      test_patch: fc.constant(TEST_PATCH),
      problem_statement: text,
      hints_text: optional(fc.option(text)),
      created_at: optional(text),
      version: optional(fc.oneof(text, fc.integer())),
      FAIL_TO_PASS: list,
      PASS_TO_PASS: list,
      environment_setup_commit: optional(text),
      difficulty: optional(text),
      image: optional(text.filter((name) => name !== '')),
      eval_script: optional(text),
      log_parser: optional(fc.constant('parse_log_django')),
      eval_type: optional(fc.constant('pass_and_fail')),
      split: optional(text),
      datasets: optional(list),
      'a field of their own': optional(fc.json()),
    });
    await fc.assert(
      fc.asyncProperty(instance, async (value) => {
        const plain: unknown = JSON.parse(JSON.stringify(value));
        const task = await readOne(plain as object);
        expect(JSON.parse(writeSweBench([instanceOfTask(task)]))).toEqual(plain);
      }),
      { numRuns: 60 },
    );
  });

  test('refuses to write what is no instance, by its id and field', async () => {
    const task = await readOne(INSTANCE);
    const broken = { ...instanceOfTask(task), FAIL_TO_PASS: 'no list' };
    expect(() => writeSweBench([broken])).toThrow(
      new TaskError('owner__name-1: FAIL_TO_PASS: not a list of strings, nor JSON of one in a string'),
    );
    expect(() =>
      instanceOfTask({
        ...task,
        format: 'harbor',
        tests: { kind: 'reward', script: '', files: [], env: {}, timeoutMs: 1 },
      }),
    ).toThrow('owner__name-1: is of the format harbor, not an instance of SWE-bench');
  });
});

describe('the digest', () => {
  test('is the same wherever the files and the mirrors lie, and whatever else the instance says', async () => {
    const { digest } = await readOne(INSTANCE);
    await rm(repos, { recursive: true });
    await mkdir(join(repos, 'owner', 'name.git', '.git'), { recursive: true });
    expect((await read('other.jsonl', `\n${line({ ...INSTANCE, hints_text: 'else' })}`)).tasks[0]?.digest).toBe(digest);
  });

  test.each([
    'base_commit',
    'patch',
    'test_patch',
    'problem_statement',
    'FAIL_TO_PASS',
    'PASS_TO_PASS',
    'eval_script',
    'image',
    'log_parser',
  ])('changes with %s', async (field) => {
    const all = { ...INSTANCE, ...ADDED_BY_5 };
    const changed: Record<string, unknown> = {
      ...{ base_commit: 'c'.repeat(40), FAIL_TO_PASS: ['other'], PASS_TO_PASS: '[]', log_parser: 'parse_log_pytest' },
      ...{ patch: HARD_PATCH.replaceAll('\r', ''), test_patch: TEST_PATCH.replaceAll('\r', '') },
    };
    const { digest } = await readOne(all);
    expect((await readOne({ ...all, [field]: changed[field] ?? 'other' })).digest).not.toBe(digest);
  });
});

describe('a broken instance is told by file, line and field', () => {
  const { repo: _, ...withoutRepo } = INSTANCE;
  test.each([
    [{ FAIL_TO_PASS: 3 }, 'FAIL_TO_PASS: not a list of strings, nor JSON of one in a string'],
    [{ FAIL_TO_PASS: '["a"' }, 'FAIL_TO_PASS: not a list of strings, nor JSON of one in a string'],
    [{ PASS_TO_PASS: ['a', 1] }, 'PASS_TO_PASS: not a list of strings, nor JSON of one in a string'],
    [{ FAIL_TO_PASS: [] }, 'FAIL_TO_PASS: has no test'],
    [{ patch: null }, 'patch: Invalid input: expected string, received null'],
    [{ base_commit: '--upload-pack=x' }, 'base_commit: not a commit'],
    [{ repo: '../../etc' }, 'repo: not OWNER/NAME'],
    [{ repo: 'other/name' }, 'repo: no mirror of other/name is in MIRRORS'],
    [{ instance_id: '../x' }, 'instance_id: has other characters than letters, digits and . _ + -'],
    [{ log_parser: 'parse_log_redis' }, 'log_parser: parse_log_redis is not a parser that there is'],
    [{ eval_type: 'fail_only' }, 'eval_type: fail_only is not supported, only pass_and_fail'],
    [{ test_patch: '' }, 'test_patch: has no file for the test command, and there is no eval_script'],
    [
      { image_assets: '{"test_patch": [{"path": "a.png"}]}' },
      "image_assets: files beside the patches are only read from a task's folder",
    ],
  ])('%o', async (changed, problem) => {
    const { tasks, invalid } = await read(
      'i.jsonl',
      `${line(INSTANCE)}\n${line({ ...INSTANCE, instance_id: 'owner__name-3', ...changed })}`,
    );
    expect(tasks).toHaveLength(1);
    expect(invalid).toEqual([
      {
        id: 'instance_id' in changed ? changed.instance_id : 'owner__name-3',
        origin: join(folder, 'i.jsonl:3'),
        problem: `i.jsonl:3: ${problem.replace('MIRRORS', repos)}`,
      },
    ]);
  });

  test.each([
    [
      'a field that is not there',
      line(withoutRepo),
      'i.jsonl:1: repo: Invalid input: expected string, received undefined',
    ],
    ['a line that is cut', '{"instance_id": "a', 'i.jsonl:1: not JSON: Unterminated string'],
    ['no object', '[1]', 'i.jsonl:1: Invalid input: expected object, received array'],
  ])('%s', async (_, text, problem) => {
    expect((await read('i.jsonl', text)).invalid.map((task) => task.problem)).toEqual([problem]);
  });

  test('a second one of the same id', async () => {
    const { tasks, invalid } = await read('i.jsonl', line(INSTANCE) + line(INSTANCE));
    expect(tasks).toHaveLength(1);
    expect(invalid[0]?.problem).toBe('i.jsonl:2: instance_id: owner__name-1 is already on line 1');
  });

  test('in an array, by the line where it starts', async () => {
    const { invalid } = await read('i.json', `[\n${line(INSTANCE)},\n\n${line({ ...INSTANCE, version: [] })}]`);
    expect(invalid[0]?.problem).toMatch(/^i\.json:5: version: Invalid input/);
  });

  test('no mirrors and no image', async () => {
    const { invalid } = await read('i.jsonl', line(INSTANCE), {});
    expect(invalid[0]?.problem).toBe(
      'i.jsonl:1: repo: neither a folder with a mirror of owner/name nor an image with its files was given',
    );
  });
});

test('a file that is no UTF-8, or not there, is an error of its own', async () => {
  await writeFile(join(folder, 'bad.jsonl'), Buffer.from([0x7b, 0xff]));
  await expect(readSweBench(join(folder, 'bad.jsonl'))).rejects.toThrow(
    new TaskError(`${join(folder, 'bad.jsonl')}: not UTF-8`),
  );
  await expect(readSweBench(join(folder, 'none.jsonl'))).rejects.toThrow(TaskError);
  expect(await readFile(join(folder, 'bad.jsonl'))).toHaveLength(2);
});
