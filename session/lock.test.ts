import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { acquireLock, lifeOf, lockOwner } from './lock.ts';

let dir: string;
let path: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'drydock-lock-'));
  path = join(dir, 'lock');
});
afterEach(() => rm(dir, { recursive: true }));

const lockModule = new URL('./lock.ts', import.meta.url).href;

function deadPid(): number {
  return spawnSync(process.execPath, ['-e', '']).pid;
}

function writeOwner(file: string, owner: { pid: number; startTime: string | null; host?: string }): void {
  writeFileSync(file, JSON.stringify({ host: hostname(), nonce: 'n', ...owner }));
}

describe('a lock', () => {
  it('is refused, with the process that has it, until it is released', async () => {
    const lock = await acquireLock(path);
    await expect(acquireLock(path)).rejects.toMatchObject({
      kind: 'in_use',
      message: `the session is in use by process ${process.pid}`,
    });
    expect(lockOwner(path)?.pid).toBe(process.pid);
    lock.release();
    lock.release();
    expect(lockOwner(path)).toBeNull();
    (await acquireLock(path)).release();
    expect(await readdir(dir)).toEqual([]);
  });

  it('of a dead process is taken over', async () => {
    writeOwner(path, { pid: deadPid(), startTime: '1' });
    await acquireLock(path);
    expect(lockOwner(path)?.pid).toBe(process.pid);
    expect(await readdir(dir)).toEqual(['lock']);
  });

  it.runIf(existsSync('/proc/self/stat'))('is taken over where its pid now belongs to another process', async () => {
    writeOwner(path, { pid: process.pid, startTime: '1' });
    expect(lockOwner(path)).toBeNull();
    await acquireLock(path);
    expect(lockOwner(path)).not.toBeNull();
  });

  it('that names no owner, as a power cut leaves it, is taken over', async () => {
    writeFileSync(path, '');
    await acquireLock(path);
    expect(lockOwner(path)?.pid).toBe(process.pid);
  });

  it('of another host is never taken over, and the refusal says what to do', async () => {
    writeOwner(path, { pid: deadPid(), startTime: '1', host: 'elsewhere' });
    await expect(acquireLock(path)).rejects.toMatchObject({
      kind: 'in_use',
      message: expect.stringContaining('on host elsewhere'),
      hint: expect.stringContaining(path),
    });
  });

  it('whose release comes late does not remove the lock of the next owner', async () => {
    const lock = await acquireLock(path);
    writeOwner(path, { pid: process.ppid, startTime: null });
    lock.release();
    expect(existsSync(path)).toBe(true);
  });

  it('in a folder that is not there says so', async () => {
    await expect(acquireLock(join(dir, 'no', 'lock'))).rejects.toMatchObject({ kind: 'io' });
  });

  it('with a dead owner goes to exactly one of many takers in one process', async () => {
    writeOwner(path, { pid: deadPid(), startTime: '1' });
    const takers = await Promise.allSettled(Array.from({ length: 40 }, () => acquireLock(path)));
    expect(takers.filter((taker) => taker.status === 'fulfilled')).toHaveLength(1);
  });

  it('with a dead owner, even one whose last taker died too, goes to exactly one of many processes', async () => {
    const dead = deadPid();
    const count = 40;
    for (let i = 0; i < count; i += 1) {
      const file = `${path}-${i}`;
      writeOwner(file, { pid: dead, startTime: '1' });
      // For every second lock: its guard, left by a taker that was killed.
      if (i % 2 === 0) writeOwner(guardOf(file), { pid: dead, startTime: '2' });
    }
    const racer = `
      import { acquireLock } from ${JSON.stringify(lockModule)};
      process.stdout.write('ready\\n');
      process.stdin.once('data', async () => {
        const won = [];
        for (let i = 0; i < ${count}; i += 1) {
          try { await acquireLock(${JSON.stringify(path)} + '-' + i); won.push(i); }
          catch (error) { if (error.kind !== 'in_use') throw error; }
        }
        process.stdout.write(JSON.stringify(won) + '\\n');
      });`;
    const racers = Array.from({ length: 6 }, () =>
      spawn(process.execPath, ['--input-type=module', '-e', racer], { stdio: ['pipe', 'pipe', 'inherit'] }),
    );
    await Promise.all(racers.map(nextLine));
    const reports = racers.map(nextLine);
    for (const child of racers) child.stdin.write('go\n');
    const won = (await Promise.all(reports)).flatMap((line): number[] => JSON.parse(line));
    // Each keeps its locks until all have reported; then its stdin ends, and with it the process.
    const exits = racers.map((child) => once(child, 'exit'));
    for (const child of racers) child.stdin.end();
    await Promise.all(exits);
    expect(won.sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i));
  }, 30_000);
});

describe('the life of a process', () => {
  it.each<[string, Partial<Parameters<typeof lifeOf>[0]>, string]>([
    ['this one', {}, 'alive'],
    ['one whose pid was given out again', { startTime: '1' }, 'dead'],
    ['one that has ended', { pid: deadPid() }, 'dead'],
    ['one on another host', { host: 'elsewhere', pid: deadPid() }, 'unknown'],
  ])('of %s', (_, more, life) => {
    expect(lifeOf({ pid: process.pid, startTime: null, host: hostname(), ...more })).toBe(life);
  });
});

/** The guard that a taker of the lock `file`, as it is, must have first. */
function guardOf(file: string): string {
  return `${file}.${createHash('sha256').update(readFileSync(file)).digest('hex').slice(0, 16)}`;
}

async function nextLine(child: ChildProcess): Promise<string> {
  let text = '';
  while (!text.includes('\n')) {
    const [chunk] = await once(child.stdout ?? child, 'data');
    text += String(chunk);
  }
  return text;
}
