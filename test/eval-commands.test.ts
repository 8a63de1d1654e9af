/** What is done with runs of evals: other agents' patches, comparisons, the gate, the index of configurations. */
import { chmodSync, cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { answering, answerPatch, answerSuite, answerTask, configuration, writeFiles } from './eval-suite.ts';
import { runDrydock, serve, temporaryFolder } from './harness.ts';

const WORDS = ['apple', 'pear', 'plum', 'fig', 'lime', 'date'];

const reportOf = (out: string) => JSON.parse(readFileSync(join(out, 'report.json'), 'utf8'));

describe('drydock eval grade', () => {
  it('grades the patches of other agents, and a patch that has changed anew', async () => {
    const [suite, folder] = [answerSuite(['apple', 'pear', 'plum']), temporaryFolder()];
    const file = join(folder, 'predictions.jsonl');
    const predict = (...patches: [string, string][]) =>
      writeFileSync(
        file,
        patches
          .map(
            ([instance_id, model_patch]) =>
              `${JSON.stringify({ instance_id, model_name_or_path: 'other', model_patch })}\n`,
          )
          .join(''),
      );
    const out = join(folder, 'run');
    const args = ['eval', 'grade', file, '--suite', suite, '--out', out, '--jobs', '2'];
    predict(['apple', answerPatch('right')], ['pear', '']);
    const first = await runDrydock(args);
    expect([first.code, reportOf(out)]).toEqual([
      0,
      expect.objectContaining({
        total_instances: 3,
        submitted_instances: 2,
        resolved_ids: ['apple'],
        empty_patch_ids: ['pear'],
        incomplete_ids: ['plum'],
      }),
    ]);
    const written = readFileSync(join(out, 'predictions/other.jsonl'), 'utf8').trim().split('\n');
    expect(written.map((each) => JSON.parse(each))).toEqual([
      { instance_id: 'apple', model_name_or_path: 'other', model_patch: answerPatch('right') },
      { instance_id: 'pear', model_name_or_path: 'other', model_patch: '' },
    ]);
    predict(['apple', answerPatch('right')], ['pear', answerPatch('right')]);
    const again = await runDrydock(args);
    expect(again.stderr).toContain('2 trials, 1 of them done already');
    expect(reportOf(out)).toMatchObject({ resolved_ids: ['apple', 'pear'], empty_patch_ids: [] });
  });

  it('names file, line and field of a prediction that is broken', async () => {
    const file = join(temporaryFolder(), 'predictions.jsonl');
    writeFileSync(file, `{"instance_id":"apple","model_name_or_path":"x","model_patch":""}\n{"instance_id":"pear"}\n`);
    const { code, stderr } = await runDrydock(['eval', 'grade', file, '--suite', answerSuite(['apple'])]);
    expect([code, stderr]).toEqual([2, expect.stringMatching(/^drydock: predictions\.jsonl:2: model_name_or_path: /)]);
  });
});

it('refuses a cheat that no task of the suite has', async () => {
  const args = ['eval', 'run', answerSuite(['apple']), '--agent', 'cheat:guess'];
  const { code, stderr } = await runDrydock([...args, '--out', join(temporaryFolder(), 'run')]);
  expect([code, stderr]).toEqual([2, 'drydock: no task of answers has cheat:guess — there are cheat:guesses\n']);
});

describe('a folder that cannot be written to', () => {
  it('is refused in one line, for a run and for a new task', async () => {
    const file = join(temporaryFolder(), 'file');
    writeFileSync(file, '');
    const out = ['eval', 'run', answerSuite(['apple']), '--agent', 'gold', '--out'];
    const elsewhere = '— choose another folder with --out';
    const cases: [string[], string][] = [
      [[...out, file], `cannot write to ${file}: a file is in its place ${elsewhere}`],
      [[...out, join(file, 'run')], `cannot write to ${file}/run: a file is in its place ${elsewhere}`],
      ...(process.platform === 'linux'
        ? ([
            [[...out, '/proc'], `cannot write to /proc: ENOENT ${elsewhere}`],
            [[...out, '/proc/run'], `cannot write to /proc/run: ENOENT ${elsewhere}`],
            [
              ['eval', 'new', '/proc/task'],
              'cannot write to /proc/task: ENOENT — name a folder that can be made and written to',
            ],
          ] satisfies [string[], string][])
        : []),
    ];
    for (const [args, words] of cases) {
      const { code, stdout, stderr } = await runDrydock(args);
      expect([code, stdout, stderr]).toEqual([2, '', `drydock: ${words}\n`]);
    }
  });

  it.skipIf(process.getuid?.() === 0)('is refused for a lack of permission too', async () => {
    const folder = temporaryFolder();
    chmodSync(folder, 0o555);
    const run = await runDrydock(['eval', 'run', answerSuite(['apple']), '--agent', 'gold'], { cwd: folder });
    expect([run.code, run.stderr]).toEqual([2, expect.stringMatching(/^drydock: cannot write to .*: EACCES — .*\n$/)]);
    const task = await runDrydock(['eval', 'new', 'task'], { cwd: folder });
    expect([task.code, task.stderr]).toEqual([
      2,
      expect.stringMatching(/^drydock: cannot write to .*: EACCES — .*\n$/),
    ]);
  });
});

describe('runs that are held against each other', () => {
  it('are compared on the same tasks only, and pass the gate or do not', { timeout: 150_000 }, async () => {
    const [suite, folder, home] = [answerSuite(WORDS), temporaryFolder(), temporaryFolder()];
    const [good, bad] = [join(folder, 'good'), join(folder, 'bad')];
    const run = (out: string, agent: string) =>
      runDrydock(['eval', 'run', suite, '--agent', agent, '--out', out, '--jobs', '3'], { home });
    await run(good, 'gold');
    await run(bad, 'nop');
    const compared = await runDrydock(['eval', 'compare', good, bad], { home });
    expect(compared.stdout).toMatch(
      /^nop \(.*\) against gold \(.*\): -100\.0 points .*p = 0\.031.*6 tasks, exact McNemar\n/,
    );
    const worse = await runDrydock(['eval', 'gate', bad, '--baseline', good], { home });
    expect([worse.code, worse.stderr]).toEqual([
      1,
      expect.stringMatching(
        /^drydock: worse than the baseline: -100\.0 points.*it lost apple, date, fig, lime, pear, plum — see drydock eval compare/,
      ),
    ]);
    const better = await runDrydock(['eval', 'gate', good, '--baseline', bad], { home });
    expect([better.code, better.stdout]).toEqual([0, expect.stringContaining('not worse beyond noise: +100.0 points')]);
    const tolerant = await runDrydock(['eval', 'gate', bad, '--baseline', good, '--tolerance', '100'], { home });
    expect(tolerant.code).toBe(0);

    writeFiles(join(suite, 'apple'), { ...answerTask('apple'), 'problem.md': 'Another problem.\n' });
    await run(good, 'gold');
    const refused = await runDrydock(['eval', 'compare', good, bad], { home });
    expect([refused.code, refused.stderr]).toEqual([
      2,
      'drydock: 1 of 6 tasks are not the same in both runs: apple — run both on the same state of the suite\n',
    ]);
  });
});

it('finds every configuration that ran by the index, which can be made anew from the runs', {
  timeout: 120_000,
}, async () => {
  const server = await serve(answering((_problem, model) => (model.includes('sonnet') ? 'right' : 'left')));
  const [suite, out, home] = [answerSuite(['apple']), join(temporaryFolder(), 'run'), temporaryFolder()];
  const named = [
    ['careful', 'claude-sonnet-5'],
    ['hasty', 'claude-haiku-4-5'],
  ] as const;
  const configs = named.flatMap(([name, model]) => [
    '--config',
    configuration(name, `model: anthropic:${model}\ncompact-at: ${model.length}000\n`),
  ]);
  await runDrydock(['eval', 'run', suite, ...configs, '--out', out], { env: server.env, home });
  const listed = await runDrydock(['eval', 'configs'], { home });
  expect(listed.stdout).toMatch(
    /^[0-9a-f]{12} {2}careful {2}1\/1 resolved in 1 runs of answers, \$\d.*\n[0-9a-f]{12} {2}hasty {2}0\/1/,
  );
  const shown = await runDrydock(['eval', 'configs', 'careful', 'hasty'], { home });
  expect(shown.stdout).toContain(
    'they differ in\n    compact-at: careful "15000"; hasty "16000"\n    model: careful "anthropic:claude-sonnet-5"; hasty "anthropic:claude-haiku-4-5"',
  );
  // Another machine has the folders and no index.
  const other = temporaryFolder();
  cpSync(out, join(other, 'copied/run'), { recursive: true });
  const indexed = await runDrydock(['eval', 'index', other], { home: other });
  expect(indexed.stderr).toBe('1 run is in the index\n');
  expect((await runDrydock(['eval', 'configs'], { home: other })).stdout).toBe(listed.stdout);
  const unknown = await runDrydock(['eval', 'configs', 'bold'], { home });
  expect([unknown.code, unknown.stderr]).toEqual([
    2,
    'drydock: no configuration bold has run — drydock eval configs lists all\n',
  ]);
});
