import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readNativeTask } from './native.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'native-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const YAML = `version: 1
title: A task
tests:
  runner: script
  files: [tests/a.sh]
  fail_to_pass: [tests/a.sh]
`;

function folder(files: Record<string, string> = {}, name = 'task'): string {
  const all = {
    'task.yaml': YAML,
    'problem.md': 'Do it.\n',
    'repo/a.txt': 'a\n',
    'tests/tests/a.sh': 'exit 0\n',
    ...files,
  };
  for (const [path, text] of Object.entries(all)) {
    mkdirSync(dirname(join(dir, name, path)), { recursive: true });
    writeFileSync(join(dir, name, path), text);
  }
  return join(dir, name);
}

describe('a task’s digest', () => {
  it('is the same for the same content, wherever it lies and whatever it is called', async () => {
    const [one, other] = [await readNativeTask(folder()), await readNativeTask(folder({}, 'other'))];
    expect(other.digest).toBe(one.digest);
  });

  it.each<[string, Record<string, string>]>([
    ['the problem', { 'problem.md': 'Do something else.\n' }],
    ['a file of the base', { 'repo/b.txt': 'b\n' }],
    ['a test', { 'tests/tests/a.sh': 'exit 1\n' }],
    ['the solution', { 'solution.patch': 'diff --git a/a.txt b/a.txt\n' }],
    ['the time for the tests', { 'task.yaml': `${YAML}  timeout: 3s\n` }],
    ['the image', { 'task.yaml': `${YAML}environment: {image: other}\n` }],
  ])('changes with %s', async (_what, files) => {
    const before = (await readNativeTask(folder())).digest;
    expect((await readNativeTask(folder(files))).digest).not.toBe(before);
  });

  it('does not change with what decides nothing: title, tags and cheats', async () => {
    const before = (await readNativeTask(folder())).digest;
    const files = { 'task.yaml': `${YAML.replace('A task', 'Another title')}tags: [x]\n`, 'cheats/x.patch': 'x' };
    expect((await readNativeTask(folder(files))).digest).toBe(before);
  });
});

describe('a task that is broken', () => {
  it.each<[string, Record<string, string>, RegExp]>([
    ['an unknown key', { 'task.yaml': `${YAML}runer: x\n` }, /task\.yaml: Unrecognized key: "runer"$/],
    ['a runner that there is not', { 'task.yaml': YAML.replace('script', 'nose') }, /task\.yaml: tests\.runner: /],
    [
      'an alias of nothing',
      { 'task.yaml': YAML.replace('title: A task', 'title: *x') },
      /task\.yaml: Unresolved alias/,
    ],
    ['YAML that is none', { 'task.yaml': `${YAML}a: [\n` }, /task\.yaml:\d+: /],
    [
      'a test named twice',
      {
        'task.yaml': YAML.replace('[tests/a.sh]\n', '[tests/a.sh]\n').replace(
          'fail_to_pass: [tests/a.sh]',
          'fail_to_pass: [x, x]',
        ),
      },
      /tests\.fail_to_pass: names a test twice$/,
    ],
    [
      'a path out of the repository',
      { 'task.yaml': YAML.replace('files: [tests/a.sh]', 'files: [../a.sh]') },
      /tests\.files\.0: is not a path below the repository$/,
    ],
    ['a time that is none', { 'task.yaml': `${YAML}  timeout: soon\n` }, /tests\.timeout: is not a duration/],
    ['a cheat that is no patch', { 'cheats/x.txt': 'x' }, /cheats\/x\.txt: a cheat is a \.patch file$/],
  ])('%s is told with file and field', async (_what, files, message) => {
    await expect(readNativeTask(folder(files))).rejects.toThrow(message);
  });

  it('links among its tests are refused, since they would lead out of the workspace', async () => {
    const task = folder();
    symlinkSync('/etc/passwd', join(task, 'tests/link'));
    await expect(readNativeTask(task)).rejects.toThrow(/tests\/link: a link \(to \/etc\/passwd\) cannot be laid over$/);
  });

  it('without a base says what is missing', async () => {
    const task = folder();
    rmSync(join(task, 'repo'), { recursive: true });
    await expect(readNativeTask(task)).rejects.toThrow(/neither repo\/ nor a repository in task\.yaml$/);
  });
});
