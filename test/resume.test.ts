/** Going on with a session whose run was interrupted, in order or by force. */
import { describe, expect, it, vi } from 'vitest';
import { PRIVATE_GIT } from '../sandbox/docker/transfer.ts';
import {
  eventsOf,
  leftOnEngine,
  loseContainers,
  newestSession,
  runDrydock,
  type ScriptedRun,
  shellTurn,
  startRun,
  until,
} from './harness.ts';

// Three at once on two shared cores.
vi.setConfig({ maxConcurrency: 3, testTimeout: 120_000 });

/** Writes a file, then hangs in a command. What comes after the second request is for the resumed run. */
const HANGING = [
  shellTurn('echo kept >notes.txt'),
  shellTurn('sleep 600'),
  shellTurn('cat notes.txt; echo more >>notes.txt'),
];

/** A run that hangs in its second call. */
async function hangingRun(script = HANGING): Promise<ScriptedRun> {
  const running = await startRun(script);
  let over = false;
  running.ended.then(() => {
    over = true;
  });
  await until('the hanging call', () => {
    if (over) throw new Error('the run ended before it hung');
    if (running.requests.length < 2) return false;
    return eventsOf(newestSession(running.home).events, 'tool.started').length === 2;
  });
  return running;
}

const resume = ({ home, server, repository }: ScriptedRun, ...args: string[]) =>
  runDrydock(['resume', 'last', ...args], { home, cwd: repository.dir, env: server.env });

describe.concurrent('a run that is interrupted', () => {
  it.for([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('by %s ends with %i, keeps its work, and goes on from it with its history', async ([signal, code]) => {
    const running = await hangingRun();
    running.child.kill(signal);
    const first = await running.ended;
    expect(first.code, first.stderr).toBe(code);
    expect(first.stderr).toContain('drydock resume');
    const { id } = newestSession(running.home);
    expect(running.repository.git('show', `drydock/${id}:notes.txt`)).toBe('kept');
    expect(await leftOnEngine(id)).toEqual([]);

    const second = await resume(running);
    expect(second.code, second.stderr).toBe(0);
    const [, before, after, last] = running.requests;
    const texts = after?.toolResults.map(({ text }) => text) ?? [];
    expect(texts[0]).toBe(before?.toolResults[0]?.text);
    expect(texts).toHaveLength(2);
    expect(last?.toolResults[2]?.text).toContain('kept\n');
    expect(second.stdout).toContain('+kept\n+more\n');
    expect(running.repository.git('show', `drydock/${id}:notes.txt`)).toBe('kept\nmore');
    expect(await leftOnEngine(id)).toEqual([]);
    expect(eventsOf(newestSession(running.home).events, 'run.finished').map(({ outcome }) => outcome)).toEqual([
      'interrupted',
      'completed',
    ]);
  });

  it('by kill -9 goes on in the same container, and tells the model which call was cut off', async () => {
    const running = await hangingRun();
    running.child.kill('SIGKILL');
    await running.ended;
    const { id } = newestSession(running.home);
    const [left] = await leftOnEngine(id);
    expect(left).toBeDefined();

    const second = await resume(running);
    expect(second.code, second.stderr).toBe(0);
    const after = running.requests[2];
    expect(after?.toolResults).toHaveLength(2);
    expect(after?.toolResults[1]?.text).toMatch(/interrupted/i);
    expect(after?.lastUserText).toContain('goes on in the same sandbox');
    expect(second.stdout).toContain('+kept\n+more\n');
    expect(await leftOnEngine(id)).toEqual([]);
  });

  it('by kill -9 while the model thinks goes on with the files as they were, though its container is lost too', async () => {
    const running = await startRun((turn) => {
      if (turn === 0) return shellTurn('echo kept >notes.txt');
      // It thinks until its process is killed.
      if (turn === 1) return new Promise(() => undefined);
      return turn === 2 ? shellTurn('cat notes.txt; rm notes.txt') : { text: 'Done.' };
    });
    const checkpoints = () => eventsOf(newestSession(running.home).events, 'checkpoint');
    await until('a request', () => running.requests.length === 2);
    await until('a checkpoint', () => checkpoints().length === 1);
    expect(checkpoints()[0]).toMatchObject({ trigger: 'turn', files: [{ path: 'notes.txt', added: 1 }] });
    running.child.kill('SIGKILL');
    await running.ended;
    await loseContainers(newestSession(running.home).id);

    const second = await resume(running);
    expect(second.code, second.stderr).toBe(0);
    expect(running.requests[2]?.lastUserText).toContain('the files of the last checkpoint');
    expect(running.requests[3]?.toolResults[1]?.text).toContain('kept\n');
    // The work was undone, so a next resume must start at the base again.
    expect(checkpoints().at(-1)?.tree).toBe(running.repository.git('rev-parse', 'HEAD^{tree}'));
  });

  it('twice by SIGINT ends at once, says that the container stays for a while, and goes on in it', async () => {
    // A git that waits for somebody to write its configuration keeps the run from ending in order.
    const running = await hangingRun([
      shellTurn(`echo kept >notes.txt; cd ${PRIVATE_GIT} && mv config kept && mkfifo config`),
      shellTurn('sleep 600'),
      shellTurn(`(cd ${PRIVATE_GIT} && mv kept config); echo more >>notes.txt`),
    ]);
    const { id } = newestSession(running.home);
    const [left] = await leftOnEngine(id);
    running.child.kill('SIGINT');
    await running.said('once more to stop at once');
    running.child.kill('SIGINT');
    const first = await running.ended;
    expect(first.code).toBe(130);
    expect(first.stderr).toContain(
      `drydock: stopped at once; its container, if any, stays for ten minutes — go on with \`drydock resume ${id}\``,
    );
    expect(await leftOnEngine(id)).toEqual([left]);
    const second = await resume(running);
    expect(second.code, second.stderr).toBe(0);
    expect(running.requests[2]?.lastUserText).toContain('goes on in the same sandbox');
    expect(second.stdout).toContain('+kept\n+more\n');
    expect(await leftOnEngine(id)).toEqual([]);
  });

  it('gets the new words with the history when it is resumed with a task', async () => {
    const running = await hangingRun();
    running.child.kill('SIGINT');
    await running.ended;
    const second = await resume(running, 'Only add a line');
    expect(second.code, second.stderr).toBe(0);
    expect(running.requests[2]?.lastUserText).toMatch(/^This is a new sandbox\..*\nOnly add a line$/s);
    expect(JSON.stringify(running.requests[2]?.raw)).toContain('Make the test pass');
  });
});
