import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SESSION_ID } from './events.ts';
import { findSession, listSessions, newSessionId, sessionsDir } from './find.ts';
import { prompt, runFinished, sampleCreated } from './sample-events.ts';
import { createSession } from './store.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'drydock-find-'));
});
afterEach(() => rm(dir, { recursive: true }));

const create = (id: string) => createSession(dir, sampleCreated(id));

describe('sessionsDir', () => {
  it.each([
    [{ XDG_STATE_HOME: '/state', HOME: '/h' }, '/state/drydock/sessions'],
    [{ HOME: '/h' }, '/h/.local/state/drydock/sessions'],
    [{ XDG_STATE_HOME: '', HOME: '/h' }, '/h/.local/state/drydock/sessions'],
    [{ XDG_STATE_HOME: 'relative', HOME: '/h' }, '/h/.local/state/drydock/sessions'],
  ])('of %j is %s', (env, expected) => {
    expect(sessionsDir(env)).toBe(expected);
  });
});

describe('a new session id', () => {
  it('has the time in UTC and is a valid id', () => {
    const id = newSessionId(new Date('2026-11-24T15:30:12.345Z'));
    expect(id).toMatch(/^20261124-153012-[a-z2-9]{4}$/);
    expect(id).toMatch(SESSION_ID);
  });
});

describe('listSessions', () => {
  it('is empty where no folder is', async () => {
    expect(await listSessions(join(dir, 'none'))).toEqual([]);
  });

  it('has the newest first, with the first line of its task and how it stands', async () => {
    const done = await create('1-done');
    done.append(prompt('\nfix it\nplease'));
    done.append(prompt('second'));
    done.append(runFinished());
    done.append({ type: 'process.ended', handle: 'h', exitCode: 0, reason: 'x'.repeat(1000) });
    await done.close();
    const resumed = await create('2-resumed');
    resumed.append(prompt('again'));
    resumed.append(runFinished());
    resumed.append(prompt('more'));
    await resumed.close();
    const running = await create('3-running');
    const list = await listSessions(dir);
    await running.close();
    expect(list).toMatchObject([
      { id: '3-running', task: null, outcome: null, running: true, problem: null },
      { id: '2-resumed', task: 'again', outcome: null, running: false, problem: null },
      { id: '1-done', task: 'fix it', outcome: 'completed', running: false, problem: null },
    ]);
    expect(list[0]?.createdAt).toMatch(/^\d{4}-.*Z$/);
    expect(list[0]?.dir).toBe(join(dir, '3-running'));
  });

  it('finds the outcome at the end of a large log, and of one with a torn last line', async () => {
    const session = await create('a');
    session.append({ type: 'notice', reason: 'r', text: 'é'.repeat(200_000) });
    session.append(runFinished());
    await session.close();
    appendFileSync(join(dir, 'a', 'events.jsonl'), '{"v":1,"se');
    expect(await listSessions(dir)).toMatchObject([{ outcome: 'completed', problem: null }]);
  });

  it('lists a damaged session with its problem, and no stray files', async () => {
    for (const [id, log] of [
      ['a', 'damaged\n'],
      ['b', ''],
    ] as const) {
      mkdirSync(join(dir, id));
      writeFileSync(join(dir, id, 'events.jsonl'), log);
    }
    mkdirSync(join(dir, 'c'));
    writeFileSync(join(dir, 'note'), '');
    const problems = (await listSessions(dir)).map(({ id, problem }) => [id, problem]);
    expect(problems).toEqual([
      ['c', expect.stringContaining('no session log')],
      ['b', expect.stringContaining('no whole event')],
      ['a', expect.stringContaining('line 1 of events.jsonl is damaged')],
    ]);
  });
});

describe('findSession', () => {
  beforeEach(() => {
    for (const id of ['20260101-a', '20260102-b', '20260102-bc']) mkdirSync(join(dir, id));
  });

  it.each([
    ['20260101-a', '20260101-a'],
    ['20260101', '20260101-a'],
    ['20260102-b', '20260102-b'],
    ['last', '20260102-bc'],
  ])('takes %s for %s', async (asked, id) => {
    expect(await findSession(dir, asked)).toBe(join(dir, id));
  });

  it('refuses a beginning that several have, and names them', async () => {
    await expect(findSession(dir, '20260102')).rejects.toMatchObject({
      kind: 'ambiguous',
      hint: expect.stringContaining('20260102-b, 20260102-bc'),
    });
  });

  it.each(['x', '', '..', '../etc'])('does not find %j, and names the newest', async (asked) => {
    await expect(findSession(dir, asked)).rejects.toMatchObject({
      kind: 'not_found',
      hint: expect.stringContaining('20260102-bc'),
    });
  });

  it('says where it looked when there are none', async () => {
    const none = join(dir, 'none');
    await expect(findSession(none, 'last')).rejects.toMatchObject({
      kind: 'not_found',
      message: `no sessions in ${none}`,
    });
  });
});
