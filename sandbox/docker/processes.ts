/** The process contract over a container's lanes. */
import { randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { createOutputBuffer } from '../output.ts';
import { type Command, type ProcessEnd, SandboxError, type SandboxProcess, WORKSPACE } from '../sandbox.ts';
import { type Lane, newNonce } from './lane.ts';
import { commandScript, internalScript, killScript, type LaneEnd, survivorsScript } from './lane-script.ts';
import type { LanePool } from './lanes.ts';

/** A command's text travels as one argument, which Linux caps at 128 KiB. */
const MAX_COMMAND_BYTES = 120_000;
/** How long a lane may take to report the end of a command whose processes were all killed. */
const KILL_GRACE_MS = 3_000;

export type InternalRun = {
  script: string;
  stdin?: NodeJS.ReadableStream;
  onOutput?: (data: Buffer) => void | Promise<void>;
};

export type Processes = {
  exec(command: Command, signal?: AbortSignal): Promise<ProcessEnd>;
  spawn(command: Command & { stdin?: boolean }): Promise<SandboxProcess>;
  /** Runs shell text of ours as the agent's user and gives its exit code. Throws `SandboxError` when the lane is lost. */
  internal(run: InternalRun): Promise<number>;
};

/** `mainPid` is the container's idle main process, which is nobody's child. */
export function createProcesses(pool: LanePool, mainPid: number): Processes {
  const runScript = async (lane: Lane, run: InternalRun): Promise<LaneEnd> => {
    const nonce = newNonce();
    const { stdin } = run;
    const end = await lane.run({
      nonce,
      script: internalScript(nonce, run.script, stdin !== undefined),
      onOutput: run.onOutput ?? (() => undefined),
      ...(stdin ? { onStdinOpen: (to: Duplex) => void stdin.pipe(to) } : {}),
    });
    if (end === null) throw new SandboxError('lost', 'the sandbox was lost while it served a request of the runtime');
    return end;
  };

  const internal = async (run: InternalRun, extra = false): Promise<number> => {
    const lane = run.stdin ? await pool.open() : await pool.acquire({ extra });
    try {
      return (await runScript(lane, run)).exitCode;
    } finally {
      if (run.stdin) pool.drop(lane, false);
      else pool.release(lane, false);
    }
  };

  /** Gives the lane back, or up when a process of command `id` is still there to write into it. */
  const returnLane = async (lane: Lane, id: string, end: LaneEnd, single: boolean): Promise<void> => {
    const known = new Set([1, mainPid, ...pool.pids()]);
    const strangers = end.pids.filter((pid) => !known.has(pid));
    let survivors = '';
    try {
      if (strangers.length > 0) {
        const onOutput = (data: Buffer) => {
          survivors += data.toString('latin1');
        };
        await internal({ script: survivorsScript(id, strangers), onOutput }, true);
      }
    } finally {
      if (single) pool.drop(lane, survivors !== '');
      else pool.release(lane, survivors !== '');
    }
  };

  const spawn = async (command: Command & { stdin?: boolean }): Promise<SandboxProcess> => {
    const text = command.command;
    const refused = refusal(text);
    if (refused) return refusedProcess(text, refused);
    const id = randomBytes(8).toString('hex');
    const nonce = newNonce();
    const wantsStdin = command.stdin === true;
    const lane = wantsStdin ? await pool.open() : await pool.acquire();
    const output = createOutputBuffer(command.maxOutputBytes);
    const startedAt = performance.now();
    let reason: ProcessEnd['reason'] = 'exited';
    let over = false;
    let stdin: Duplex | undefined;
    const early: string[] = [];
    let closeWanted = false;

    const running = lane.run({
      nonce,
      script: commandScript(lane.hello, {
        id,
        nonce,
        command: text,
        cwd: absolute(command.cwd),
        env: command.env ?? {},
        inheritStdin: wantsStdin,
      }),
      onOutput: (data) => output.push(data),
      onStdinOpen: (to) => {
        stdin = to;
        for (const data of early.splice(0)) to.write(data);
        if (closeWanted) to.end();
      },
    });

    const stop = async (why: 'timeout' | 'killed'): Promise<void> => {
      if (over) return;
      reason = why;
      try {
        await internal({ script: killScript(id, [mainPid, ...pool.pids()]) }, true);
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

    const ended = running.then((end): ProcessEnd => {
      over = true;
      clearTimeout(timer);
      if (end) returnLane(lane, id, end, wantsStdin).catch(() => lane.close());
      else if (wantsStdin) pool.drop(lane, false);
      else pool.release(lane, false);
      if (end === null && reason === 'exited') reason = 'lost';
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
      poll: () => output.take(),
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
    internal: (run) => internal(run),
    spawn,
    async exec(command, signal) {
      const nothing = { head: Buffer.alloc(0), tail: Buffer.alloc(0), totalBytes: 0 };
      if (signal?.aborted) return { exitCode: null, reason: 'killed', output: nothing, durationMs: 0 };
      const process = await spawn(command);
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

function refusal(text: string): string | null {
  if (text.includes('\0')) return 'the command contains a NUL byte, which no shell can take';
  const bytes = Buffer.byteLength(text);
  if (bytes <= MAX_COMMAND_BYTES) return null;
  return `the command is ${bytes} bytes long, over the limit of ${MAX_COMMAND_BYTES}: write it to a file and run that`;
}

/** A process that never ran: shells report 126 for what they cannot execute. */
function refusedProcess(command: string, why: string): SandboxProcess {
  const head = Buffer.from(`${why}\n`);
  const output = { head, tail: Buffer.alloc(0), totalBytes: head.length };
  return {
    command,
    ended: Promise.resolve({ exitCode: 126, reason: 'exited', output, durationMs: 0 }),
    poll: () => output,
    write: () => false,
    closeStdin: () => undefined,
    kill: () => Promise.resolve(),
  };
}
