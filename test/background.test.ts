/** Processes that a command has left running, through the real command line: each has one end in the log. */
import { describe, expect, it, vi } from 'vitest';
import {
  eventsOf,
  HOST,
  leftOnEngine,
  loseContainers,
  newestSession,
  runDrydock,
  type ScriptedRun,
  shellTurn,
  startRun,
  until,
} from './harness.ts';

vi.setConfig({ maxConcurrency: 3, testTimeout: 120_000 });

const events = ({ home }: ScriptedRun) => newestSession(home).events;
const ends = (running: ScriptedRun) =>
  eventsOf(events(running), 'process.ended').map(({ handle, exitCode, reason }) => [handle, reason, exitCode]);
const calls = (running: ScriptedRun, count: number) =>
  until(
    `call ${count}`,
    () => running.requests.length > 0 && eventsOf(events(running), 'tool.started').length >= count,
  );

describe.concurrent.each([
  ['docker', []],
  ['host', HOST],
])('on %s', (backend, args) => {
  it('the model hears once, without asking, that one has ended, and its prompt keeps its beginning', async () => {
    const running = await startRun(
      async (turn) => {
        if (turn === 0) return shellTurn('until [ -e go ]; do sleep 0.05; done; rm go; exit 3', { yield_ms: 0 });
        if (turn === 1) return shellTurn('touch go; while [ -e go ]; do sleep 0.05; done');
        if (turn > 3) return { text: 'Done.' };
        // It ended between the turns.
        await until('its end', () => ends(running).length === 1);
        return shellTurn('true');
      },
      { args },
    );
    const result = await running.ended;
    expect(result.code, result.stderr).toBe(0);
    expect(ends(running)).toEqual([['p1', 'exited', 3]]);
    const told = running.requests.map(({ raw }) => JSON.stringify(raw.messages).split('has ended: exit 3').length - 1);
    // The end may come before the second call's result or after it.
    expect([...new Set(told)]).toEqual([0, 1]);
    const types = events(running).map(({ type }) => type);
    expect(types.indexOf('process.ended')).toBeLessThan(types.lastIndexOf('model.requested'));
  });

  it('Ctrl-C ends what runs, in front and behind, and the log says so', async () => {
    const running = await startRun([shellTurn('sleep 600', { yield_ms: 0 }), shellTurn('sleep 601')], { args });
    await calls(running, 2);
    running.child.kill('SIGINT');
    expect((await running.ended).code).toBe(130);
    expect(ends(running)).toEqual([['p1', 'killed', 137]]);
    const [, cut] = eventsOf(events(running), 'tool.finished');
    expect(cut).toMatchObject({ isError: true, details: { status: 'interrupted' } });
    if (backend === 'docker') expect(await leftOnEngine(newestSession(running.home).id)).toEqual([]);
  });

  it('a run that ends in order ends what was left', async () => {
    const running = await startRun([shellTurn('sleep 600', { yield_ms: 0 })], { args });
    expect((await running.ended).code).toBe(0);
    expect(ends(running)).toEqual([['p1', 'killed', 137]]);
    expect(events(running).at(-1)?.type).toBe('run.finished');
  });
});

it('a container that is lost takes them along, which is told once', async () => {
  const running = await startRun([shellTurn('sleep 600', { yield_ms: 0 }), shellTurn('sleep 601'), shellTurn('true')]);
  await calls(running, 2);
  await loseContainers(newestSession(running.home).id);
  const result = await running.ended;
  expect(result.code, result.stderr).toBe(0);
  expect(ends(running)).toEqual([['p1', 'lost', null]]);
  expect(eventsOf(events(running), 'notice').map(({ text }) => text)).toEqual([
    expect.stringContaining('p1 (sleep 600) is gone'),
  ]);
});

it('on the host kill -9 leaves them without a handle: a resumed run logs their end and tells the model', async () => {
  const running = await startRun(
    [shellTurn('sleep 60', { yield_ms: 0 }), shellTurn('sleep 61'), shellTurn('pkill -f "sleep 6[01]$"; true')],
    { args: HOST },
  );
  await calls(running, 2);
  running.child.kill('SIGKILL');
  await running.ended;
  expect(ends(running)).toEqual([]);
  const { home, server, repository } = running;
  const second = await runDrydock(['resume', 'last'], { home, cwd: repository.dir, env: server.env });
  expect(second.code, second.stderr).toBe(0);
  expect(ends(running)).toEqual([['p1', 'lost', null]]);
  expect(running.requests[2]?.lastUserText).toContain('may still be running: p1 (sleep 60)');
});
