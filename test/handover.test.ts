/** The way of the work out of the sandbox and into the user's hands, where something stands in the way. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import {
  eventsOf,
  type FinishedRun,
  leftOnEngine,
  makeRepository,
  newestSession,
  run,
  runDrydock,
  shellTurn,
} from './harness.ts';

vi.setConfig({ testTimeout: 120_000 });

const resume = ({ home, server, repository }: FinishedRun, ...args: string[]) =>
  runDrydock(['resume', 'last', ...args], { home, cwd: repository.dir, env: server.env });

it('a branch that git cannot make costs nothing but the branch, and the work can be gone on with', async () => {
  const repository = makeRepository();
  // An empty ref, as a loss of power leaves it.
  const obstacle = join(repository.dir, '.git/refs/heads/drydock');
  writeFileSync(obstacle, '');
  const finished = await run([shellTurn('echo precious >notes.txt'), { text: 'Done.' }, shellTurn('cat notes.txt')], {
    repository,
  });
  const { session } = finished;
  expect(finished.code, finished.stderr).toBe(2);
  const complaints = finished.stderr.split('\n').filter((line) => line.startsWith('drydock: '));
  expect(complaints).toEqual([expect.stringMatching(/the branch drydock\/.* could not be made: .*the work is kept/)]);
  expect(finished.stdout).toContain('+precious');
  expect(session.events.slice(-3).map(({ type }) => type)).toEqual(['checkpoint', 'exported', 'run.finished']);
  expect(session.events.at(-1)).toMatchObject({ outcome: 'usage', exitCode: 2 });
  expect(await leftOnEngine(session.id)).toEqual([]);
  const shown = await runDrydock(['diff'], { home: finished.home });
  expect(shown.stdout).toBe(finished.stdout);

  rmSync(obstacle);
  const second = await resume(finished, 'Go on');
  expect(second.code, second.stderr).toBe(0);
  expect(finished.requests.at(-1)?.toolResults.at(-1)?.text).toContain('precious');
  expect(repository.git('show', `drydock/${session.id}:notes.txt`)).toBe('precious');
});

it('a branch that was made as the process was killed, before it could say so, moves on with the session', async () => {
  const done = { text: 'Done.' };
  const finished = await run([shellTurn('echo one >a.txt'), done, shellTurn('echo two >a.txt'), done]);
  const { session, repository } = finished;
  expect(finished.code, finished.stderr).toBe(0);
  const log = join(session.dir, 'events.jsonl');
  const lines = readFileSync(log, 'utf8').split('\n');
  writeFileSync(
    log,
    `${lines
      .slice(
        0,
        session.events.findIndex(({ type }) => type === 'exported'),
      )
      .join('\n')}\n`,
  );

  const second = await resume(finished, 'Go on');
  expect(second.code, second.stderr).toBe(0);
  expect(repository.git('branch', '--list', '--format=%(refname:short)', 'drydock/*')).toBe(`drydock/${session.id}`);
  expect(repository.git('show', `drydock/${session.id}:a.txt`)).toBe('two');
});

it('--apply puts into the working tree what came since it was used before, and refuses what does not fit as a whole', async () => {
  const repository = makeRepository({ 'a.txt': 'one\n' });
  const done = { text: 'Done.' };
  const script = [shellTurn('echo two >a.txt'), done, shellTurn('echo three >>a.txt'), done];
  script.push(shellTurn('echo four >>a.txt; echo new >b.txt'), done);
  const finished = await run(script, { repository, args: ['--apply'] });
  expect(finished.code, finished.stderr).toBe(0);
  const inTree = () => readFileSync(join(repository.dir, 'a.txt'), 'utf8');
  expect(inTree()).toBe('two\n');

  const second = await resume(finished, '--apply', 'More');
  expect(second.code, second.stderr).toBe(0);
  expect(inTree()).toBe('two\nthree\n');

  repository.write('a.txt', 'mine\n');
  const third = await resume(finished, '--apply', 'Still more');
  expect(third.code, third.stderr).toBe(2);
  expect(third.stderr).toMatch(/not put into the working tree: the patch does not fit your files: a\.txt/);
  expect(inTree()).toBe('mine\n');
  expect(repository.git('status', '--porcelain')).toBe(' M a.txt');
});

it('a full disk behind stdout ends neither the run nor its handing over, and is told in one line', async () => {
  for (const args of [[], ['--json']]) {
    const finished = await run([shellTurn('echo precious >notes.txt')], { args, through: 'exec "$@" >/dev/full' });
    expect(finished.code, finished.stderr).toBe(2);
    const complaints = finished.stderr.split('\n').filter((line) => line.startsWith('drydock: '));
    expect(complaints).toEqual([expect.stringMatching(/the output could not be written: ENOSPC/)]);
    expect(finished.stderr).not.toContain('    at ');
    const { id, events } = newestSession(finished.home);
    expect(eventsOf(events, 'run.finished')).toMatchObject([{ outcome: 'completed' }]);
    expect(finished.repository.git('show', `drydock/${id}:notes.txt`)).toBe('precious');
  }
});
