/**
 * Where nobody sits at the terminal: whatever stdin, stdout and stderr are, and whoever started the run is killed, it comes
 * to its end, with the exit code that it should have and a whole log.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import {
  BROKEN_SUM,
  eventsOf,
  type FinishedRun,
  HOST,
  leftOnEngine,
  makeRepository,
  mendingCall,
  newestSession,
  readLog,
  run,
  runDrydock,
  shellTurn,
  startRun,
  until,
} from './harness.ts';
import type { Script } from './model-server.ts';

// A run that hung would meet this; two cores are shared.
vi.setConfig({ maxConcurrency: 3, testTimeout: 120_000 });

/** Mends the sum, and reads what stdin a command has. */
const MEND: Script = (turn, request) => {
  if (turn === 0) return shellTurn('cat; echo the end of stdin; [ -t 0 ] || echo no terminal');
  return turn === 1 ? { toolCalls: [mendingCall(request)] } : { text: 'Mended the sum.' };
};

/** Starts the command line on a terminal of its own. */
const ON_TERMINAL = `exec script -qec "exec $(printf '%q ' "$@")" /dev/null`;

/** The work is done and kept, and the log says so to its end. */
function expectWhole({ session, requests }: FinishedRun, exitCode = 0): void {
  expect(readLog(session.dir).at(-1)).toMatchObject({ type: 'run.finished', outcome: 'completed', exitCode });
  expect(requests).toHaveLength(3);
  expect(requests[1]?.toolResults[0]?.text).toMatch(/^the end of stdin\nno terminal\n/);
}

describe.concurrent('a run whose stdin is', () => {
  it.each([
    ['open and silent', 'exec "$@" < <(exec sleep 60 2>/dev/null)'],
    ['closed', 'exec "$@" <&-'],
    ['a pipe with data that nobody reads', 'exec "$@" < <(exec head -c 1000000 /dev/zero)'],
    ['/dev/null', 'exec "$@" </dev/null'],
    ['a folder', 'exec "$@" <.'],
    ['a terminal', ON_TERMINAL],
  ])('%s comes to its end, and its commands have an empty stdin', async (_, through) => {
    const result = await run(MEND, { args: HOST, through });
    expect(result.code, result.stderr + result.stdout).toBe(0);
    expectWhole(result);
  });

  it('a terminal, without a task, is refused at once', async () => {
    const result = await runDrydock(['run'], { env: { ANTHROPIC_API_KEY: 'never-used' }, through: ON_TERMINAL });
    expect(result).toMatchObject({ code: 2, stdout: expect.stringContaining('drydock: no task') });
  });
});

describe.concurrent('a run', () => {
  it.each([
    ['whose stdout is closed', 0, 'exec "$@" >&-'],
    ['whose stderr is closed', 0, 'exec "$@" 2>&-'],
    ['whose stdout, stderr and stdin are closed', 0, 'exec "$@" <&- >&- 2>&-'],
    ['whose reader of stdout leaves early', 0, 'set -o pipefail; "$@" --json | head -n 1'],
    ['whose reader of stderr leaves early', 0, 'exec "$@" 2> >(exec head -n 1 >/dev/null)'],
    ['whose reader of both leaves early', 0, 'set -o pipefail; "$@" --json 2>&1 | head -n 1'],
    ['whose stdout is a full disk', 2, 'exec "$@" >/dev/full'],
    ['whose stderr is a full disk', 2, 'exec "$@" 2>/dev/full'],
    ['whose stdout and stderr are a full disk', 2, 'exec "$@" --json >/dev/full 2>&1'],
  ])('%s comes to its end with code %d', async (name, code, through) => {
    const result = await run(MEND, { args: HOST, through });
    expect(result.code, result.stderr).toBe(code);
    expectWhole(result);
    expect(result.stderr).not.toMatch(/EPIPE|Unhandled|node:/);
    if (name === 'whose stdout is a full disk') {
      expect(result.stderr).toMatch(/drydock: the output could not be written: .*ENOSPC.* — .*drydock show/);
    }
  });

  it('in a container hands its work over though the reader of the patch has left', async () => {
    const result = await run(MEND, { through: 'set -o pipefail; "$@" | true' });
    expect(result.code, result.stderr).toBe(0);
    expectWhole(result);
    expect(result.repository.git('show', `drydock/${result.session.id}:sum.js`)).toContain('a + b');
    expect(await leftOnEngine(result.session.id)).toEqual([]);
  });
});

describe.concurrent('a run whose parent is killed', () => {
  /** Works until `release` is called; the child is a shell that waits for it. */
  async function inShell(args: readonly string[]) {
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    const running = await startRun(
      async (turn, request) => {
        if (turn === 2) await released;
        return MEND(turn, request);
      },
      { args, through: '"$@"; exit' },
    );
    await until('the third request', () => running.requests.length === 3);
    return { ...running, release };
  }

  it('goes on to its end', async () => {
    const running = await inShell([]);
    running.child.kill('SIGKILL');
    running.release();
    // Its output is open for as long as the run goes on.
    const { code, stderr } = await running.ended;
    expect(code).toBe(137);
    expect(stderr).toMatch(/session .*: 1 file changed on branch drydock/);
    const { id, events } = newestSession(running.home);
    expect(events.at(-1)).toMatchObject({ type: 'run.finished', outcome: 'completed', exitCode: 0 });
    expect(running.repository.git('show', `drydock/${id}:sum.js`)).toContain('a + b');
    expect(await leftOnEngine(id)).toEqual([]);
  });

  it('goes on to its end though whoever read its output has died with it, and can be resumed', async () => {
    const running = await inShell(HOST);
    running.child.kill('SIGKILL');
    running.child.stdout?.destroy();
    running.child.stderr?.destroy();
    running.release();
    const { dir } = newestSession(running.home);
    await until('the end', () => readLog(dir).at(-1)?.type === 'run.finished');
    expect(readFileSync(`${running.repository.dir}/sum.js`, 'utf8')).toContain('a + b');
    const { home, server, repository } = running;
    const resumed = await runDrydock(['resume', 'last', 'And now?'], { home, cwd: repository.dir, env: server.env });
    expect(resumed.code, resumed.stderr).toBe(0);
  });
});

describe.concurrent('show', () => {
  it('comes to its end when the reader of stdout leaves early', async () => {
    const repository = makeRepository({ ...BROKEN_SUM, 'AGENTS.md': 'A rule of the house.\n'.repeat(1000) });
    const { home } = await run([{ text: 'long '.repeat(100_000) }], { repository, args: HOST });
    const shown = await runDrydock(['show', '--json'], { home, through: `"$@" | head -n 1; echo "$PIPESTATUS"` });
    expect(shown.stderr).toBe('');
    expect(shown.stdout).toMatch(/\n0\n$/);
    const full = await runDrydock(['show', '--json'], { home, through: 'exec "$@" >/dev/full' });
    expect(full).toMatchObject({ code: 2, stderr: expect.stringContaining('could not be written') });
  });
});

describe.concurrent('a terminal that was closed', () => {
  it('ends the run in order, though nothing can be printed any more', async () => {
    const running = await startRun(
      (turn, request) => (turn === 0 ? { toolCalls: [mendingCall(request)] } : shellTurn('sleep 300')),
      { env: { TERM: 'xterm-256color' }, through: ON_TERMINAL },
    );
    await until('the second call', () => {
      if (running.requests.length < 2) return false;
      return eventsOf(newestSession(running.home).events, 'tool.started').length === 2;
    });
    // The terminal ends with `script`, which holds its other end.
    running.child.kill('SIGKILL');
    const { id, dir } = newestSession(running.home);
    await until('the end of the run', () => readLog(dir).at(-1)?.type === 'run.finished');
    expect(readLog(dir).at(-1)).toMatchObject({ message: 'interrupted by SIGHUP', exitCode: 129 });
    expect(running.repository.git('show', `drydock/${id}:sum.js`)).toContain('a + b');
    expect(await leftOnEngine(id)).toEqual([]);
  });
});
