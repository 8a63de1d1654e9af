/**
 * `npm run test:real-fix`: a fix that a real project has had becomes a task, and the same fix as an instance of SWE-bench does too.
 * `DRYDOCK_REAL_CLONE` is a clone of that project on this machine; without one there is nothing to run. `DRYDOCK_REAL_RANGE` is the
 * fix, whose tests must run by pytest in the image of the suite `core`; left out, it is one of `mahmoud/boltons`:
 * `jsonutils: fix JSONLIterator nontermination at EOF and negative rel_seek`.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { grade } from '../evals/grading/grade.ts';
import { readNativeTask } from '../evals/native.ts';
import { readSuite } from '../evals/suite.ts';
import type { Task } from '../evals/task.ts';
import { thisProcess } from '../session/index.ts';
import { DOCKERFILE, historyInSandbox, placeOf } from './eval-sandbox.ts';
import { engine, ROOT, runDrydock, temporaryFolder } from './harness.ts';

const CLONE = process.env.DRYDOCK_REAL_CLONE;
const RANGE = process.env.DRYDOCK_REAL_RANGE ?? 'f1034b07ddf71f4d9285134a47a4ade16fe40789';
const MINUTES = 60_000;
const CORE = join(ROOT, 'evals/suites/core');

const git = (...args: string[]) =>
  execFileSync('git', ['-C', resolve(CLONE ?? '.'), ...args], { maxBuffer: 1024 ** 3 }).toString();
const allCommits = () => git('rev-list', '--all').trim().split('\n');

function endsOfRange(): { base: string; fix: string } {
  const [from = '', to] = RANGE.split('..');
  const id = (name: string) => git('rev-parse', `${name}^{commit}`).trim();
  return to === undefined ? { base: id(`${from}^`), fix: id(from) } : { base: id(from), fix: id(to) };
}

/** The task, as `drydock eval new` makes it. */
async function madeTask(): Promise<{ task: Task; folder: string }> {
  const folder = join(temporaryFolder(), 'real');
  const image = ['--dockerfile', join(CORE, 'Dockerfile'), '--runner', 'pytest'];
  const args = ['eval', 'new', folder, '--from', resolve(CLONE ?? '.'), '--range', RANGE, ...image];
  const { code, stdout, stderr } = await runDrydock(args);
  expect([code, stderr]).toEqual([0, expect.stringContaining('is a draft')]);
  process.stderr.write(stdout);
  return { task: await readNativeTask(folder), folder };
}

/** The same fix as an instance of SWE-bench, read from a file of them and the clone as a mirror. */
async function instanceOf({ task, folder }: { task: Task; folder: string }): Promise<Task> {
  if (task.tests.kind !== 'runner') throw new Error('the task has no runner');
  const { base, fix } = endsOfRange();
  const instance = {
    instance_id: 'real__project-1',
    ...{ repo: 'real/project', base_commit: base, problem_statement: task.problem, version: '1' },
    patch: readFileSync(join(folder, 'solution.patch'), 'utf8'),
    test_patch: git('diff', '--binary', '--no-renames', base, fix, '--', ...task.tests.overlay.map(({ path }) => path)),
    FAIL_TO_PASS: JSON.stringify(task.tests.failToPass),
    PASS_TO_PASS: JSON.stringify(task.tests.passToPass),
  };
  const repos = temporaryFolder();
  symlinkSync(resolve(CLONE ?? '.'), join(repos, 'real__project'));
  const file = join(temporaryFolder(), 'instances.jsonl');
  writeFileSync(file, `${JSON.stringify(instance)}\n`);
  const image = { kind: 'build' as const, folder: CORE, dockerfile: 'Dockerfile', files: ['Dockerfile'] };
  const { tasks, invalid } = await readSuite(file, { repos, image });
  expect(invalid).toEqual([]);
  const [read] = tasks;
  if (read === undefined) throw new Error('no instance was read');
  return read;
}

async function gradeWork(task: Task, work: Buffer) {
  const common = { dockerfile: DOCKERFILE, owner: JSON.stringify(thisProcess()), signal: new AbortController().signal };
  const sessionId = `eval-real-${process.pid}-${work.length}`;
  return grade(await engine(), { ...common, task, work, sessionId, ...(await placeOf(task)) });
}

describe.skipIf(CLONE === undefined)('a fix that a real project has had', () => {
  it(
    'becomes a task, and an instance of SWE-bench, that its solution resolves and nothing does not',
    async () => {
      const made = await madeTask();
      const instance = await instanceOf(made);
      const solution = made.task.solution?.kind === 'patch' ? made.task.solution.patch : Buffer.alloc(0);
      for (const task of [made.task, instance]) {
        expect(await gradeWork(task, solution)).toMatchObject({ outcome: 'resolved', reason: 'all_passed' });
        const nothing = await gradeWork(task, Buffer.alloc(0));
        expect(nothing).toMatchObject({ outcome: 'unresolved' });
        const passed = nothing.tests.filter(({ status }) => status === 'passed').map(({ name }) => name);
        expect(passed).toEqual(task.tests.kind === 'reward' ? [] : task.tests.passToPass);
        const { texts: _, ...history } = await historyInSandbox(task, allCommits());
        expect(history).toEqual({ commits: 1, tags: 0, commitObjects: 1, known: [] });
      }
    },
    15 * MINUTES,
  );
});
