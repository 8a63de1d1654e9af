/** `drydock eval run`, from the command line to the report, with scripted models over HTTP and real sandboxes. */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { answering, answerSuite, answerTask, configuration, writeFiles } from './eval-suite.ts';
import { engine, runDrydock, serve, startDrydock, temporaryFolder, until } from './harness.ts';

/** Where a run is killed; `npm run test:kills` has more. */
const KILLS = process.env.DRYDOCK_EVAL_KILLS?.split(',').map(Number) ?? [3];

const GOOD = 'model: anthropic:claude-sonnet-5\n';
const BAD = 'model: anthropic:claude-haiku-4-5\nmax-turns: 5\n';
/** The one model answers every task, the other only the first. */
const script = answering((problem, model) =>
  model.includes('sonnet') || problem.includes('apple') ? 'right' : 'left',
);

const reportOf = (out: string) => JSON.parse(readFileSync(join(out, 'report.json'), 'utf8'));

/** What of a report does not depend on when and how fast it came about. */
function lasting(out: string): unknown {
  const report = reportOf(out);
  const { id: _id, folder: _folder, startedAt: _startedAt, ...run } = report.run;
  const timeless = (agent: Record<string, unknown>) => ({ ...agent, seconds: 0, secondsPerResolved: null });
  const trials = report.trials.map((trial: Record<string, unknown>) => ({
    ...trial,
    startedAt: '',
    ms: null,
    session: null,
  }));
  return { ...report, run, agents: report.agents.map(timeless), trials };
}

/** What a run has left on the engine: containers of its sessions, and of its grading. */
async function leftBy(out: string): Promise<string[]> {
  const docker = await engine();
  const { id } = JSON.parse(readFileSync(join(out, 'run.json'), 'utf8'));
  const paths = readdirSync(join(out, 'trials'), { recursive: true, encoding: 'utf8' });
  const sessions = new Set(paths.flatMap((path) => /sessions\/([^/]+)$/.exec(path)?.[1] ?? []));
  const containers = await docker.listContainers({ all: true, filters: { label: ['drydock.session'] } });
  return containers
    .map(({ Labels }) => Labels['drydock.session'] ?? '')
    .filter((session) => sessions.has(session) || session.startsWith(`eval-${id}-`));
}

describe('drydock eval run', { timeout: 120_000 }, () => {
  it('runs configurations on tasks and reports what each resolved, what it cost and how sure the difference is', async () => {
    const server = await serve(script);
    const out = join(temporaryFolder(), 'run');
    const args = ['eval', 'run', answerSuite(['apple', 'pear'])];
    args.push(
      '--config',
      configuration('good', GOOD),
      '--config',
      configuration('bad', BAD),
      '--attempts',
      '2',
      '--jobs',
      '2',
    );
    const first = await runDrydock([...args, '--out', out], { env: server.env });
    expect(first.stderr).toContain('[8/8]');
    expect([first.code, first.stdout]).toEqual([0, expect.stringContaining('4/4')]);
    const report = reportOf(out);
    expect(report).toMatchObject({
      total_instances: 8,
      completed_instances: 8,
      resolved_instances: 6,
      unresolved_instances: 2,
    });
    expect(report.agents).toMatchObject([
      { name: 'good', ofCounted: { resolved: 4, of: 4 }, models: ['anthropic:claude-sonnet-5'], passAtK: [1, 1] },
      { name: 'bad', ofCounted: { resolved: 2, of: 4 }, passHatK: [0.5, 0.5] },
    ]);
    expect(report.agents[0].costUsd).toBeGreaterThan(0);
    expect(report.comparisons).toMatchObject([
      { first: 'good', second: 'bad', tasks: 2, firstBetter: ['pear'], secondBetter: [] },
    ]);
    const trial = join(out, 'trials/bad/pear/1');
    expect(readFileSync(join(trial, 'patch.diff'), 'utf8')).toContain('+left');
    expect(readdirSync(join(trial, 'sessions'))).toHaveLength(1);

    const asked = server.journal.length;
    const again = await runDrydock([...args, '--out', out], { env: server.env, home: first.home });
    expect(again.stderr).toContain('8 trials, 8 of them done already');
    expect(server.journal).toHaveLength(asked);
    expect(await leftBy(out)).toEqual([]);
  });

  it('runs a task that has changed anew, and puts what it had of it aside', async () => {
    const server = await serve(script);
    const [suite, out] = [answerSuite(['apple', 'pear']), join(temporaryFolder(), 'run')];
    const args = ['eval', 'run', suite, '--config', configuration('good', GOOD), '--out', out];
    await runDrydock(args, { env: server.env });
    writeFiles(join(suite, 'pear'), {
      ...answerTask('pear'),
      'tests/tests/right.sh': '[ "$(cat answer.txt)" = left ]\n',
    });
    const again = await runDrydock(args, { env: server.env });
    expect(again.stderr).toContain('pear has changed since: its trials are run anew');
    expect(again.stderr).toContain('2 trials, 1 of them done already');
    expect(reportOf(out)).toMatchObject({ resolved_ids: ['apple'], unresolved_ids: ['pear'] });
    expect(readdirSync(join(out, 'replaced'))).toHaveLength(1);
  });

  it('books nothing of a provider that fails, and tries it again with the next call', async () => {
    let broken = true;
    const server = await serve((turn, request) => {
      if (broken) return { error: { status: 403, type: 'permission_error', message: 'not in this country' } } as never;
      return script(turn, request);
    });
    const out = join(temporaryFolder(), 'run');
    const args = ['eval', 'run', answerSuite(['apple']), '--config', configuration('good', GOOD), '--out', out];
    const first = await runDrydock(args, { env: server.env });
    expect(first.code).toBe(4);
    expect(first.stderr).toMatch(
      /1 trial failed for what the agent is not to blame for.*the same call tries them again/,
    );
    expect(reportOf(out)).toMatchObject({ infra_failure_instances: 1, unresolved_instances: 0 });
    expect(reportOf(out).agents[0]).toMatchObject({
      ofAll: { resolved: 0, of: 1 },
      ofCounted: { resolved: 0, of: 0 },
      success: null,
    });
    broken = false;
    const second = await runDrydock(args, { env: server.env });
    expect([second.code, reportOf(out).resolved_ids]).toEqual([0, ['apple']]);
  });

  it('stops in order on Ctrl-C, and goes on with the same call', async () => {
    const server = await serve(script);
    const out = join(temporaryFolder(), 'run');
    const args = ['eval', 'run', answerSuite(['apple', 'pear']), '--config', configuration('good', GOOD), '--out', out];
    const running = startDrydock(args, { env: server.env });
    await running.said('[1/2]');
    running.child.kill('SIGINT');
    const ended = await running.ended;
    expect(ended.code).toBe(130);
    expect(ended.stderr).toMatch(/interrupted by SIGINT — 1 trial is left; the same call goes on with them\n$/);
    const again = await runDrydock(args, { env: server.env });
    expect([again.code, reportOf(out).resolved_instances]).toEqual([0, 2]);
    expect(await leftBy(out)).toEqual([]);
  });

  it.each(KILLS)('gives the report of an undisturbed run after a kill -9 at request %i', async (requests) => {
    const [suite, config] = [answerSuite(['apple', 'pear']), configuration('bad', BAD)];
    const call = (out: string) => [
      'eval',
      'run',
      suite,
      '--config',
      config,
      '--agent',
      'gold',
      '--jobs',
      '2',
      '--out',
      out,
    ];
    const undisturbed = join(temporaryFolder(), 'run');
    const calm = await serve(script);
    await runDrydock(call(undisturbed), { env: calm.env });

    const disturbed = join(temporaryFolder(), 'run');
    const server = await serve(script);
    const running = startDrydock(call(disturbed), { env: server.env });
    await until('a request', () => server.journal.length >= requests || running.child.exitCode !== null);
    running.child.kill('SIGKILL');
    await running.ended;
    const again = await runDrydock(call(disturbed), { env: server.env });
    expect(again.code).toBe(0);
    expect(lasting(disturbed)).toEqual(lasting(undisturbed));
    expect(await leftBy(disturbed)).toEqual([]);
  });

  it('refuses what it cannot run in one line, before anything is begun', async () => {
    const suite = answerSuite(['apple']);
    const good = configuration('good', GOOD);
    const cases: [string[], RegExp][] = [
      [
        ['nowhere', '--config', good],
        /^drydock: there is no suite at nowhere — name a folder of tasks, a file of SWE-bench, or one of the bundled suites: smoke, core\n$/,
      ],
      [
        [suite],
        /^drydock: nobody is named who works on the tasks — name agent configurations with --config, other agents with --command, or --agent gold, nop or cheat:NAME\n$/,
      ],
      [
        [suite, '--config', good, '--config', configuration('same', `${GOOD}# the same\n`)],
        /^drydock: good and same are the same configuration — /,
      ],
      [[suite, '--agent', 'golden'], /^drydock: there is no agent "golden" — /],
      [
        [suite, '--config', configuration('host', 'sandbox: host\n')],
        /sandbox host is not for evals — every trial has a container of its own\n$/,
      ],
      [[suite, '--config', good, '--task', 'pear'], /^drydock: answers has no task pear — its tasks: apple\n$/],
      [[suite, '--config', good, '--jobs', '0'], /--jobs <n>' argument '0' is invalid/],
    ];
    for (const [args, line] of cases) {
      const { code, stderr } = await runDrydock(['eval', 'run', ...args]);
      expect([code, stderr]).toEqual([2, expect.stringMatching(line)]);
    }
  });

  it('leaves a task out by name that cannot be read, and runs the others', async () => {
    const suite = answerSuite(['apple', 'pear']);
    writeFileSync(join(suite, 'pear/task.yaml'), 'version: 1\ntitle: Pear\ntests: {runner: nose, files: [a]}\n');
    const out = join(temporaryFolder(), 'run');
    const { code, stderr, stdout } = await runDrydock(['eval', 'run', suite, '--agent', 'gold', '--out', out]);
    expect(code).toBe(0);
    expect(stderr).toContain('pear/task.yaml: tests.runner:');
    expect(stdout).toContain('pear was not run');
    expect(reportOf(out).left).toMatchObject([{ id: 'pear' }]);
    rmSync(join(out, 'report.json'));
    await runDrydock(['eval', 'report', out]);
    expect(existsSync(join(out, 'report.json'))).toBe(true);
  });
});
