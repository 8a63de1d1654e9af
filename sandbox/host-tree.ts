/** Process trees on the host: every process that a command started carries a mark in its environment and its limits. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import type { HostUser } from './host-user.ts';

/** The variable that marks the processes of a command; nested sandboxes append to it, so that an outer kill finds all. */
export const MARKER_VARIABLE = 'DRYDOCK_PROCESS';

/**
 * What marks a command's processes. `text` is in `MARKER_VARIABLE`; `lockLimits`, from and below which their hard limit of
 * file locks lies, outlives a cleared environment: Linux keeps that limit but does not enforce it. It can be lowered only,
 * but by root, so that a nested sandbox may have to do without.
 */
export type Mark = { text: string; lockLimits: readonly [from: number, below: number] };

/** A sandbox has so many commands before their second marks come round again. */
const MAX_MARKS = 2 ** 16;

/** The marks of a sandbox's commands, one after the other, and the one that stands for all of them. */
export function newMarks(): { next(): Mark; all: Mark } {
  const nonce = randomBytes(9).toString('hex');
  const from = randomBytes(4).readUInt32LE() * MAX_MARKS;
  let count = 0;
  return {
    all: { text: `:${nonce}.`, lockLimits: [from, from + MAX_MARKS] },
    next: () => {
      count += 1;
      const own = from + (count % MAX_MARKS);
      return { text: `:${nonce}.${count}:`, lockLimits: [own, own + 1] };
    },
  };
}

/** How often a tree is looked for and killed: a process may fork while it is being killed. */
const KILL_ROUNDS = 50;
const KILL_ROUND_MS = 10;

/**
 * Ids of the processes with a mark. Empty where there is no `/proc`. The environments of another user's are read as that
 * user: root in a container may not.
 */
async function findMarked({ text: marker, lockLimits }: Mark, user: HostUser | null): Promise<number[]> {
  const others = listProc().filter((pid) => pid !== process.pid);
  const limited = others.filter((pid) => hasLimit(pid, lockLimits));
  if (user) {
    const search = spawn('sh', ['-c', 'exec grep -ls -F -e "$1" /proc/[0-9]*/environ', 'sh', marker], {
      ...{ uid: user.uid, gid: user.gid, cwd: '/', env: { PATH: process.env.PATH } },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const found = [...(await text(search.stdout)).matchAll(/^\/proc\/(\d+)\//gm)];
    return [...limited, ...found.map(([, pid]) => Number(pid))];
  }
  const marked = others.filter((pid) => {
    const variables = readOf(pid, 'environ').split('\0');
    return variables.some((variable) => variable.startsWith(`${MARKER_VARIABLE}=`) && variable.includes(marker));
  });
  return [...limited, ...marked];
}

function hasLimit(pid: number, [from, below]: Mark['lockLimits']): boolean {
  const hard = Number(/^Max file locks +\S+ +(\d+)/m.exec(readOf(pid, 'limits'))?.[1] ?? -1);
  // One that has ended keeps its limits until its parent asks for it.
  return from <= hard && hard < below && !/^State:\s+Z/m.test(readOf(pid, 'status'));
}

function listProc(): number[] {
  try {
    return readdirSync('/proc').map(Number).filter(Number.isInteger);
  } catch {
    return []; // Not Linux: only the process group can be killed there.
  }
}

function readOf(pid: number, file: 'environ' | 'limits' | 'status'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return ''; // It has ended, or belongs to another user: not one of ours.
  }
}

/** Sends SIGKILL; a negative id means a process group. False when there was nothing to kill. */
function killNow(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch {
    return false; // It has ended in the meantime.
  }
}

/** Kills every process with the mark, and the process group `group` where one is given, until none is left. */
export async function killTree(mark: Mark, user: HostUser | null, group?: number): Promise<void> {
  if (group !== undefined) killNow(-group);
  for (let round = 0; round < KILL_ROUNDS; round++) {
    const pids = await findMarked(mark, user);
    if (pids.length === 0) return;
    for (const pid of pids) killNow(pid);
    await delay(KILL_ROUND_MS);
  }
}
