/**
 * When the work is saved while a run goes on: after each turn that changed files, while the model thinks, so that no request
 * waits for it. A session whose process is killed goes on from there, and a person can go back to each.
 */

/**
 * A command may have changed files, or not. That is only looked at beside a model that thinks for so long, since a step
 * must not pay for a look that finds nothing. Real models take longer; scripted ones do not.
 */
const THINKING_MS = 100;
/** Looks that may find nothing take at most one part in so many of a run's time. */
const SHARE = 5;

/**
 * Saves the files as they are after `turn`. `recorded` is called when they may change again, which is before the promise
 * resolves.
 */
export type TakeCheckpoint = (turn: number, recorded: () => void) => Promise<unknown>;

export type Checkpoints = {
  /** A tool has changed files (`surely`), or may have. */
  touched(surely: boolean): void;
  /** A request is out, after so many turns. */
  requested(turn: number): void;
  /** It has been answered. */
  answered(): void;
  /** Resolves when files may be changed: none is being recorded. Never rejects. */
  still(): Promise<void>;
  /** Stops, and resolves when nothing is under way any more. */
  settle(): Promise<void>;
};

/** Decides when `take` is called: never twice at once. What it rejects with is `take`'s to tell; the next one may work. */
export function createCheckpoints(take: TakeCheckpoint): Checkpoints {
  let changed: 'no' | 'maybe' | 'surely' = 'no';
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  let recording: Promise<void> = Promise.resolve();
  let earliest = 0;

  const begin = (turn: number) => {
    const before = changed;
    changed = 'no';
    recording = new Promise((recorded) => {
      running = running.then(async () => {
        const startedAt = performance.now();
        try {
          await take(turn, recorded);
        } catch {
          // `take` has told of it; what was not saved is taken along by the next one.
          if (changed === 'no' || before === 'surely') changed = before;
        }
        recorded();
        const endedAt = performance.now();
        earliest = endedAt + (endedAt - startedAt) * (SHARE - 1);
      });
    });
  };

  return {
    touched(surely) {
      if (surely || changed === 'no') changed = surely ? 'surely' : 'maybe';
    },
    requested(turn) {
      if (stopped || changed === 'no') return;
      if (changed === 'surely') begin(turn);
      else timer = setTimeout(() => begin(turn), Math.max(THINKING_MS, earliest - performance.now()));
    },
    answered() {
      clearTimeout(timer);
    },
    still: () => recording,
    async settle() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
