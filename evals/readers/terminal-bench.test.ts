import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { recorded } from '../parsers/recorded.ts';
import type { Task } from '../task.ts';
import { REWARD_SCRIPT, readTerminalBench } from './terminal-bench.ts';

const TASK = `instruction: |-
  Make hello.txt.
author_name: somebody
difficulty: easy
category: files
tags:
  - files
parser_name: pytest
max_agent_timeout_sec: 100.5
max_test_timeout_sec: 20
run_tests_in_same_shell: false
`;
const COMPOSE = `services:
  client:
    build:
      dockerfile: Dockerfile
    image: \${T_BENCH_TASK_DOCKER_CLIENT_IMAGE_NAME}
    container_name: \${T_BENCH_TASK_DOCKER_CLIENT_CONTAINER_NAME}
    command: [ "sh", "-c", "sleep infinity" ]
    environment:
      - TEST_DIR=\${T_BENCH_TEST_DIR}
    volumes:
      - \${T_BENCH_TASK_LOGS_PATH}:\${T_BENCH_CONTAINER_LOGS_PATH}
`;

let root: string;
let folder: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'drydock-terminal-bench-'));
  folder = join(root, 'tasks', 'hello');
  await put('task.yaml', TASK);
  await put('Dockerfile', 'FROM debian\nWORKDIR /work\nCOPY data /work\n');
  await put('data/x.txt', 'x');
  await put('docker-compose.yaml', COMPOSE);
  await put('run-tests.sh', 'pytest $TEST_DIR/test_outputs.py -rA\n');
  await put('tests/test_outputs.py', 'def test_it(): pass\n');
  await put('solution.sh', 'echo hello > hello.txt\n');
});
afterEach(() => rm(root, { recursive: true }));

async function put(name: string, text: string): Promise<void> {
  await mkdir(dirname(join(folder, name)), { recursive: true });
  await writeFile(join(folder, name), text);
}

async function one(): Promise<Task> {
  const { tasks, invalid } = await readTerminalBench(root);
  expect(invalid).toEqual([]);
  return tasks[0] as Task;
}

test('a folder of Terminal-Bench becomes a task that a reward decides about', async () => {
  const task = await one();
  expect(task).toMatchObject({
    id: 'hello',
    format: 'terminal-bench',
    origin: folder,
    title: 'hello',
    tags: ['files', 'easy'],
    problem: 'Make hello.txt.',
    base: { kind: 'image', workdir: '/work' },
    // What is in none of them is the solution, nor a test.
    image: { kind: 'build', folder, dockerfile: 'Dockerfile', files: ['Dockerfile', 'data/x.txt'] },
    limits: { timeoutMs: 100_500, memoryBytes: null, cpus: null },
    solution: {
      kind: 'script',
      script: 'bash /solution/solution.sh',
      files: [{ path: 'solution.sh', executable: true, bytes: Buffer.from('echo hello > hello.txt\n') }],
    },
    extra: { author_name: 'somebody' },
  });
  expect(task.tests).toEqual({
    kind: 'reward',
    script: REWARD_SCRIPT,
    files: [
      { path: 'test_outputs.py', executable: false, bytes: Buffer.from('def test_it(): pass\n') },
      { path: 'run-tests.sh', executable: true, bytes: Buffer.from('pytest $TEST_DIR/test_outputs.py -rA\n') },
    ],
    env: {},
    timeoutMs: 20_000,
  });
});

test('the commands of a solution are a script, unless they are keys', async () => {
  await rm(join(folder, 'solution.sh'));
  await put('solution.yaml', '- command: echo a\n  min_timeout_sec: 1\n- command: |-\n    echo b\n    echo c\n');
  const { solution } = await one();
  expect(solution).toMatchObject({ files: [{ bytes: Buffer.from('echo a\necho b\necho c\n') }] });
  await put('solution.yaml', '- command: q\n  append_enter: false\n');
  expect((await one()).solution).toBeNull();
  await rm(join(folder, 'solution.yaml'));
  expect((await one()).solution).toBeNull();
});

describe('the reward', () => {
  const passed = recorded('pytest.log').replace(/^=+ 1 failed.*$/m, '===== 4 passed, 1 skipped in 0.10s =====');
  test.each<[string, string, number, string]>([
    ['tests that pass', passed, 0, '1'],
    ['tests that pass, quietly told', '4 passed in 0.10s\n', 0, '1'],
    ['tests that fail', recorded('pytest.log'), 1, '0'],
    ['tests that fail in a script that does more after them', recorded('pytest.log'), 0, '0'],
    ['tests that fail, with an error alone', '=== 1 passed, 1 error in 0.10s ===\n', 0, '0'],
    ['a script that breaks off after the tests', passed, 3, '0'],
    ['no test', '=== no tests ran in 0.01s ===\n', 0, '0'],
    ['nothing', '', 0, '0'],
    ['code under test that prints a summary of its own', `=== 9 passed in 0.1s ===\n${recorded('pytest.log')}`, 0, '0'],
  ])('of %s', async (_, output, code, reward) => {
    await mkdir(join(root, 'tests'));
    await writeFile(join(root, 'tests', 'output'), output);
    await writeFile(join(root, 'tests', 'run-tests.sh'), `cat "$TEST_DIR/output"\nexit ${code}\n`);
    const script = REWARD_SCRIPT.replaceAll('/logs/', `${root}/logs/`).replaceAll('/tests', `${root}/tests`);
    const { status } = spawnSync('sh', ['-c', script]);
    expect(status).toBe(0);
    expect(await readFile(join(root, 'logs', 'verifier', 'reward.txt'), 'utf8')).toBe(`${reward}\n`);
  });
});

describe('an invalid task is told by file and field', () => {
  const compose = (from: string, to: string) => put('docker-compose.yaml', COMPOSE.replace(from, to));
  test.each<[string, () => Promise<unknown>, string]>([
    [
      'another parser',
      () => put('task.yaml', TASK.replace('pytest', 'swebench')),
      'task.yaml: parser_name: swebench is not a parser that there is',
    ],
    [
      'the same shell',
      () => put('task.yaml', TASK.replace('shell: false', 'shell: true')),
      'task.yaml: run_tests_in_same_shell: tests run in a shell, and a container, of their own here',
    ],
    [
      'no instruction',
      () => put('task.yaml', 'tags: []\n'),
      'task.yaml: instruction: Invalid input: expected string, received undefined',
    ],
    [
      'a wrong time',
      () => put('task.yaml', TASK.replace('100.5', 'long')),
      'task.yaml:9: max_agent_timeout_sec: Invalid input: expected number, received string',
    ],
    ['no script', () => rm(join(folder, 'run-tests.sh')), 'run-tests.sh: not there'],
    ['no Dockerfile', () => rm(join(folder, 'Dockerfile')), 'Dockerfile: not there'],
    [
      'two containers',
      () => compose('services:', 'services:\n  server: {image: x}'),
      'docker-compose.yaml: services: server, client: more than one container is not supported',
    ],
    [
      'a variable in compose',
      () => compose('environment:', 'environment:\n      - A=b'),
      'docker-compose.yaml:9: services.client.environment[0]: is more than a name for a folder of the harness',
    ],
    [
      'a folder of the host',
      () => compose('volumes:', 'volumes:\n      - /:/host'),
      'docker-compose.yaml:11: services.client.volumes[0]: is more than a folder of the harness',
    ],
    [
      'privileges',
      () => compose('    image:', '    privileged: true\n    image:'),
      'docker-compose.yaml:3: services.client: Unrecognized key: "privileged"',
    ],
  ])('%s', async (_, breaks, problem) => {
    await breaks();
    expect((await readTerminalBench(root)).invalid).toEqual([
      { id: 'hello', origin: folder, problem: `${folder}/${problem}` },
    ]);
  });
});
