/** The lanes of one container: opened on demand, lent to one command after another, given up when tainted. */
import type { Lane } from './lane.ts';

/** More commands at once than this wait for a lane; an engine serves sixteen in 16 ms each (docs/benchmarks.md). */
const MAX_LANES = 16;

export type LanePool = {
  /** Lends a lane that nothing else uses. `extra` opens one beyond the limit rather than wait (for kills). */
  acquire(options?: { extra?: boolean }): Promise<Lane>;
  /** Opens a lane for a single command that takes its stdin; it never joins the pool and goes back by `drop`. */
  open(): Promise<Lane>;
  /** Closes a lane that `open` gave; `tainted` as for `release`. */
  drop(lane: Lane, tainted: boolean): void;
  /** Takes a lane back. `tainted`: a process that outlived its command still holds the lane's output. */
  release(lane: Lane, tainted: boolean): void;
  /** Opens one more idle lane in the background, so that the next concurrent command finds it. */
  warm(): void;
  /** The pids of all lanes that live, in the container. */
  pids(): number[];
  close(): void;
};

/** Makes a pool over `openOne`, which opens a lane or rejects with the reason why none can be had. */
export function createLanePool(openOne: () => Promise<Lane>): LanePool {
  const all = new Set<Lane>();
  const idle: Lane[] = [];
  /** Lanes whose output a process still holds: read and dropped, never lent again. */
  const retired: Lane[] = [];
  const waiting: { resolve: (lane: Lane) => void; reject: (reason: unknown) => void }[] = [];
  let opening = 0;

  const open = async (): Promise<Lane> => {
    opening += 1;
    try {
      const lane = await openOne();
      all.add(lane);
      return lane;
    } finally {
      opening -= 1;
    }
  };
  const forget = () => {
    for (const lane of all) if (!lane.alive()) all.delete(lane);
  };
  const free = (lane: Lane) => {
    const next = waiting.shift();
    if (next) next.resolve(lane);
    else idle.push(lane);
  };

  return {
    open,
    async acquire({ extra = false } = {}) {
      for (let lane = idle.pop(); lane; lane = idle.pop()) if (lane.alive()) return lane;
      forget();
      if (extra || all.size + opening < MAX_LANES) return open();
      return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
    },
    drop(lane, tainted) {
      all.delete(lane);
      if (tainted) {
        lane.retire();
        retired.push(lane);
      } else {
        lane.close();
      }
    },
    release(lane, tainted) {
      if (lane.alive() && !tainted) return free(lane);
      all.delete(lane);
      if (tainted) {
        lane.retire();
        retired.push(lane);
      } else {
        // Whatever killed this one may have killed others, whose end is not noticed yet.
        for (const other of idle.splice(0)) {
          all.delete(other);
          other.close();
        }
      }
      const next = waiting.shift();
      if (next) open().then(next.resolve, next.reject);
    },
    warm() {
      open().then(free, () => undefined);
    },
    pids: () => [...all, ...retired].filter((lane) => lane.alive()).map((lane) => lane.hello.pid),
    close() {
      for (const lane of [...all, ...retired]) lane.close();
      all.clear();
      idle.length = 0;
    },
  };
}
