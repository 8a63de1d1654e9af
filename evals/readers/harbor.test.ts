import { chmod, mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Task, TaskError } from '../task.ts';
import { readHarbor } from './harbor.ts';

const TASK = `schema_version = "1.4"
artifacts = ["/app/out"]

[task]
name = "org/hello"
description = "Says hello"
keywords = ["easy"]

[metadata]
tags = ["shell", "easy"]
category = "programming"

[agent]
timeout_sec = 120.5
user = "agent"

[verifier]
timeout_sec = 30
user = "root"
env = { MODE = "strict" }

[environment]
build_timeout_sec = 600
cpus = 2
memory_mb = 512
storage_mb = 1024
workdir = "/srv"
network_mode = "no-network"

[solution.env]
SPEED = "fast"

[unknown]
kept = true
`;

let root: string;
let folder: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'drydock-harbor-'));
  folder = join(root, 'hello');
  await put('task.toml', TASK);
  await put('instruction.md', 'Say hello.\r\n');
  await put('environment/Dockerfile', 'FROM debian\nWORKDIR /work\n');
  await put('environment/data.txt', 'x');
  await put('tests/test.sh', 'echo 1 > /logs/verifier/reward.txt\n');
  await put('tests/lib/check.py', 'pass\n');
  await put('solution/solve.sh', '#!/bin/sh\n');
});
afterEach(() => rm(root, { recursive: true }));

async function put(name: string, text: string): Promise<void> {
  await mkdir(dirname(join(folder, name)), { recursive: true });
  await writeFile(join(folder, name), text);
}

async function one(): Promise<Task> {
  const { tasks, invalid } = await readHarbor(root);
  expect(invalid).toEqual([]);
  return tasks[0] as Task;
}

describe('a folder of Harbor', () => {
  test('becomes a task that a reward decides about', async () => {
    const task = await one();
    expect(task).toMatchObject({
      id: 'hello',
      format: 'harbor',
      origin: folder,
      title: 'Says hello',
      tags: ['easy', 'shell'],
      problem: 'Say hello.\r\n',
      base: { kind: 'image', workdir: '/srv' },
      image: { kind: 'build', folder: join(folder, 'environment'), dockerfile: 'Dockerfile', files: null },
      limits: { timeoutMs: 120_500, memoryBytes: 512 * 1024 ** 2, cpus: 2 },
    });
    expect(task.tests).toEqual({
      kind: 'reward',
      script: '/tests/test.sh',
      files: [
        { path: 'lib/check.py', executable: false, bytes: Buffer.from('pass\n') },
        { path: 'test.sh', executable: true, bytes: Buffer.from('echo 1 > /logs/verifier/reward.txt\n') },
      ],
      env: { MODE: 'strict' },
      timeoutMs: 30_000,
    });
    expect(task.solution).toEqual({
      kind: 'script',
      script: '/solution/solve.sh',
      files: [{ path: 'solve.sh', executable: true, bytes: Buffer.from('#!/bin/sh\n') }],
      env: { SPEED: 'fast' },
    });
  });

  test('keeps what nobody knows, and what is not carried out', async () => {
    const { extra } = await one();
    expect(extra).toHaveProperty('agent', { timeout_sec: 120.5, user: 'agent' });
    expect(extra).toMatchObject({
      artifacts: ['/app/out'],
      unknown: { kept: true },
      metadata: { category: 'programming' },
      environment: { storage_mb: 1024, build_timeout_sec: 600 },
    });
  });

  test('can say very little', async () => {
    await put('task.toml', 'version = "1.0"\n[environment]\nmemory = "2G"\nallow_internet = true\n');
    await rm(join(folder, 'solution'), { recursive: true });
    expect(await one()).toMatchObject({
      title: 'hello',
      tags: [],
      base: { kind: 'image', workdir: '/work' },
      tests: { timeoutMs: 600_000, env: {} },
      solution: null,
      limits: { timeoutMs: null, memoryBytes: 2 * 1024 ** 3, cpus: null },
    });
  });

  test('has the folder of its Dockerfile, or the usual one, where it says none', async () => {
    await put('task.toml', TASK.replace('workdir = "/srv"\n', ''));
    expect((await one()).base).toEqual({ kind: 'image', workdir: '/work' });
    await put('environment/Dockerfile', 'FROM debian\n');
    expect((await one()).base).toEqual({ kind: 'image', workdir: '/app' });
    await rm(join(folder, 'environment'), { recursive: true });
    await put('task.toml', '[environment]\ndocker_image = "example/one"\n');
    expect(await one()).toMatchObject({ base: { workdir: '/app' }, image: { kind: 'image', name: 'example/one' } });
  });

  test('can be the one that is named, or be in tasks/', async () => {
    const task = await one();
    expect((await readHarbor(folder)).tasks).toEqual([task]);
    await mkdir(join(root, 'tasks'));
    await rename(folder, join(root, 'tasks', 'hello'));
    expect((await readHarbor(root)).tasks[0]?.digest).toBe(task.digest);
  });
});

describe('the digest', () => {
  test.each<[string, () => Promise<unknown>]>([
    ['the instruction', () => put('instruction.md', 'else')],
    ['a file of the environment', () => put('environment/data.txt', 'y')],
    ['a file of the tests', () => put('tests/lib/check.py', 'fail\n')],
    ['an executable bit of the tests', () => chmod(join(folder, 'tests/lib/check.py'), 0o755)],
    ['the solution', () => put('solution/solve.sh', '#!/bin/bash\n')],
    ['a variable of the tests', () => put('task.toml', TASK.replace('strict', 'loose'))],
    ['a limit', () => put('task.toml', TASK.replace('cpus = 2', 'cpus = 1'))],
    ['the folder', () => put('task.toml', TASK.replace('/srv', '/app'))],
  ])('changes with %s', async (_, change) => {
    const { digest } = await one();
    await change();
    expect((await one()).digest).not.toBe(digest);
  });

  test('does not change with what decides nothing', async () => {
    const { digest } = await one();
    await put('task.toml', TASK.replace('Says hello', 'Greets').replace('kept = true', 'kept = false'));
    expect((await one()).digest).toBe(digest);
  });
});

describe('an invalid task is told by file, line and field', () => {
  test.each<[string, string, string]>([
    ['schema_version = "1.4"', 'schema_version = "2.0"', ':1: schema_version: 2.0 is not known, only up to 1.4'],
    ['[unknown]', '[[steps]]', ':33: steps: tasks of several steps are not supported'],
    ['"no-network"', '"public"', ':28: environment.network_mode: public: tests run without network here'],
    [
      'user = "root"',
      'network_mode = "allowlist"',
      ':19: verifier.network_mode: allowlist: tests run without network here',
    ],
    ['user = "root"', 'user = "nobody"', ':19: verifier.user: nobody: tests run as root here'],
    [
      'user = "root"',
      'environment_mode = "separate"',
      ':19: verifier.environment_mode: separate is not supported, only shared',
    ],
    [
      '[unknown]',
      '[verifier.environment]',
      ':33: verifier.environment: an environment of the tests alone is not supported',
    ],
    ['[unknown]', '[[verifier.collect]]', ':33: verifier.collect: commands between agent and tests are not supported'],
    [
      '[unknown]',
      '[[environment.mcp_servers]]',
      ':33: environment.mcp_servers: servers beside the agent are not supported',
    ],
    ['[unknown]', '[environment.healthcheck]', ':33: environment.healthcheck: not supported'],
    [
      '[unknown]',
      '[environment.env]\nA = "b"\n[unknown]',
      ':33: environment.env: not supported; ENV of the Dockerfile is',
    ],
    ['cpus = 2', 'gpus = 1', ':24: environment.gpus: 1: none is given to a sandbox'],
    ['cpus = 2', 'os = "windows"', ':24: environment.os: windows is not supported, only linux'],
    ['"fast"', `"\${KEY}"`, `:31: solution.env.SPEED: \${KEY}: variables of the host are not given to a sandbox`],
    ['"strict"', `"\${KEY}"`, `:20: verifier.env.MODE: \${KEY}: variables of the host are not given to a sandbox`],
    ['cpus = 2', 'cpus = "two"', ':24: environment.cpus: Invalid input: expected number, received string'],
    ['timeout_sec = 30', 'timeout_sec = 0', ':18: verifier.timeout_sec: Too small: expected number to be >0'],
    ['"/srv"', '"srv"', ':27: environment.workdir: not an absolute path'],
    ['keywords = ["easy"]', 'keywords = [1]', ':7: task.keywords[0]: Invalid input: expected string, received number'],
    ['cpus = 2', 'cpus = ', ':24: not TOML: '],
  ])('%s -> %s', async (from, to, problem) => {
    await put('task.toml', TASK.replace(from, to));
    const { tasks, invalid } = await readHarbor(root);
    expect(tasks).toEqual([]);
    expect(invalid).toHaveLength(1);
    const start = `${join(folder, 'task.toml')}${problem}`;
    expect(invalid[0]?.problem.slice(0, start.length)).toBe(start);
  });

  test.each<[string, () => Promise<unknown>, string]>([
    ['no task file', () => rm(join(folder, 'task.toml')), 'task.toml: not there'],
    ['no instruction', () => rm(join(folder, 'instruction.md')), 'instruction.md: not there'],
    ['no tests', () => rm(join(folder, 'tests/test.sh')), 'tests/test.sh: not there'],
    [
      'no image',
      () => rm(join(folder, 'environment/Dockerfile')),
      'environment/Dockerfile: not there, and task.toml has no environment.docker_image',
    ],
    [
      'several containers',
      () => put('environment/docker-compose.yaml', ''),
      'environment/docker-compose.yaml: environments of several containers are not supported',
    ],
    [
      'a link in the tests',
      () => symlink('test.sh', join(folder, 'tests/link')),
      'tests/link: links are not supported here',
    ],
    [
      'a folder that only a build knows',
      async () => {
        await put('environment/Dockerfile', 'FROM debian\nARG D\nWORKDIR $D\n');
        await put('task.toml', '');
      },
      'environment/Dockerfile: WORKDIR: $D has a variable that is not known',
    ],
  ])('%s', async (_, breaks, problem) => {
    await breaks();
    expect((await readHarbor(root)).invalid).toEqual([
      { id: 'hello', origin: folder, problem: `${folder}/${problem}` },
    ]);
  });

  test('and so is one whose name would be trouble as a name of files', async () => {
    await rename(folder, join(root, 'a b'));
    expect((await readHarbor(root)).invalid[0]?.problem).toMatch(/a b: its name has other characters than letters/);
  });
});

test('a folder without tasks is an error of its own', async () => {
  await rm(folder, { recursive: true });
  await expect(readHarbor(root)).rejects.toThrow(
    new TaskError(`${root}: has no task, which would have task.toml or instruction.md`),
  );
  await expect(readHarbor(folder)).rejects.toThrow(new TaskError(`${folder}: not there`));
});
