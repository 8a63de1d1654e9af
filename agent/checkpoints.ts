/**
 * When the work is saved while a run goes on: while the model thinks, so that no command and no request waits for it. A
 * session whose process is killed then goes on from there.
 */

/** A model that answers sooner than this is not held up by a checkpoint. Real ones take longer; scripted ones do not. */
const THINKING_MS = 150;
/** A checkpoint may take one part in so many of a run's time, however often files change. */
const SHARE = 5;

export type Checkpoints = {
  /** Files may have changed. */
  touched(): void;
  /** A request is out. */
  requested(): void;
  /** It has been answered. */
  answered(): void;
  /** Stops, and resolves when nothing is under way any more. */
  settle(): Promise<void>;
};

/** Decides when `take` is called: never twice at once. What it rejects with is `take`'s to tell; the next one may work. */
export function createCheckpoints(take: () => Promise<unknown>): Checkpoints {
  let dirty = false;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<unknown> | undefined;
  let earliest = 0;

  const begin = () => {
    if (running || stopped) return;
    dirty = false;
    const startedAt = performance.now();
    running = take()
      .catch(() => {
        dirty = true;
      })
      .finally(() => {
        const endedAt = performance.now();
        earliest = endedAt + (endedAt - startedAt) * (SHARE - 1);
        running = undefined;
      });
  };

  return {
    touched() {
      dirty = true;
    },
    requested() {
      if (dirty && !stopped) timer = setTimeout(begin, Math.max(THINKING_MS, earliest - performance.now()));
    },
    answered() {
      clearTimeout(timer);
    },
    async settle() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
