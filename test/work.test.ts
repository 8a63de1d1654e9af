/** The work of a session that is over: looked at, and put into the working tree. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { applyWork, undo, workAfter } from '../agent/index.ts';
import {
  eventsOf,
  freshEnv,
  HOST,
  makeRepository,
  newestSession,
  readLog,
  run,
  runDrydock,
  shellTurn,
  startRun,
  temporaryFolder,
  until,
} from './harness.ts';

vi.setConfig({ maxConcurrency: 2, testTimeout: 180_000 });

/** Inserted once more, the line would fit below the first `two`, too. */
const POEM = 'one\ntwo\nthree\n'.repeat(4);
const file = (dir: string, name: string) => readFileSync(join(dir, name), 'utf8');

describe.concurrent('the work of a session', () => {
  it('is put into the working tree once, however often it is asked for, and taken back by undo', async () => {
    const repository = makeRepository({ 'poem.txt': POEM });
    const home = temporaryFolder();
    const finished = await run(
      async (turn) => {
        if (turn === 1) {
          const points = () => eventsOf(newestSession(home).events, 'checkpoint');
          await until('a checkpoint after turn 1', () => points().some((point) => point.turn === 1));
        }
        return (
          [shellTurn('sed -i "2i new" poem.txt'), shellTurn('printf "\\0" >b.bin; echo c >c.txt')][turn] ?? {
            text: 'Done.',
          }
        );
      },
      { repository, home },
    );
    expect(finished.code, finished.stderr).toBe(0);
    const { session } = finished;
    const drydock = (...args: string[]) => runDrydock(args, { home, cwd: repository.dir });
    const exported = () => eventsOf(readLog(session.dir), 'exported').at(-1);

    const apply = (turn: number | null = null) => applyWork(session.dir, turn, freshEnv(home));

    expect(await drydock('diff')).toMatchObject({ code: 0, stdout: finished.stdout, stderr: '' });
    expect((await drydock('diff', '--stat')).stdout).toBe(
      'b.bin    | binary\nc.txt    | +1 -0\npoem.txt | +1 -0\n3 files changed, +2 -0\n',
    );
    expect((await workAfter(session.dir, 1, freshEnv(home))).files.map(({ path }) => path)).toEqual(['poem.txt']);

    expect(await apply(1)).toMatchObject({ changed: true, files: [{ path: 'poem.txt' }] });
    const applied = POEM.replace('one\n', 'one\nnew\n');
    expect(file(repository.dir, 'poem.txt')).toBe(applied);
    expect(exported()?.applied).toBe(false);
    expect((await drydock('apply')).stderr).toBe(`session ${session.id}: 3 files put into ${repository.dir}\n`);
    expect(file(repository.dir, 'poem.txt')).toBe(applied);
    expect(exported()).toMatchObject({ applied: true, branch: `drydock/${session.id}` });
    expect((await drydock('apply')).stderr).toBe(`session ${session.id}: 3 files already in ${repository.dir}\n`);
    expect(await apply()).toMatchObject({ changed: false });
    expect(file(repository.dir, 'poem.txt')).toBe(applied);
    expect(repository.git('diff', '--cached', '--name-only')).toBe('');

    // Whoever throws the files away can have them again.
    repository.git('checkout', '-q', '.');
    repository.git('clean', '-qfd');
    expect(await apply()).toMatchObject({ changed: true });
    expect((await undo(session.dir, 0, freshEnv(home))).problems).toEqual([]);
    expect(repository.git('status', '--porcelain')).toBe('');
    const none = { code: 2, stderr: `drydock: session ${session.id} has changed no file\n` };
    expect(await drydock('apply')).toMatchObject(none);
    await expect(workAfter(session.dir, null, freshEnv(home))).rejects.toThrow('has changed no file');

    // What does not fit is refused as a whole.
    repository.write('c.txt', 'by hand\n');
    const refused = await drydock('apply', '--at', '3');
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(/the patch does not fit your files: c\.txt — your files are as they were/);
    expect(repository.git('status', '--porcelain')).toBe('?? c.txt');
  });

  it('is there while it runs, from its checkpoints, and is not applied then', async () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const running = await startRun(async (turn) => {
      if (turn > 0) await held;
      // More than a checkpoint that is taken during a run names.
      return turn === 0 ? shellTurn('for n in $(seq 12); do echo $n >f$n; done') : { text: 'Done.' };
    });
    const { home, repository } = running;
    const drydock = (...args: string[]) => runDrydock(args, { home, cwd: repository.dir });
    await until('a request', () => running.requests.length > 0);
    await until('a checkpoint', () => eventsOf(newestSession(home).events, 'checkpoint').length > 0);
    expect((await drydock('diff', '--stat')).stdout).toContain('12 files changed, +12 -0');
    const refused = await drydock('apply');
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('in use by process')]);
    release();
    expect((await running.ended).code).toBe(0);
  });

  it('that was done in place is shown, and is where it belongs', async () => {
    const finished = await run([shellTurn('echo x >a')], { args: HOST });
    const drydock = (...args: string[]) => runDrydock(args, { home: finished.home, cwd: finished.repository.dir });
    expect((await drydock('diff')).stdout).toBe(finished.stdout);
    const refused = await drydock('apply');
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('worked in place, on the host')]);
  });
});
