/** The process contract over a container's lanes. */
import { randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { createOutputBuffer } from '../output.ts';
import { refusal, refusedProcess } from '../refused.ts';
import {
  type Command,
  type LimitBreach,
  type ProcessEnd,
  SandboxError,
  type SandboxProcess,
  type Spawn,
  WORKSPACE,
} from '../sandbox.ts';
import { type Lane, type LaneResult, newNonce } from './lane.ts';
import { commandScript, fullAt, internalScript, killScript, type LaneEnd, survivorsScript } from './lane-script.ts';
import type { LanePool } from './lanes.ts';
import { createExplanation, lastLines, notice, processesBreach } from './limits.ts';

/** How long a lane may take to report the end of a command whose processes were all killed. */
const KILL_GRACE_MS = 3_000;

export type InternalRun = {
  script: string;
  /** What the script reads from its stdin, to the last byte: it may not be more or less than the script expects. */
  stdin?: NodeJS.ReadableStream;
  onOutput?: (data: Buffer) => void | Promise<void>;
  /** Fails in a sandbox at its limit of processes, rather than have all of them ended to make room. */
  ifRoom?: boolean;
};

export type ProcessesOptions = {
  /** Our own processes in the container that are no lanes and nobody's children. */
  own: readonly number[];
  /** How many tasks the container may have, and how much memory. */
  limits: { pids: number; memoryBytes: number };
  /** Called for a breach of these, and for what `noSpace` gives. */
  onBreach: (breach: LimitBreach) => void;
  /** Asked when a command failed for want of space on a disk: which disk is full, or null where that is not known. */
  noSpace: () => Promise<LimitBreach | null>;
};

export type Processes = {
  exec(command: Command, signal?: AbortSignal): Promise<ProcessEnd>;
  spawn(command: Spawn): Promise<SandboxProcess>;
  /** Runs shell text of ours as the agent's user and gives its exit code. Throws `SandboxError` when the lane is lost. */
  internal(run: InternalRun): Promise<number>;
  /**
   * Ends all processes of the agent's user for a breach. The output of each command that runs says so; where none does,
   * that of the next. False when it could not be done.
   */
  endAll(breach: LimitBreach): Promise<boolean>;
  /** From now on each command's output begins with this breach; null: no more. */
  warn(breach: LimitBreach | null): void;
};

/**
 * Where a command or script finds the sandbox at its limit of processes, all of them are ended first, and the next
 * command's output says so.
 */
export function createProcesses(pool: LanePool, options: ProcessesOptions): Processes {
  const { own, limits, onBreach } = options;
  const pidsLimit = limits.pids;
  let rescuesTold = 0;
  let standing: LimitBreach | null = null;
  /** For the next command to tell. */
  const untold: LimitBreach[] = [];
  /** One for each command that runs: says why it is about to be ended. */
  const live = new Set<(why: LimitBreach) => void>();
  const explain = createExplanation(options);
  const take = (single: boolean, extra = false) => (single ? pool.open() : pool.acquire({ extra }));
  const giveBack = (lane: Lane, single: boolean, tainted = false) =>
    single ? pool.drop(lane, tainted) : pool.release(lane, tainted);

  const internal = async (run: InternalRun, extra = false): Promise<number> => {
    const { stdin, script, onOutput = () => undefined, ifRoom = false } = run;
    for (let again = false; ; again = true) {
      const lane = await pool.acquire({ extra });
      const nonce = newNonce();
      // What breaks off would be waited for.
      stdin?.once('error', () => lane.close());
      const end = await lane.run({
        nonce,
        script: internalScript(script, { nonce, pidsLimit, inheritStdin: stdin !== undefined }),
        onOutput,
        ...(stdin ? { onStdinOpen: (to: Duplex) => void stdin.pipe(to, { end: false }) } : {}),
      });
      // Begun before the lane goes back, so that nobody is lent what the rescue will end.
      const rescued = end === 'full' && !again && !ifRoom ? pool.rescue() : false;
      // One that failed may have left some of its stdin unread.
      if (stdin && end !== null && end !== 'full' && end.exitCode !== 0) pool.drop(lane, false);
      else pool.release(lane, false);
      if (end !== null && end !== 'full') return end.exitCode;
      if (!(await rescued)) {
        throw new SandboxError('lost', 'the sandbox was lost while it served a request of the runtime');
      }
    }
  };

  const runOn = (lane: Lane, script: string, onOutput: InternalRun['onOutput'] = () => undefined) => {
    const nonce = newNonce();
    return lane.run({ nonce, script: internalScript(script, { nonce, pidsLimit, inheritStdin: false }), onOutput });
  };

  /** The orphans that the last end has told of. */
  let orphans: readonly number[] = [];

  /**
   * Gives the lane back, or up when a process of command `id` is still there to write into it; `before` are orphans that
   * were there when it began, and so none of its own.
   */
  const returnLane = async (
    lane: Lane,
    id: string,
    end: LaneEnd,
    before: readonly number[],
    single: boolean,
  ): Promise<void> => {
    orphans = end.orphans;
    // At once, before the next command is sent into a sandbox that this one has left full.
    if (end.processes >= fullAt(pidsLimit)) await pool.rescue();
    const known = new Set([1, ...own, ...before, ...pool.pids()]);
    let survivors = '';
    try {
      if (end.orphans.some((pid) => !known.has(pid))) {
        const onOutput = (data: Buffer) => {
          survivors += data.toString('latin1');
        };
        const script = survivorsScript(id);
        // On the lane itself, since others may all be busy: what a survivor writes there meanwhile says that there is one.
        if (single) await internal({ script, onOutput }, true);
        else await runOn(lane, script, onOutput);
      }
    } finally {
      giveBack(lane, single, survivors !== '');
    }
  };

  const spawn = async (command: Spawn): Promise<SandboxProcess> => {
    const text = command.command;
    const refused = refusal(text);
    if (refused) return refusedProcess(text, refused);
    const id = randomBytes(8).toString('hex');
    const wantsStdin = command.stdin === true;
    // Not before the reserve is there: the command may fill the sandbox.
    let [lane] = await Promise.all([take(wantsStdin), pool.reserve()]);
    const output = createOutputBuffer(command.maxOutputBytes);
    const startedAt = performance.now();
    let reason: ProcessEnd['reason'] = 'exited';
    let over = false;
    let cut: LimitBreach | null = null;
    const cutOff = (why: LimitBreach) => {
      cut = why;
      reason = 'killed';
    };
    live.add(cutOff);
    let stdin: Duplex | undefined;
    const early: string[] = [];
    let closeWanted = false;
    let before = orphans;

    const attempt = (): Promise<LaneResult> => {
      if (pool.rescues() > rescuesTold) {
        rescuesTold = pool.rescues();
        const breach = processesBreach(pidsLimit);
        untold.unshift(breach);
        onBreach(breach);
      }
      for (const breach of [...untold.splice(0), ...(standing ? [standing] : [])]) output.push(notice(breach));
      before = orphans;
      const nonce = newNonce();
      return lane.run({
        nonce,
        script: commandScript(lane.hello, {
          id,
          nonce,
          command: text,
          cwd: absolute(command.cwd),
          env: command.env ?? {},
          pidsLimit,
          inheritStdin: wantsStdin,
        }),
        onOutput: (data) => {
          output.push(data);
          command.onOutput?.(data);
        },
        copies: true,
        onStdinOpen: (to) => {
          stdin = to;
          for (const data of early.splice(0)) to.write(data);
          if (closeWanted) to.end();
        },
      });
    };
    const runToEnd = async (): Promise<LaneEnd | null> => {
      const end = await attempt();
      if (end !== 'full') return end;
      if (!(await pool.rescue())) return null;
      giveBack(lane, wantsStdin);
      lane = await take(wantsStdin);
      // It may have been killed before it ran.
      const second = reason === 'exited' ? await attempt() : null;
      return second === 'full' ? null : second;
    };
    // A process's end never rejects: it is `lost` where no lane is to be had, and the next request says why.
    const running = runToEnd().catch(() => null);

    const stop = async (why: 'timeout' | 'killed'): Promise<void> => {
      if (over) {
        // What it has left running has its mark still.
        if (why === 'killed') await internal({ script: killScript(id, [...own, ...pool.pids()]) }, true);
        return;
      }
      reason = why;
      try {
        await internal({ script: killScript(id, [...own, ...pool.pids()]) }, true);
      } finally {
        const late = setTimeout(() => lane.close(), KILL_GRACE_MS);
        running.finally(() => clearTimeout(late));
      }
      await running;
    };
    const timer =
      command.timeoutMs === undefined
        ? undefined
        : setTimeout(() => stop('timeout').catch(() => lane.close()), command.timeoutMs);

    const ended = running.then(async (end): Promise<ProcessEnd> => {
      over = true;
      live.delete(cutOff);
      clearTimeout(timer);
      if (end) returnLane(lane, id, end, before, wantsStdin).catch(() => lane.close());
      // A lane that was killed is told to the pool whatever it was opened for: others may have died with it.
      else giveBack(lane, wantsStdin && lane.alive());
      if (end === null && reason === 'exited') reason = 'lost';
      const breach = cut ?? (end === null ? null : await explain(end, output));
      if (breach) output.push(notice(breach, lastLines(output)));
      return {
        exitCode: end?.exitCode ?? null,
        reason,
        output: output.whole(),
        durationMs: performance.now() - startedAt,
      };
    });

    return {
      command: text,
      ended,
      poll: () => output.take(over),
      write(data) {
        if (!wantsStdin || over || closeWanted) return false;
        if (stdin) stdin.write(data);
        else early.push(data);
        return true;
      },
      closeStdin() {
        closeWanted = true;
        stdin?.end();
      },
      kill: () => stop('killed'),
    };
  };

  return {
    internal: (run) => internal(run, run.ifRoom),
    async endAll(breach) {
      if (live.size === 0) untold.push(breach);
      for (const cutOff of live) cutOff(breach);
      const ended = await pool.rescue();
      // What is told of it is the breach.
      rescuesTold = pool.rescues();
      return ended;
    },
    warn(breach) {
      standing = breach;
    },
    spawn,
    async exec(command, signal) {
      const nothing = { head: Buffer.alloc(0), tail: Buffer.alloc(0), totalBytes: 0 };
      if (signal?.aborted) return { exitCode: null, reason: 'killed', output: nothing, durationMs: 0 };
      const process = await spawn(command);
      // A kill that fails gives the lane up, which ends the process as `killed`.
      const kill = () => void process.kill().catch(() => undefined);
      // It may have been aborted while the command was waiting for a lane.
      if (signal?.aborted) kill();
      signal?.addEventListener('abort', kill, { once: true });
      const end = await process.ended;
      signal?.removeEventListener('abort', kill);
      return end;
    },
  };
}

/** A path as the container sees it: relative ones start at the workspace's root. */
export function absolute(path: string | undefined): string {
  if (path === undefined || path === '') return WORKSPACE;
  return path.startsWith('/') ? path : `${WORKSPACE}/${path}`;
}
