/** A session whose process or sandbox has died goes on: in the sandbox that is left, or in another one. */
import { describe, expect, it, vi } from 'vitest';
import { OWNER_LABEL, SESSION_LABEL } from '../sandbox/index.ts';
import {
  engine,
  eventsOf,
  leftOnEngine,
  loseContainers,
  newestSession,
  runDrydock,
  type ScriptedRun,
  shellTurn,
  startDrydock,
  startRun,
  until,
} from './harness.ts';
import type { ScriptedTurn } from './model-server.ts';

// Two at once on two shared cores.
vi.setConfig({ maxConcurrency: 2, testTimeout: 240_000 });

const writeTurn = (path: string, content: string): ScriptedTurn => ({
  toolCalls: [{ name: 'write_file', arguments: { path, content } }],
});

const events = ({ home }: Pick<ScriptedRun, 'home'>) => newestSession(home).events;

/** Waits until the run's call number `count` is under way. */
const calls = (running: ScriptedRun, count: number) =>
  until(`call ${count}`, () => {
    if (running.requests.length < count) return false;
    return eventsOf(events(running), 'tool.started').length >= count;
  });

/** Waits until the run has saved its files so many times. */
const checkpoints = (running: Pick<ScriptedRun, 'home'>, count: number) =>
  until(`checkpoint ${count}`, () => eventsOf(events(running), 'checkpoint').length >= count);

const kill = async (running: ScriptedRun) => {
  running.child.kill('SIGKILL');
  await running.ended;
  return newestSession(running.home).id;
};

/** What a command in the session's container says. */
async function lookIn(id: string, command: string): Promise<string> {
  const docker = await engine();
  const [found] = await docker.listContainers({ filters: { label: [`${SESSION_LABEL}=${id}`] } });
  if (found === undefined) return '';
  const attached = { AttachStdout: true, AttachStderr: true, User: '1000:1000', Tty: true, WorkingDir: '/workspace' };
  const exec = await docker.getContainer(found.Id).exec({ Cmd: ['/bin/sh', '-c', command], ...attached });
  let said = '';
  for await (const chunk of await exec.start({ hijack: true, stdin: false, Tty: true })) said += String(chunk);
  return said;
}

const resume = ({ home, server, repository }: ScriptedRun) =>
  runDrydock(['resume', 'last'], { home, cwd: repository.dir, env: server.env });

describe.concurrent('a session whose process was killed', () => {
  it('goes on in its container: with every file, without a process, and the model is told which have gone', async () => {
    const running = await startRun([
      shellTurn(
        'echo dist >.gitignore; echo kept >notes.txt; mkdir dist; echo built >dist/out; echo out >/tmp/outside',
      ),
      shellTurn('sleep 600', { yield_ms: 0 }),
      shellTurn('sleep 601'),
      shellTurn('cat dist/out /tmp/outside; cat /proc/[0-9]*/comm | grep -c sleep; sleep 602 & echo more >>notes.txt'),
    ]);
    await calls(running, 3);
    const id = await kill(running);
    const docker = await engine();
    const label = `${SESSION_LABEL}=${id}`;
    const [container] = await docker.listContainers({ filters: { label: [label] } });
    expect(JSON.parse(container?.Labels[OWNER_LABEL] ?? '')).toMatchObject({ pid: running.child.pid });

    const second = await resume(running);
    expect(second.code, second.stderr).toBe(0);
    const [, , , after, last] = running.requests;
    expect(after?.lastUserText).toContain('goes on in the same sandbox');
    expect(after?.lastUserText).toContain('p1 (sleep 600) is gone');
    expect(after?.toolResults[2]?.text).toContain('interrupted');
    expect(last?.toolResults[3]?.text).toMatch(/^built\nout\n0\n/);
    expect(eventsOf(events(running), 'process.ended')).toMatchObject([{ handle: 'p1', reason: 'lost' }]);
    expect(running.repository.git('show', `drydock/${id}:notes.txt`)).toBe('kept\nmore');
    expect(await leftOnEngine(id)).toEqual([]);
  });

  it('can be killed again, and goes on again', async () => {
    const running = await startRun([
      shellTurn('echo one >>/tmp/n'),
      shellTurn('sleep 600'),
      shellTurn('echo two >>/tmp/n'),
      shellTurn('sleep 601'),
      shellTurn('cat /tmp/n'),
    ]);
    await calls(running, 2);
    await kill(running);
    const { home, server, repository } = running;
    const again = { ...running, ...startDrydock(['resume', 'last'], { home, cwd: repository.dir, env: server.env }) };
    await calls(again, 4);
    await kill(again);
    const third = await resume(running);
    expect(third.code, third.stderr).toBe(0);
    expect(running.requests.at(-1)?.toolResults[4]?.text).toMatch(/^one\ntwo\n/);
    expect(await leftOnEngine(newestSession(home).id)).toEqual([]);
  });

  it('hands over what the crash has left, though the model only says that it is done', async () => {
    const running = await startRun([shellTurn('echo kept >notes.txt; sleep 600')]);
    await calls(running, 1);
    await until('the file', async () => (await lookIn(newestSession(running.home).id, 'ls')).includes('notes.txt'));
    const id = await kill(running);
    const second = await resume(running);
    expect(second.code, second.stderr).toBe(0);
    expect(second.stdout).toContain('+kept');
    expect(running.repository.git('show', `drydock/${id}:notes.txt`)).toBe('kept');
  });

  it('keeps its container through gc, unless all are to go; then it goes on in another', async () => {
    const running = await startRun([writeTurn('notes.txt', 'kept\n'), shellTurn('sleep 600'), shellTurn('ls')]);
    await calls(running, 2);
    await checkpoints(running, 1);
    const id = await kill(running);
    const { home } = running;
    const gc = (...args: string[]) => runDrydock(['gc', '--images-older-than', '36500d', ...args], { home });
    const kept = await gc();
    expect(kept.code, kept.stderr).toBe(0);
    expect(kept.stdout).toMatch(
      new RegExp(`^kept container \\S+ of session ${id}: drydock resume ${id} can go on in it`, 'm'),
    );
    expect(await leftOnEngine(id)).toHaveLength(1);
    expect((await gc('--all', '--dry-run')).stdout).toMatch(
      new RegExp(`^would remove container \\S+ of session ${id}`, 'm'),
    );
    expect(await leftOnEngine(id)).toHaveLength(1);
    expect((await gc('--all')).stdout).toMatch(new RegExp(`^removed container \\S+ of session ${id}`, 'm'));
    expect(await leftOnEngine(id)).toEqual([]);

    const second = await resume(running);
    expect(second.code, second.stderr).toBe(0);
    expect(running.requests[2]?.lastUserText).toContain('This is a new one with the files of the last checkpoint');
    expect(running.requests[3]?.toolResults[2]?.text).toMatch(/^notes.txt\n/);
    expect(await leftOnEngine(id)).toEqual([]);
  });

  it('goes on from what was gone back to, not from its container, after an undo', async () => {
    const running = await startRun([writeTurn('notes.txt', 'kept\n'), shellTurn('sleep 600'), shellTurn('ls')]);
    await calls(running, 2);
    await checkpoints(running, 1);
    const id = await kill(running);
    const undone = await runDrydock(['undo', id], { home: running.home });
    expect(undone.code, undone.stderr).toBe(0);
    const second = await resume(running);
    expect(second.code, second.stderr).toBe(0);
    expect(running.requests.at(-1)?.toolResults[2]?.text).toMatch(/^sum.js\ntest.js\n/);
    expect(await leftOnEngine(id)).toEqual([]);
  });
});

describe.concurrent('a run whose container is killed from outside', () => {
  it('in the middle of a command goes on in another, from the last checkpoint, and the model is told', async () => {
    const running = await startRun(async (turn) => {
      if (turn === 0) return writeTurn('notes.txt', 'kept\n');
      if (turn === 1) await checkpoints(running, 1);
      return (
        [{}, shellTurn('echo lost >lost.txt; sleep 600'), shellTurn('cat notes.txt; ls')][turn] ?? { text: 'Done.' }
      );
    });
    await calls(running, 2);
    const { id } = newestSession(running.home);
    await loseContainers(id);
    const result = await running.ended;
    expect(result.code, result.stderr).toBe(0);
    expect(running.requests[2]?.lastUserText).toContain('This is a new one with the files of the last checkpoint');
    expect(running.requests[2]?.toolResults[1]?.text).toMatch(/lost|interrupted/);
    expect(running.requests[3]?.toolResults[2]?.text).toMatch(/^kept\nnotes.txt\nsum.js\ntest.js\n/);
    expect(running.repository.git('show', `drydock/${id}:notes.txt`)).toBe('kept');
    expect(await leftOnEngine(id)).toEqual([]);
  });

  it('while the model thinks that it is done asks it once more', async () => {
    const running = await startRun(async (turn) => {
      if (turn === 0) return writeTurn('notes.txt', 'kept\n');
      if (turn === 1) {
        await checkpoints(running, 1);
        await loseContainers(newestSession(running.home).id);
        await running.said('the sandbox was lost');
      }
      return { text: 'Done.' };
    });
    const result = await running.ended;
    expect(result.code, result.stderr).toBe(0);
    expect(running.requests).toHaveLength(3);
    expect(running.requests[2]?.lastUserText).toContain('The sandbox ended unexpectedly');
    expect(result.stdout).toContain('+kept');
  });
});
