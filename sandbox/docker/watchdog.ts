/**
 * Holds a container to its limit of disk and files where the storage driver has no quota (overlay2 on ext4, say).
 *
 * What it may cost decided how it looks. `stat -f` through a lane takes a few milliseconds whatever the sandbox holds,
 * but sees the whole disk of the engine; the engine's own `SizeRw` is the sandbox's alone and cannot be hidden from
 * (folders that are closed to their owner count), but walks its files: 0.5 s for 100,000, 2.1 s for 400,000. So the disk
 * is asked, and the engine only when so much of the disk went since it was last asked that it could be the sandbox's
 * doing. What others free at the same time delays that; what is deleted but still open is not counted.
 */
import type { LimitBreach } from '../sandbox.ts';
import { type DiskSpace, diskBreach, fullDisk } from './limits.ts';

/** Between two looks, while commands run. */
const LOOK_MS = 2_000;
/** Looking takes at most one part in so many of the time. */
const SHARE = 20;
/** Over the limit, further growth by this part of it has everything ended again, and by that part ends the sandbox. */
const GROWTH = 0.02;
const TOO_FAR = 1.5;

export type WatchdogOptions = {
  limits: { diskBytes: number; inodes: number };
  /** Cheap: the disk that the sandbox lies on. Rejects where it cannot be asked now. */
  space: () => Promise<DiskSpace>;
  /** Dear: the bytes that the sandbox has written. */
  written: () => Promise<number>;
  /** Dear: the files in the sandbox, those of the image included. */
  files: () => Promise<number>;
  /** The limit was met, or after that passed further: the agent's processes are to be ended. */
  onBreach: (breach: LimitBreach) => Promise<void>;
  /** How it stands with the limit: over it, or (null) not any more. */
  onStanding: (breach: LimitBreach | null) => void;
  /** The sandbox goes on growing whatever is done. */
  onHopeless: (breach: LimitBreach) => Promise<void>;
};

export type Watchdog = {
  /** Looks at once, for what is written from now on to be told from what was there. */
  begin(): void;
  /** Where the sandbox is over its limit: looks at once, so that the next command is told how it stands. */
  before(): Promise<void>;
  /** Looks now and then until `work` has ended, and once more after. */
  during(work: Promise<unknown>): void;
  /** Whose disk is full, where one is. */
  fullDisk(): Promise<LimitBreach | null>;
  stop(): void;
};

type Kind = 'disk' | 'inodes';

/** Makes a watchdog. It asks nothing while no command runs. */
export function createWatchdog(options: WatchdogOptions): Watchdog {
  const { limits, space } = options;
  const limitOf: Record<Kind, number> = { disk: limits.diskBytes, inodes: limits.inodes };
  /** What would be free if the sandbox had written nothing. */
  let unwritten: Record<Kind, number> | undefined;
  /** For each limit that the sandbox is over: what was seen when it was last acted on. */
  const over: Record<Kind, number | null> = { disk: null, inodes: null };
  let running = 0;
  let due = false;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> | undefined;

  const judge = async (kind: Kind, observed: number): Promise<void> => {
    const limit = limitOf[kind];
    const before = over[kind];
    const breach = (done: string) => diskBreach(kind, limit, observed, done);
    if (observed < limit) {
      over[kind] = null;
      if (before !== null) options.onStanding(null);
    } else if (before !== null && observed > limit * TOO_FAR) {
      stopped = true;
      await options.onHopeless(breach('it went on growing after its processes were ended, so it was stopped'));
    } else {
      options.onStanding(breach('delete what is not needed before anything else'));
      if (before !== null && observed <= before + limit * GROWTH) return;
      over[kind] = observed;
      await options.onBreach(breach('all processes in it were ended; delete what is not needed'));
    }
  };

  const look = async (): Promise<void> => {
    const { freeBytes, freeInodes, totalInodes } = await space();
    unwritten ??= { disk: freeBytes, inodes: freeInodes };
    if (over.disk !== null || unwritten.disk - freeBytes >= limitOf.disk) {
      const bytes = await options.written();
      unwritten.disk = freeBytes + bytes;
      await judge('disk', bytes);
    }
    if (totalInodes > 0 && (over.inodes !== null || unwritten.inodes - freeInodes >= limitOf.inodes)) {
      const files = await options.files();
      unwritten.inodes = freeInodes + files;
      await judge('inodes', files);
    }
  };
  const lookOnce = async (): Promise<void> => {
    if (stopped) return;
    looking ??= look()
      // A sandbox that cannot be asked now is asked again; one that is lost is told by whoever uses it.
      .catch(() => undefined)
      .finally(() => {
        looking = undefined;
      });
    await looking;
  };

  const plan = (waitMs: number) => {
    if (timer || stopped) return;
    timer = setTimeout(tick, waitMs);
    timer.unref();
  };
  const tick = async () => {
    due = false;
    const startedAt = performance.now();
    await lookOnce();
    const tookMs = performance.now() - startedAt;
    timer = undefined;
    if (running > 0 || due) plan(Math.max(LOOK_MS, tookMs * (SHARE - 1)));
  };

  return {
    begin: () => void lookOnce(),
    async before() {
      if (over.disk !== null || over.inodes !== null) await lookOnce();
    },
    during(work) {
      const ended = () => {
        running -= 1;
        due = true;
        plan(LOOK_MS);
      };
      running += 1;
      plan(LOOK_MS);
      work.then(ended, ended);
    },
    // What cannot be asked explains nothing.
    fullDisk: () =>
      space().then(
        (now) => fullDisk(now, limits.diskBytes),
        () => null,
      ),
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
