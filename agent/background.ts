/** The processes that tool calls have left running: each has one end in the log, and the model hears of it once. */
import type { ProcessEnd, SandboxProcess } from '../sandbox/index.ts';
import { howItEnded, type ToolState } from '../tools/index.ts';
import { quoted } from './sandbox-news.ts';
import type { Log } from './turn.ts';

export type Background = {
  /** Looks for processes that were left running since the last call, and watches them. For after each tool call. */
  watch(): void;
  /** Logs what the model must hear before it is asked: which processes have ended that it does not know of. */
  tell(): void;
  /** Forgets all of them: they have gone with their sandbox, and whoever calls has told of it. */
  forget(): void;
  /** Kills what still runs, so that the files stand still; resolves when each has its end in the log. */
  end(): Promise<void>;
  /** Logs the end of each that has none: there is nothing left to kill. */
  lose(): void;
};

/** Watches the processes in `state`. */
export function watchBackground(state: ToolState, log: Log): Background {
  /** Those without an end in the log. */
  const open = new Map<SandboxProcess, string>();
  /** Those that are known here, so that none is watched twice. */
  const seen = new WeakSet<SandboxProcess>();
  /** Those that have ended, of which the model has not been told. */
  const untold = new Map<SandboxProcess, ProcessEnd>();

  const logEnd = (process: SandboxProcess, { exitCode, reason }: Pick<ProcessEnd, 'exitCode' | 'reason'>) => {
    const handle = open.get(process);
    if (handle === undefined) return;
    open.delete(process);
    log({ type: 'process.ended', handle, exitCode, reason });
  };
  const lose = () => {
    for (const process of [...open.keys()]) logEnd(process, { exitCode: null, reason: 'lost' });
  };

  return {
    watch() {
      for (const [handle, process] of state.processes) {
        if (seen.has(process)) continue;
        seen.add(process);
        open.set(process, handle);
        process.ended
          .then((end) => {
            untold.set(process, end);
            // Whether it was lost alone, or with its sandbox, is known a little later.
            if (end.reason !== 'lost') logEnd(process, end);
          })
          // What cannot be logged here cannot be at the next event either, and that ends the run.
          .catch(() => undefined);
      }
    },
    tell() {
      const lines: string[] = [];
      for (const [process, end] of untold) {
        logEnd(process, end);
        const handle = [...state.processes].find(([, running]) => running === process)?.[0];
        // Whoever polled or killed it has seen how it ended.
        if (handle !== undefined) lines.push(`${handle} (${quoted(process.command)}) has ended: ${howItEnded(end)}.`);
      }
      untold.clear();
      if (lines.length === 0) return;
      const text = `${lines.join('\n')}\nWhat was not shown yet of the output can be had with a poll.`;
      log({ type: 'notice', reason: 'process_ended', text });
    },
    forget() {
      open.clear();
      untold.clear();
      state.processes.clear();
    },
    async end() {
      await Promise.all(
        [...open.keys()].map(async (process) => {
          const killed = await process.kill().then(
            () => true,
            // One that cannot be ended must not cost the work that is beside it; it ends with the sandbox.
            () => false,
          );
          if (killed) logEnd(process, await process.ended);
        }),
      );
      lose();
    },
    lose,
  };
}
