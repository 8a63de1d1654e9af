/** A run that is killed at a random point and then gone on with; shared by the three points of `npm test` and many more. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import {
  eventsOf,
  leftOnEngine,
  makeRepository,
  newestSession,
  readLog,
  runDrydock,
  sessionFolders,
  startRun,
} from './harness.ts';
import type { ScriptedCall, ScriptedRequest, ScriptedTurn } from './model-server.ts';

const shell = (command: string, more: Record<string, unknown> = {}): ScriptedCall => ({
  name: 'shell',
  arguments: { command, ...more },
});
const write = (path: string, content: string): ScriptedCall => ({ name: 'write_file', arguments: { path, content } });

/** Outside the repository: a line for each time that a command ran. */
const COUNT = (step: number) => `echo step-${step} >>/tmp/count`;

/** The work, a call each. What a step does twice is the same as once, but for the lines in the count. */
const STEPS: readonly ScriptedCall[] = [
  write('a.txt', 'first\n'),
  shell(`${COUNT(1)}; echo b >b.txt`),
  shell('sleep 600', { yield_ms: 0 }),
  write('a.txt', 'first\nsecond\n'),
  shell(`${COUNT(4)}; sleep 0.2; echo c >c.txt; echo ignored >>/tmp/outside`),
  shell(`${COUNT(5)}; rm b.txt`),
  shell('cat /tmp/count'),
];

/** About so many events has the log of a run that is not killed. */
export const EVENTS_OF_A_RUN = 4 * STEPS.length + 10;

const wasCut = (text: string) => /^(interrupted|not run): /.test(text);

/** Steps that were cut off are taken again, as a model would that has been told. */
function nextTurn(request: ScriptedRequest): ScriptedTurn {
  const done = request.toolResults.filter(({ text }) => !wasCut(text)).length;
  const call = STEPS[done];
  return call ? { text: `Step ${done}.`, toolCalls: [call] } : { text: 'Done.' };
}

/**
 * Kills a run when its log has so many events, and a moment later (a part of 100 ms); goes on with it; holds both logs,
 * the files, and what is left against what is promised.
 */
export async function killAndGoOn(events: number, moment: number): Promise<void> {
  const running = await startRun((_turn, request) => nextTurn(request), {
    repository: makeRepository({ 'b.txt': 'base\n' }),
  });
  const logOf = () => {
    const [dir] = sessionFoldersOf(running.home);
    return dir === undefined ? '' : readLogText(dir);
  };
  while (running.child.exitCode === null && logOf().split('\n').length <= events) await sleep(5);
  await sleep(moment * 100);
  running.child.kill('SIGKILL');
  await running.ended;

  const whole = logOf().replace(/[^\n]*$/, '');
  const resumed = await runDrydock(['resume', 'last'], {
    home: running.home,
    cwd: running.repository.dir,
    env: running.server.env,
  });
  expect(resumed.code, resumed.stderr).toBe(0);
  const { id, dir } = newestSession(running.home);
  expect(readLogText(dir).startsWith(whole), 'the log goes on from where it was').toBe(true);

  const log = readLog(dir);
  const finished = eventsOf(log, 'tool.finished').filter(({ content }) =>
    content.every((part) => part.type !== 'text' || !wasCut(part.text)),
  );
  for (const { callId } of finished) {
    expect(
      eventsOf(log, 'tool.started').filter((started) => started.callId === callId),
      callId,
    ).toHaveLength(1);
  }
  expect(finished).toHaveLength(STEPS.length);
  const cut = eventsOf(log, 'tool.finished').length - finished.length;
  const count =
    finished
      .at(-1)
      ?.content.map((part) => (part.type === 'text' ? part.text : ''))
      .join('') ?? '';
  const ran = (step: number) => count.split('\n').filter((line) => line === `step-${step}`).length;
  for (const step of [1, 4, 5]) {
    // One that was cut off may have run, and is then taken again.
    expect(ran(step), `${step} in ${count}`).toBeGreaterThanOrEqual(1);
    expect(ran(step), `${step} in ${count}`).toBeLessThanOrEqual(1 + cut);
  }
  expect([1, 4, 5].reduce((sum, step) => sum + ran(step), 0)).toBeLessThanOrEqual(3 + cut);

  const { git } = running.repository;
  expect(git('show', `drydock/${id}:a.txt`)).toBe('first\nsecond');
  expect(git('ls-tree', '--name-only', `drydock/${id}`)).toBe('a.txt\nc.txt');

  // The engine is shared: no image of others may go.
  const gc = await runDrydock(['gc', '--all', '--images-older-than', '36500d'], { home: running.home });
  expect(gc.code, gc.stderr).toBe(0);
  expect(await leftOnEngine(id)).toEqual([]);
  const left = readdirSync(dir).filter((name) => !/^events\.(jsonl|torn-\d+)$/.test(name));
  expect(left.sort()).toEqual(['blobs', 'workspace.git']);
  const objects = readdirSync(join(dir, 'workspace.git'), { recursive: true, encoding: 'utf8' });
  expect(objects.filter((path) => /(^|\/)tmp_|\.lock$/.test(path))).toEqual([]);
}

/** None before the first session is made. */
function sessionFoldersOf(home: string): string[] {
  try {
    return sessionFolders(home);
  } catch {
    return [];
  }
}

function readLogText(dir: string): string {
  try {
    return readFileSync(join(dir, 'events.jsonl'), 'utf8');
  } catch {
    // The folder is made before the log.
    return '';
  }
}
