/** Settings from files and the environment, end to end: what a run does with them, and what `drydock config` says. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import {
  BROKEN_SUM,
  eventsOf,
  HOST,
  MODEL,
  makeRepository,
  newestSession,
  run,
  runDrydock,
  shellTurn,
  startRun,
  temporaryFolder,
} from './harness.ts';

vi.setConfig({ maxConcurrency: 3, testTimeout: 120_000 });

/** A home with a settings file. */
function homeWith(settings: string): string {
  const home = temporaryFolder();
  mkdirSync(join(home, '.config/drydock'), { recursive: true });
  writeFileSync(join(home, '.config/drydock/config.yaml'), settings);
  return home;
}

const withProject = (text: string) => makeRepository({ ...BROKEN_SUM, '.drydock/config.yaml': text });

describe.concurrent('a run', () => {
  it('does what the user’s file, the project’s file, the environment and the flags say', async () => {
    const { code, stderr, session } = await run([], {
      home: homeWith('max-turns: 20\nverify: "false"\nmax-cost: 5\n'),
      repository: withProject('verify: grep -q "a - b" sum.js\nmax-turns: 10\nmax-cost: 50\n'),
      env: { DRYDOCK_VERIFY_ATTEMPTS: '1' },
      args: ['--timeout', '90s'],
    });
    expect(code, stderr).toBe(0);
    const limits = { maxTurns: 10, maxCostUsd: 5, timeoutMs: 90_000, verifyAttempts: 1 };
    expect(eventsOf(session.events, 'session.created')[0]?.limits).toMatchObject(limits);
    expect(eventsOf(session.events, 'verify.finished').map(({ command }) => command)).toEqual([
      'grep -q "a - b" sum.js',
    ]);
  });

  it('leaves the project’s file out where it is told to', async () => {
    const repository = withProject('verify: "false"\nmodel: openai:other\n');
    const refused = await runDrydock(['run', 'x', '--model', MODEL], {
      cwd: repository.dir,
      env: { ANTHROPIC_API_KEY: 'k' },
    });
    expect(refused).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^drydock: model in \.drydock\/config\.yaml: .*--no-project\n$/),
    });
    const { code, session } = await run([], { repository, args: ['--no-project', ...HOST] });
    expect(code).toBe(0);
    expect(eventsOf(session.events, 'verify.finished')).toEqual([]);
  });

  it('does not read a project’s file that is not committed', async () => {
    const repository = makeRepository();
    repository.write('.drydock/config.yaml', 'verify: "false"\n');
    const { code, stderr } = await run([], { repository, args: HOST });
    expect(code, stderr).toBe(0);
  });

  it('takes an agent configuration, and records another digest for it', async () => {
    const file = join(temporaryFolder(), 'a.yaml');
    writeFileSync(file, 'effort: high\nmax-turns: 7\n');
    const digestOf = async (args: string[]) => {
      const { session } = await run([], { args: [...HOST, ...args] });
      return eventsOf(session.events, 'session.created')[0];
    };
    const [plain, configured] = [await digestOf([]), await digestOf(['--config', file])];
    expect(configured).toMatchObject({ reasoningEffort: 'high', limits: { maxTurns: 7 } });
    expect(configured?.configurationDigest).not.toBe(plain?.configurationDigest);
  });

  it('gets its key from a file or a command, and says it nowhere', async () => {
    const key = `key-${'z'.repeat(30)}`;
    for (const source of ['file: ~/key', `command: cat ~/key`]) {
      const home = homeWith(`keys:\n  anthropic:\n    ${source}\n`);
      writeFileSync(join(home, 'key'), `${key}\n`, { mode: 0o600 });
      const started = await startRun([shellTurn('env')], { home, env: { ANTHROPIC_API_KEY: '' }, args: HOST });
      const { code, stdout, stderr } = await started.ended;
      expect(code, stderr).toBe(0);
      expect(started.server.journal[0]?.headers.authorization).toBe(`Bearer ${key}`);
      expect(`${stdout}${stderr}${JSON.stringify(newestSession(home).events)}`).not.toContain(key);
    }
  });
});

describe.concurrent('config', () => {
  it('says each value and where it was said', async () => {
    const home = homeWith('max-turns: 20\n');
    const { code, stdout } = await runDrydock(['config', '--json'], {
      home,
      cwd: withProject('verify: make\n').dir,
      env: { DRYDOCK_EFFORT: 'low', ANTHROPIC_API_KEY: 'k' },
    });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      model: { value: expect.stringMatching(/^anthropic:/), origin: { kind: 'default' } },
      'max-turns': { value: '20', origin: { kind: 'user', where: join(home, '.config/drydock/config.yaml') } },
      verify: { value: 'make', origin: { kind: 'project', where: '.drydock/config.yaml' } },
      effort: { value: 'low', origin: { kind: 'environment' } },
      pids: { value: null, origin: { kind: 'default' } },
    });
  });

  it.each([
    ['max-turn: 3', /there is no setting "max-turn"\. Did you mean max-turns\?/],
    ['timeout: soon', /timeout "soon" in .*config\.yaml is not a duration/],
    ['keys:\n  openai: sk-1', /keys openai in .*config\.yaml is neither `file: PATH` nor `command: COMMAND`/],
  ])('and every run refuse %j in one line', async (settings, message) => {
    for (const args of [['config'], ['run', 'x']]) {
      const { code, stderr } = await runDrydock(args, { home: homeWith(settings), cwd: makeRepository().dir });
      expect(code).toBe(2);
      expect(stderr).toMatch(message);
      expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    }
  });

  it('is of use outside of a repository', async () => {
    const { code, stdout } = await runDrydock(['config'], { cwd: temporaryFolder() });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^max-turns +100 +default$/m);
  });
});
