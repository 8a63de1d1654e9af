/** Going back in a session, and branching off from an earlier turn of it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import {
  eventsOf,
  type FinishedRun,
  newestSession,
  run,
  runDrydock,
  shellTurn,
  temporaryFolder,
  until,
} from './harness.ts';
import type { ScriptedTurn } from './model-server.ts';

vi.setConfig({ maxConcurrency: 3, testTimeout: 240_000 });

const write = (path: string, content: string): ScriptedTurn => ({
  toolCalls: [{ name: 'write_file', arguments: { path, content } }],
});

/** Turn 1 writes a, turn 2 only looks, turn 3 writes b by a command, turn 4 writes a anew, turn 5 is the last word. */
const TURNS = [write('a.txt', 'one\n'), shellTurn('ls'), shellTurn('echo b >b.txt'), write('a.txt', 'two\n')];

/** The first request after that run. */
const RESUMED = 5;

/** A run whose model thinks after the command until what that changed is saved. */
const runTurns = (args: string[] = []): Promise<FinishedRun> => {
  const home = temporaryFolder();
  const script = async (turn: number): Promise<ScriptedTurn> => {
    if (turn === 3) {
      const points = () => eventsOf(newestSession(home).events, 'checkpoint');
      await until('a checkpoint after turn 3', () => points().some((point) => point.turn === 3));
    }
    return TURNS[turn] ?? (turn === RESUMED ? shellTurn('ls') : { text: 'Done.' });
  };
  return run(script, { home, args });
};

const drydock = ({ home, server, repository }: FinishedRun, ...args: string[]) =>
  runDrydock(args, { home, cwd: repository.dir, env: server.env });

/** The files that a patch touches, with their last added line. */
const changes = (patch: string) =>
  [...patch.matchAll(/^diff --git a\/(\S+) .*\n(?:.*\n)*?\+([^+].*)$/gm)].map(([, path, line]) => `${path} ${line}`);

describe.concurrent('a session', () => {
  it('shows what its files were after each turn', async () => {
    const finished = await runTurns();
    expect(finished.code, finished.stderr).toBe(0);
    const at = async (turn: number) => changes((await drydock(finished, 'diff', '--at', `${turn}`)).stdout);
    expect(await at(0)).toEqual([]);
    expect(await at(1)).toEqual(['a.txt one']);
    expect(await at(2)).toEqual(['a.txt one']);
    expect(await at(3)).toEqual(['a.txt one', 'b.txt b']);
    expect(await at(4)).toEqual(['a.txt two', 'b.txt b']);
    const story = (await drydock(finished, 'show', '--at', '2')).stdout;
    expect(story).toContain('── turn 2');
    expect(story).not.toContain('── turn 3');
    const beyond = await drydock(finished, 'show', '--at', '6');
    expect([beyond.code, beyond.stderr]).toEqual([
      2,
      'drydock: there is no turn 6: in the session are only 5 turns — see `drydock show`\n',
    ]);
  });

  it('says where a turn has no checkpoint of its own, and whose files it shows instead', async () => {
    const finished = await runTurns();
    expect(finished.code, finished.stderr).toBe(0);
    const log = join(finished.session.dir, 'events.jsonl');
    // As if they had been put off: by one turn each.
    const later = (line: string) => {
      const event = line === '' ? {} : JSON.parse(line);
      return event.type === 'checkpoint' && event.trigger === 'turn'
        ? JSON.stringify({ ...event, turn: event.turn + 1 })
        : line;
    };
    const lines = readFileSync(log, 'utf8').split('\n').map(later);
    writeFileSync(log, lines.join('\n'));
    const note = 'turn 3 has no checkpoint of its own; the files are as they were after turn 2';
    const first = await drydock(finished, 'diff', '--at', '1');
    expect([first.code, first.stderr]).toEqual([
      2,
      `drydock: session ${finished.session.id}: turn 1 has no checkpoint of its own; the files are as they were at the start, without a change — the next checkpoint: --at 2\n`,
    ]);
    const third = await drydock(finished, 'diff', '--at', '3');
    expect([changes(third.stdout), third.stderr]).toEqual([['a.txt one'], `note: ${note}\n`]);
    expect((await drydock(finished, 'diff', '--at', '2')).stderr).toBe('');
    expect((await drydock(finished, 'show', '--at', '3')).stderr).toBe(`note: ${note}\n`);

    const forked = await drydock(finished, 'fork', 'last', '--at', '3');
    expect(forked.stderr).toContain(`note: ${note}\n`);
    const resumed = await drydock(finished, 'resume', forked.stdout.trim(), 'Try another way');
    expect(resumed.code, resumed.stderr).toBe(0);
    const told = finished.requests[RESUMED]?.lastUserText;
    expect(told).toContain("The repository's files are older than that, as they were after your turn 2: look at them");

    const undone = await drydock(finished, 'undo', finished.session.id, '--to', '3');
    expect(undone.stderr).toContain(`note: ${note}\n`);
    expect(undone.stderr).toContain('the files are as they were after turn 2');
  });

  it('is undone change by change, its branch too, and goes on from there', async () => {
    const finished = await runTurns();
    const branch = `drydock/${finished.session.id}`;
    const files = () => finished.repository.git('diff', '--name-only', 'HEAD', branch).split('\n');
    expect((await drydock(finished, 'undo')).stderr).toContain('the files are as they were after turn 3');
    expect(finished.repository.git('show', `${branch}:a.txt`)).toBe('one');
    expect((await drydock(finished, 'undo')).code).toBe(0);
    expect(files()).toEqual(['a.txt']);
    const shown = await drydock(finished, 'diff');
    expect(changes(shown.stdout)).toEqual(['a.txt one']);

    const resumed = await drydock(finished, 'resume', 'last', 'Go on');
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(finished.requests[RESUMED]?.lastUserText).toContain('the files are as they were after your turn 1.');
    // Nothing was changed, so the branch is still where undoing has left it.
    expect(files()).toEqual(['a.txt']);

    const forward = await drydock(finished, 'undo', '--to', '4');
    expect(forward.stderr).toContain('(2 differ from the base)');
    expect(finished.repository.git('show', `${branch}:a.txt`)).toBe('two');
    for (let step = 0; step < 3; step += 1) await drydock(finished, 'undo');
    expect(files()).toEqual(['']);
    expect((await drydock(finished, 'undo')).stderr).toContain('nothing to undo');
  });

  it('takes back what it has put into the working tree, and never a branch that its user has touched', async () => {
    const finished = await runTurns(['--apply']);
    expect(finished.code, finished.stderr).toBe(0);
    const branch = `drydock/${finished.session.id}`;
    finished.repository.git('commit', '--allow-empty', '-q', '-m', 'other work');
    finished.repository.git('branch', '-f', branch, 'HEAD');
    const head = finished.repository.git('rev-parse', 'HEAD');
    const undone = await drydock(finished, 'undo');
    expect(undone.code, undone.stderr).toBe(0);
    expect(readFileSync(join(finished.repository.dir, 'a.txt'), 'utf8')).toBe('one\n');
    expect(finished.repository.git('rev-parse', branch)).toBe(head);
    expect(undone.stderr).toContain(`a branch ${branch} exists; the result is on ${branch}-2`);
    finished.repository.write('a.txt', 'by hand\n');
    const refused = await drydock(finished, 'undo', '--to', '0');
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(/working tree.*the session itself has gone back/);
    expect(readFileSync(join(finished.repository.dir, 'a.txt'), 'utf8')).toBe('by hand\n');
  });

  it('is forked at a turn: the new one has the history and files up to it, the old one stays as it is', async () => {
    const finished = await runTurns();
    const log = readFileSync(join(finished.session.dir, 'events.jsonl'), 'utf8');
    const forked = await drydock(finished, 'fork', 'last', '--at', '3');
    expect(forked.code, forked.stderr).toBe(0);
    const id = forked.stdout.trim();
    expect(newestSession(finished.home).id).toBe(id);
    const resumed = await drydock(finished, 'resume', id, 'Try another way');
    expect(resumed.code, resumed.stderr).toBe(0);
    const request = finished.requests[RESUMED];
    expect(request?.toolResults).toHaveLength(3);
    expect(request?.lastUserText).toMatch(/^You go on from an earlier point.*\nTry another way$/s);
    expect(changes(resumed.stdout)).toEqual(['a.txt one', 'b.txt b']);
    expect(finished.repository.git('show', `drydock/${id}:a.txt`)).toBe('one');
    expect(finished.repository.git('show', `drydock/${finished.session.id}:a.txt`)).toBe('two');
    expect(readFileSync(join(finished.session.dir, 'events.jsonl'), 'utf8')).toBe(log);
    expect(eventsOf(newestSession(finished.home).events, 'session.created')[0]?.forkedFrom).toEqual({
      session: finished.session.id,
      turn: 3,
    });
  });
});
