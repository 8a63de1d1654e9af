/** The words for a limit of the sandbox that was met: what happened, and what was done. */
import type { OutputBuffer } from '../output.ts';
import type { LimitBreach } from '../sandbox.ts';
import type { LaneEnd } from './lane-script.ts';

/** Below this, or a thousandth of a large disk, a file system counts as full. */
const FULL_BYTES = 16 * 1024 ** 2;
const FULL_INODES = 100;
const QUOTA_SHOWN = 0.9;

/** What the file system of the sandbox's root says. `totalInodes` is 0 where it does not count them. */
export type DiskSpace = { freeBytes: number; totalBytes: number; freeInodes: number; totalInodes: number };

/** A breach as a line of a command's output, on a line of its own after `before`. */
export function notice(breach: LimitBreach, before = ''): Buffer {
  return Buffer.from(`${before === '' || before.endsWith('\n') ? '' : '\n'}[drydock: ${breach.text}]\n`);
}

export function processesBreach(limit: number): LimitBreach {
  const text = `the sandbox was at its limit of ${limit} processes, so all processes in it were ended first`;
  return { kind: 'processes', limit, observed: null, text };
}

function memoryBreach(limit: number, killed: number): LimitBreach {
  const what = killed === 1 ? 'a process' : `${killed} processes`;
  const text = `the sandbox was at its memory limit of ${size(limit)}, so the kernel killed ${what} in it`;
  return { kind: 'memory', limit, observed: killed, text };
}

/** More was written than is allowed; `done` is what follows from it. */
export function diskBreach(kind: 'disk' | 'inodes', limit: number, observed: number, done: string): LimitBreach {
  const text =
    kind === 'disk'
      ? `${size(observed)} were written in the sandbox, over its disk limit of ${size(limit)}: ${done}`
      : `the sandbox has ${observed} files, over its limit of ${limit}: ${done}`;
  return { kind, limit, observed, text };
}

/** Whether a program's last words are that a disk is full (ENOSPC, EDQUOT). */
export function saysNoSpace(output: string): boolean {
  return /No space left on device|ENOSPC|Disk quota exceeded|EDQUOT/.test(output);
}

/**
 * Whose disk is full, when a command met ENOSPC: the sandbox's own, where the engine keeps a quota of `limit`, or the
 * engine's. Null where neither is: it was another file system, such as `/dev/shm`.
 */
export function fullDisk(space: DiskSpace, limit: number): LimitBreach | null {
  const { freeBytes, totalBytes, freeInodes, totalInodes } = space;
  const noFiles = totalInodes > 0 && freeInodes < FULL_INODES;
  if (!noFiles && freeBytes >= Math.max(FULL_BYTES, totalBytes / 1000)) return null;
  // A quota shows as the size of the disk; file systems may keep some of it for themselves.
  if (!noFiles && totalBytes <= limit && totalBytes >= limit * QUOTA_SHOWN) {
    const text = `the sandbox's disk is full: its limit is ${size(limit)}; make room in it`;
    return { kind: 'disk', limit, observed: totalBytes - freeBytes, text };
  }
  const left = noFiles ? `room for ${freeInodes} more files` : `${size(freeBytes)} of ${size(totalBytes)} left`;
  const text = `the disk of the container engine is full (${left}), which is no limit of this sandbox: delete what is not needed, or its owner must make room`;
  return { kind: 'engine_disk', limit: noFiles ? totalInodes : totalBytes, observed: null, text };
}

/** 4294967296 → `4 GiB`. */
export function size(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${Number(value.toFixed(1))} ${units[unit]}`;
}

/** Where a program says why it failed. */
export function lastLines(output: OutputBuffer): string {
  const { head, tail } = output.whole();
  return Buffer.concat([head, tail]).subarray(-16_384).toString('latin1');
}

/** Says why a command failed, where a limit is the reason. It is looked at only then, so that the others cost nothing. */
export function createExplanation(options: {
  limits: { memoryBytes: number };
  onBreach: (breach: LimitBreach) => void;
  noSpace: () => Promise<LimitBreach | null>;
}): (end: LaneEnd, output: OutputBuffer) => Promise<LimitBreach | null> {
  let oomKills = 0;
  return async (end, output) => {
    if (end.exitCode === 0) return null;
    const killed = (end.oomKills ?? oomKills) - oomKills;
    oomKills += killed;
    let breach: LimitBreach | null = null;
    if (killed > 0) breach = memoryBreach(options.limits.memoryBytes, killed);
    else if (saysNoSpace(lastLines(output))) breach = await options.noSpace();
    if (breach) options.onBreach(breach);
    return breach;
  };
}
