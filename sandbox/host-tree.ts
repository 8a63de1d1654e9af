/** Process trees on the host: every process that a command started carries a marker in its environment. */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import type { HostUser } from './host-user.ts';

/** The variable that marks the processes of a command; nested sandboxes append to it, so that an outer kill finds all. */
export const MARKER_VARIABLE = 'DRYDOCK_PROCESS';

/** How often a tree is looked for and killed: a process may fork while it is being killed. */
const KILL_ROUNDS = 50;
const KILL_ROUND_MS = 10;

/**
 * Ids of the processes with `marker` in their `DRYDOCK_PROCESS`. Empty where there is no `/proc`. Those of another user are
 * looked for as that user: root in a container may not read their environment.
 */
async function findMarked(marker: string, user: HostUser | null): Promise<number[]> {
  if (user) {
    const search = spawn('sh', ['-c', 'exec grep -ls -F -e "$1" /proc/[0-9]*/environ', 'sh', marker], {
      ...{ uid: user.uid, gid: user.gid, cwd: '/', env: { PATH: process.env.PATH } },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return [...(await text(search.stdout)).matchAll(/^\/proc\/(\d+)\//gm)].map((found) => Number(found[1]));
  }
  return listProc().filter((pid) => {
    if (pid === process.pid) return false;
    const variables = readEnvironment(pid).split('\0');
    return variables.some((variable) => variable.startsWith(`${MARKER_VARIABLE}=`) && variable.includes(marker));
  });
}

function listProc(): number[] {
  try {
    return readdirSync('/proc').map(Number).filter(Number.isInteger);
  } catch {
    return []; // Not Linux: only the process group can be killed there.
  }
}

function readEnvironment(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1');
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

/** Kills every process with `marker`, and the process group `group` where one is given, until none is left. */
export async function killTree(marker: string, user: HostUser | null, group?: number): Promise<void> {
  if (group !== undefined) killNow(-group);
  for (let round = 0; round < KILL_ROUNDS; round++) {
    const pids = await findMarked(marker, user);
    if (pids.length === 0) return;
    for (const pid of pids) killNow(pid);
    await delay(KILL_ROUND_MS);
  }
}
