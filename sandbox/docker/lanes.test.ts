import { afterEach, expect, it, vi } from 'vitest';
import type { Lane, LaneResult } from './lane.ts';
import { createLanePool } from './lanes.ts';

const LIMIT = 1024;

type FakeLane = Lane & { scripts: string[] };

/** A lane with `pid` that answers each run with what `answer` says. */
function fakeLane(pid: number, answer: () => LaneResult | Promise<LaneResult>): FakeLane {
  let alive = true;
  let closed: (end: null) => void = () => undefined;
  const scripts: string[] = [];
  return {
    hello: { pid, bash: true, setsid: true, git: true },
    scripts,
    run: ({ script }) => {
      scripts.push(script);
      const lost = new Promise<null>((resolve) => {
        closed = resolve;
      });
      return alive ? Promise.race([lost, answer()]) : Promise.resolve(null);
    },
    alive: () => alive,
    retire: () => undefined,
    close: () => {
      alive = false;
      closed(null);
    },
  };
}

/** A pool over fake lanes; while `failing` says so none can be opened. `opened` has them in order. */
function makePool(answer: () => LaneResult | Promise<LaneResult> = () => ({ exitCode: 0, processes: 2, orphans: [] })) {
  const opened: FakeLane[] = [];
  const state = { failing: false };
  const pool = createLanePool(async () => {
    if (state.failing) throw new Error('no room for a shell');
    const lane = fakeLane(opened.length + 1, () => {
      state.failing = false;
      return answer();
    });
    opened.push(lane);
    return lane;
  }, LIMIT);
  const at = (index: number): FakeLane => {
    const lane = opened[index];
    if (!lane) throw new Error(`no lane ${index}`);
    return lane;
  };
  return { pool, opened, state, at };
}

afterEach(() => void vi.useRealTimers());

it('the reserve is lent to nobody, and is among the pids that a kill spares', async () => {
  const { pool } = makePool();
  const first = await pool.acquire();
  await pool.reserve();
  pool.release(first, false);
  const pids = [await pool.acquire(), await pool.acquire(), await pool.acquire({ extra: true })].map(
    (lane) => lane.hello.pid,
  );
  expect(pids).toEqual([1, 3, 4]);
  expect(pool.pids().sort()).toEqual([1, 2, 3, 4]);
});

it('the reserve is opened once while it lives, and again when it has died', async () => {
  const { pool, opened, at } = makePool();
  await Promise.all([pool.reserve(), pool.reserve()]);
  await pool.reserve();
  expect(opened).toHaveLength(1);
  at(0).close();
  await pool.reserve();
  expect(opened).toHaveLength(2);
});

it('the reserve is opened anew when a lane was killed: what killed it may have killed both', async () => {
  const { pool, at } = makePool();
  await pool.reserve();
  const killed = await pool.acquire();
  killed.close();
  pool.release(killed, false);
  expect(at(0).alive()).toBe(false);
  await pool.reserve();
  expect(at(2).alive()).toBe(true);
});

it('a lane that a rescue has ended takes neither the reserve nor new lanes along', async () => {
  const { pool, at } = makePool();
  await pool.reserve();
  const ended = await pool.acquire();
  await pool.rescue();
  const fresh = await pool.acquire();
  pool.release(fresh, false);
  pool.release(ended, false);
  expect([ended, at(0), fresh].map((lane) => lane.alive())).toEqual([false, true, true]);
});

it('a reserve that cannot be opened is no error, and is tried again', async () => {
  const { pool, state, opened } = makePool();
  state.failing = true;
  await pool.reserve();
  state.failing = false;
  await pool.reserve();
  expect(opened).toHaveLength(1);
});

it('a lane that cannot be opened is opened after a rescue, which ends all lanes but the reserve', async () => {
  const { pool, state, at } = makePool();
  await pool.reserve();
  const [busy, single] = [await pool.acquire(), await pool.open()];
  state.failing = true;
  const lane = await pool.acquire();
  expect([busy.alive(), single.alive(), at(0).alive(), lane.alive()]).toEqual([false, false, true, true]);
  expect(at(0).scripts).toHaveLength(1);
  expect(pool.rescues()).toBe(1);
});

it('an opening that fails without a reserve, and without room for one, fails with its own reason', async () => {
  const { pool, state } = makePool();
  const busy = await pool.acquire();
  state.failing = true;
  await expect(pool.acquire()).rejects.toThrow('no room for a shell');
  expect([busy.alive(), pool.rescues()]).toEqual([true, 0]);
});

it('who asks for a rescue while one is under way shares it, and who asks for a lane waits for its end', async () => {
  let end: (result: LaneResult) => void = () => undefined;
  const { pool, opened, at } = makePool(
    () =>
      new Promise((resolve) => {
        end = resolve;
      }),
  );
  await pool.reserve();
  pool.release(await pool.acquire(), false);
  const rescues = [pool.rescue(), pool.rescue()];
  const acquired = Promise.all([pool.acquire(), pool.open()]);
  await new Promise(setImmediate);
  expect(opened).toHaveLength(2);
  end({ exitCode: 0, processes: 2, orphans: [] });
  expect(await Promise.all(rescues)).toEqual([true, true]);
  expect((await acquired).map((lane) => lane.hello.pid)).toEqual([3, 4]);
  expect(at(0).scripts).toHaveLength(1);
});

it('a lane whose opening was under way when a rescue began is replaced: its shell was killed', async () => {
  const { pool, at } = makePool();
  await pool.reserve();
  const opening = pool.open();
  await Promise.all([pool.rescue(), opening]);
  expect(at(1).alive()).toBe(false);
  expect((await opening).hello.pid).toBe(3);
});

it('a rescue goes on until what it killed is reaped', async () => {
  const answers: LaneResult[] = ['full', 'full', { exitCode: 0, processes: 2, orphans: [] }];
  const { pool, at } = makePool(() => answers.shift() ?? null);
  await pool.reserve();
  expect(await pool.rescue()).toBe(true);
  expect(at(0).scripts).toHaveLength(3);
});

it('a rescue on a reserve that does not answer fails, and the reserve is given up', async () => {
  vi.useFakeTimers();
  const { pool, at } = makePool(() => new Promise(() => undefined));
  await pool.reserve();
  const rescue = pool.rescue();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(await rescue).toBe(false);
  expect([at(0).alive(), pool.rescues()]).toEqual([false, 0]);
});

it('a command that waits for a lane gets one after a rescue', async () => {
  const { pool } = makePool();
  await pool.reserve();
  const lent = await Promise.all(Array.from({ length: 16 }, () => pool.acquire()));
  const waiting = pool.acquire();
  await pool.rescue();
  for (const lane of lent) pool.release(lane, false);
  expect((await waiting).alive()).toBe(true);
});

it('who waits gets the lane that is free first, whether it was opened for that or given back; two are opened at a time', async () => {
  const openings: ((lane: Lane) => void)[] = [];
  const pool = createLanePool(() => new Promise<Lane>((resolve) => openings.push(resolve)), LIMIT);
  const turn = () => new Promise(setImmediate);
  const served: number[] = [];
  for (let index = 0; index < 4; index += 1) void pool.acquire().then(() => served.push(index));
  await turn();
  expect(openings).toHaveLength(2);
  const lane = fakeLane(1, () => ({ exitCode: 0, processes: 0, orphans: [] }));
  openings[0]?.(lane);
  await turn();
  expect([served, openings.length]).toEqual([[0], 3]);
  for (let round = 0; round < 3; round += 1) pool.release(lane, false);
  await turn();
  expect(served).toEqual([0, 1, 2, 3]);
});
