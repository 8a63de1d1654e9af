import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseTaskFile, readNativeTask } from '../native.ts';
import { RUNNERS } from '../task.ts';
import { draftProblem, draftTitle } from './problem-text.ts';
import { scaffoldTask } from './scaffold.ts';
import { taskText } from './task-text.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'scaffold-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe('scaffoldTask', () => {
  it.each(RUNNERS)('makes a task of %s that can be read, with a test to begin with', async (runner) => {
    const folder = join(dir, 'mine');
    await scaffoldTask(folder, runner);
    const task = await readNativeTask(folder);
    expect(task).toMatchObject({
      id: 'mine',
      tests: { kind: 'runner', runner, failToPass: [expect.any(String)] },
      cheats: [],
    });
    expect(task.tests.kind === 'runner' && task.tests.overlay).toHaveLength(1);
  });

  it('has no solution that git takes for a patch, so that it is not valid before it is filled in', async () => {
    const folder = join(dir, 'mine');
    await scaffoldTask(folder, 'script');
    const { status, stderr } = spawnSync('git', ['apply', '--check', '../solution.patch'], {
      cwd: join(folder, 'repo'),
    });
    expect([status, stderr.toString()]).toEqual([128, expect.stringContaining('No valid patches')]);
  });

  it('takes a folder that is empty, and refuses one that is not, and a file', async () => {
    mkdirSync(join(dir, 'empty'));
    await scaffoldTask(join(dir, 'empty'), 'script');
    await expect(scaffoldTask(join(dir, 'empty'), 'script')).rejects.toThrow('is not empty');
    writeFileSync(join(dir, 'file'), '');
    await expect(scaffoldTask(join(dir, 'file'), 'script')).rejects.toThrow('is no folder');
  });
});

describe('taskText', () => {
  it('is read as what was written, whatever the names hold', () => {
    const text = fc.string({ minLength: 1, unit: 'grapheme' });
    const names = fc.uniqueArray(text, { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(text, text, names, names, (title, prepare, failToPass, passToPass) => {
        const written = taskText({
          ...{
            title,
            tags: ['a b'],
            bundle: { file: 'repo.bundle', commit: 'abcd1234' },
            environment: { image: title },
          },
          ...{
            runner: 'jest',
            prepare,
            files: ['a.js', 'b #c.js'],
            failToPass,
            passToPass,
            timeout: '90s',
            head: ['one'],
          },
        });
        expect(parseTaskFile('task.yaml', written)).toMatchObject({
          ...{ title, tags: ['a b'], environment: { image: title } },
          repository: { bundle: 'repo.bundle', commit: 'abcd1234' },
          tests: {
            prepare,
            fail_to_pass: failToPass,
            pass_to_pass: passToPass,
            files: ['a.js', 'b #c.js'],
            timeout: 90_000,
          },
        });
      }),
    );
  });

  it('is refused as long as no test turns from failing to passing', () => {
    const none = { bundle: null, environment: null, prepare: null, timeout: '60s', head: [], tags: [], passToPass: [] };
    const written = taskText({ ...none, title: 'a', runner: 'tap', files: ['a.sh'], failToPass: [] });
    expect(() => parseTaskFile('task.yaml', written)).toThrow('tests.fail_to_pass');
  });
});

describe('draftProblem', () => {
  it('has the messages in order, without the lines about people', () => {
    const drafted = draftProblem(['One\n\nBody\n\nSigned-off-by: A <a@b.c>', 'Co-authored-by: B <b@b.c>', 'Two']);
    expect(drafted.slice(drafted.indexOf('-->') + 4)).toBe('\nOne\n\nBody\n\nTwo\n');
  });

  it('takes the last subject that is no merge for a title', () => {
    expect(draftTitle(['One\n\nBody', 'Two', 'Merge branch x'], 'f'.repeat(40))).toBe('Two');
    expect(draftTitle([], 'f'.repeat(40))).toBe('The fix of ffffffffffff');
  });
});
