/** A workplace that outlasts its sandbox: when that ends by itself, another one takes its place and the run goes on. */
import { setTimeout as delay } from 'node:timers/promises';
import { type ProcessEnd, type ProcessSandbox, SandboxError } from '../sandbox/index.ts';
import type { Workplace } from './workplace.ts';

/** One that has to be replaced again and again is ended by the task itself, or by a person. */
const MAX_REPLACEMENTS = 2;
/** The end of a container may be heard of a little later than that of the shells in it. */
const GONE_MS = 1_000;

/** What became of the sandbox that the model knew. */
export type Change = 'adopted' | 'replaced';

export type Lasting = Omit<Workplace, 'adopted'> & {
  /** Whether there is a sandbox that has, or may have, work in it. */
  inhabited(): boolean;
  /** Waits until a replacement that is under way is there, or has failed. The change that nobody has been told of yet. */
  change(): Promise<Change | null>;
  /** After a failure: whether the sandbox has been replaced, once that is settled. */
  recovered(): Promise<boolean>;
};

export type LastingOptions = {
  /** Opens the workplace; `again` where it takes the place of one that was lost. */
  open(again: boolean): Workplace;
  /** Whether the first one takes over from a run that crashed, so that the model must be told what it found. */
  afterCrash: boolean;
  /** Whether the run goes on, so that a lost sandbox is needed. */
  wanted(): boolean;
};

/** Opens a workplace. `gone` resolves, and operations fail, when there is no replacement (any more). */
export function openLasting({ open, afterCrash, wanted }: LastingOptions): Lasting {
  let current = open(false);
  let inhabited = false;
  let left = MAX_REPLACEMENTS;
  let untold: Change | null = null;
  let saving: Promise<unknown> = Promise.resolve();
  let settled: Promise<void> = Promise.resolve();
  let lost: (why: SandboxError | null) => void = () => undefined;
  const gone = new Promise<SandboxError | null>((resolve) => {
    lost = resolve;
  });

  const settle = async (place: Workplace): Promise<void> => {
    await place.filled;
    inhabited = wanted();
    place.gone.then((why) => {
      inhabited = false;
      // One that was stopped for a reason would be stopped again.
      if (why !== null || left === 0 || !wanted()) return lost(why);
      left -= 1;
      settled = replace().catch((error: unknown) => lost(error instanceof SandboxError ? error : null));
    });
  };
  const replace = async (): Promise<void> => {
    // What is on its way to the session's folder still counts: the new sandbox begins with it.
    await saving;
    current = open(true);
    await settle(current);
    untold = (await current.adopted) && untold !== 'replaced' ? 'adopted' : 'replaced';
  };
  const first = current;
  settle(first).catch(() => undefined); // Whoever waits for `filled` hears of it.
  if (afterCrash) {
    settled = first.adopted
      .then(
        (adopted) => {
          untold = adopted ? 'adopted' : 'replaced';
        },
        // The failure is in `filled` too, and ends the run.
        () => first.filled.then(undefined, () => undefined),
      )
      .then(() => undefined);
  }
  const sandbox = async (): Promise<ProcessSandbox> => {
    await settled;
    return current.sandbox;
  };

  /** What was lost may have been lost with its sandbox: that is waited for, so that the next step knows. */
  const told = async (end: ProcessEnd): Promise<ProcessEnd> => {
    if (end.reason === 'lost') await Promise.race([current.gone, delay(GONE_MS)]);
    return end;
  };

  return {
    sandbox: {
      exec: async (command, signal) => told(await (await sandbox()).exec(command, signal)),
      spawn: async (command) => {
        const process = await (await sandbox()).spawn(command);
        return {
          command: process.command,
          ended: process.ended.then(told),
          poll: () => process.poll(),
          write: (data) => process.write(data),
          closeStdin: () => process.closeStdin(),
          kill: () => process.kill(),
        };
      },
      readFile: async (path, options) => (await sandbox()).readFile(path, options),
      writeFile: async (path, data) => (await sandbox()).writeFile(path, data),
      list: async (path) => (await sandbox()).list(path),
      dispose: () => current.dispose(),
    },
    filled: first.filled,
    gone,
    inhabited: () => inhabited,
    async change() {
      await settled;
      const change = untold;
      untold = null;
      return change;
    },
    async recovered() {
      if (untold === null) await Promise.race([current.gone, delay(GONE_MS)]);
      await settled;
      return untold !== null;
    },
    async checkpoint(message, recorded) {
      await settled;
      const taken = current.checkpoint(message, recorded);
      saving = taken.catch(() => undefined); // Whoever asked for it hears of a failure.
      return taken;
    },
    harvest: (message) => current.harvest(message),
    deliver: (commit, delivery) => current.deliver(commit, delivery),
    dispose: () => current.dispose(),
  };
}
