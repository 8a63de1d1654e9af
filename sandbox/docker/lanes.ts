/**
 * The lanes of one container: opened on demand, lent to one command after another, given up when tainted. One more,
 * the reserve, is lent to nobody: in a container at its limit of processes it is what can still act.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { type Lane, newNonce } from './lane.ts';
import { rescueScript } from './lane-script.ts';

/** More commands at once than this wait for a lane; docs/benchmarks.md has what so many cost. */
const MAX_LANES = 16;

/** So many are opened at once: an exec takes 100 ms of a processor, so that more of them would only make the first late. */
const MAX_OPENING = 2;

/** How long a rescue may take: a slow machine needs seconds to end a thousand processes. */
const RESCUE_MS = 10_000;
const RESCUE_PAUSE_MS = 50;

export type LanePool = {
  /** Lends a lane that nothing else uses. `extra` opens one beyond the limit rather than wait (for kills). */
  acquire(options?: { extra?: boolean }): Promise<Lane>;
  /** Opens a lane for a single command that takes its stdin; it never joins the pool and goes back by `drop`. */
  open(): Promise<Lane>;
  /** Closes a lane that `open` gave; `tainted` as for `release`. */
  drop(lane: Lane, tainted: boolean): void;
  /** Takes a lane back. `tainted`: a process that outlived its command still holds the lane's output. */
  release(lane: Lane, tainted: boolean): void;
  /** Opens the reserve where there is none; resolves when that has succeeded or failed. */
  reserve(): Promise<void>;
  /**
   * Ends every process of the agent's user, and with them all lanes but the reserve. False when that was not possible
   * or made no room. What calls while one is under way shares it.
   */
  rescue(): Promise<boolean>;
  /** How many rescues have made room so far. */
  rescues(): number;
  /** The pids of all lanes that live, in the container. */
  pids(): number[];
  close(): void;
};

/** Ends all that the lane's user runs, but for the lane itself; false where that was not possible or made no room. */
export async function endOthers(lane: Lane, pidsLimit: number): Promise<boolean> {
  // A lane that a command has stopped does not answer.
  const late = setTimeout(() => lane.close(), RESCUE_MS);
  try {
    for (;;) {
      const nonce = newNonce();
      const end = await lane.run({ nonce, script: rescueScript(nonce, pidsLimit), onOutput: () => undefined });
      if (end === null) return false;
      if (end !== 'full') return true;
      await delay(RESCUE_PAUSE_MS);
    }
  } finally {
    clearTimeout(late);
  }
}

/** Makes a pool over `openOne`, which opens a lane or rejects with the reason why none can be had. */
export function createLanePool(openOne: () => Promise<Lane>, pidsLimit: number): LanePool {
  const all = new Set<Lane>();
  const idle: Lane[] = [];
  /** Lanes whose output a process still holds: read and dropped, never lent again. */
  const retired: Lane[] = [];
  const waiting: { resolve: (lane: Lane) => void; reject: (reason: unknown) => void }[] = [];
  /** Lanes that a rescue has closed. */
  const emptied = new WeakSet<Lane>();
  /** How many lanes are being opened, and how many of those for `waiting`. */
  let opening = 0;
  let coming = 0;
  /** The reserve, and its opening while that is under way. */
  let spare: Lane | undefined;
  let sparing: Promise<void> | undefined;
  let rescuing: Promise<boolean> | undefined;
  let rescues = 0;

  const reserve = async (): Promise<void> => {
    if (spare?.alive()) return;
    const keep = (lane: Lane) => {
      spare = lane;
    };
    // Without one a full sandbox ends the session, which is told then; until then it is tried again.
    sparing ??= openOne()
      .then(keep, () => undefined)
      .finally(() => {
        sparing = undefined;
      });
    await sparing;
  };

  const clear = async (): Promise<boolean> => {
    if (!spare?.alive()) await reserve();
    const lane = spare;
    if (!lane?.alive()) return false;
    idle.length = 0;
    for (const other of [...all, ...retired.splice(0)]) {
      emptied.add(other);
      other.close();
    }
    all.clear();
    if (!(await endOthers(lane, pidsLimit))) return false;
    rescues += 1;
    return true;
  };
  const rescue = (): Promise<boolean> => {
    rescuing ??= clear().finally(() => {
      rescuing = undefined;
    });
    return rescuing;
  };

  const open = async (): Promise<Lane> => {
    opening += 1;
    try {
      for (let again = false; ; again = true) {
        while (rescuing) await rescuing;
        const before = rescues;
        try {
          const lane = await openOne();
          if (rescues === before && !rescuing) {
            all.add(lane);
            return lane;
          }
          // The rescue has killed it or is about to.
          lane.close();
        } catch (error) {
          if (again || (rescues === before && !(await rescue()))) throw error;
        }
      }
    } finally {
      opening -= 1;
    }
  };
  const free = (lane: Lane) => {
    const next = waiting.shift();
    if (next) next.resolve(lane);
    else idle.push(lane);
  };
  /** Opens lanes for who waits. Each is served by whatever lane comes first, a new one or one that was given back. */
  const openMore = () => {
    for (const lane of all) if (!lane.alive()) all.delete(lane);
    while (coming < Math.min(waiting.length, MAX_OPENING) && all.size + opening < MAX_LANES) {
      coming += 1;
      open()
        .then(free, (reason: unknown) => waiting.shift()?.reject(reason))
        .finally(() => {
          coming -= 1;
          openMore();
        });
    }
  };

  return {
    open,
    async acquire({ extra = false } = {}) {
      while (rescuing) await rescuing;
      for (let lane = idle.pop(); lane; lane = idle.pop()) if (lane.alive()) return lane;
      if (extra) return open();
      return new Promise((resolve, reject) => {
        waiting.push({ resolve, reject });
        openMore();
      });
    },
    drop(lane, tainted) {
      all.delete(lane);
      if (tainted) {
        lane.retire();
        retired.push(lane);
      } else {
        lane.close();
      }
      openMore();
    },
    release(lane, tainted) {
      if (lane.alive() && !tainted) return free(lane);
      all.delete(lane);
      if (tainted) {
        lane.retire();
        retired.push(lane);
      } else if (!emptied.has(lane)) {
        // Whatever killed this one may have killed others, whose end is not noticed yet.
        spare?.close();
        for (const other of idle.splice(0)) {
          all.delete(other);
          other.close();
        }
      }
      openMore();
    },
    reserve,
    rescue,
    rescues: () => rescues,
    pids: () =>
      [...all, ...retired, ...(spare ? [spare] : [])].filter((lane) => lane.alive()).map((lane) => lane.hello.pid),
    close() {
      for (const lane of [...all, ...retired]) lane.close();
      spare?.close();
      all.clear();
      idle.length = 0;
    },
  };
}
