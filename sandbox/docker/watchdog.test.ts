import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { LimitBreach } from '../sandbox.ts';
import { createWatchdog } from './watchdog.ts';

const MB = 1_000_000;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A watchdog over a disk that the test fills; `did` is what it asked for and did. */
function watch() {
  const disk = { free: 1000 * MB, mine: 0, freeInodes: 10_000, myFiles: 0 };
  const did: string[] = [];
  const note = (what: string) => async (breach: LimitBreach) => void did.push(`${what} ${breach.kind}`);
  const watchdog = createWatchdog({
    limits: { diskBytes: 100 * MB, inodes: 1000 },
    space: async () => ({
      freeBytes: disk.free,
      totalBytes: 1000 * MB,
      freeInodes: disk.freeInodes,
      totalInodes: 10_000,
    }),
    written: async () => {
      did.push('measure');
      return disk.mine;
    },
    files: async () => {
      did.push('count');
      return disk.myFiles;
    },
    onBreach: note('end all:'),
    onStanding: (breach) => void did.push(breach ? `warn: ${breach.kind}` : 'no warning'),
    onHopeless: note('stop:'),
  });
  watchdog.begin();
  const write = (bytes: number) => {
    disk.free -= bytes;
    disk.mine += bytes;
  };
  /** Lets a command run for so long. */
  const command = async (ms: number) => {
    watchdog.during(new Promise((ended) => setTimeout(ended, ms)));
    await vi.advanceTimersByTimeAsync(ms);
  };
  return { disk, did, watchdog, write, command };
}

it('asks for nothing dear while little goes, and nothing at all while no command runs', async () => {
  const { did, write, command } = watch();
  write(90 * MB);
  await command(60_000);
  await vi.advanceTimersByTimeAsync(10_000);
  write(200 * MB);
  await vi.advanceTimersByTimeAsync(600_000);
  expect(did).toEqual([]);
});

it('ends what runs when the sandbox is over its limit', async () => {
  const { did, write, command } = watch();
  write(101 * MB);
  await command(3_000);
  expect(did).toEqual(['measure', 'warn: disk', 'end all: disk']);
});

it('looks once more after a command has ended, however short it was', async () => {
  const { did, write, command } = watch();
  await command(1);
  write(101 * MB);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(did).toContain('end all: disk');
});

it('does not blame the sandbox for what others write, and measures again only after as much again', async () => {
  const { did, disk, command } = watch();
  disk.free -= 150 * MB;
  await command(30_000);
  expect(did).toEqual(['measure']);
  disk.free -= 99 * MB;
  await command(30_000);
  expect(did).toEqual(['measure']);
});

it('lets the model make room: measures before each command, and lifts the warning', async () => {
  const { did, disk, watchdog, write, command } = watch();
  write(101 * MB);
  await command(3_000);
  did.length = 0;
  await watchdog.before();
  expect(did).toEqual(['measure', 'warn: disk']);
  disk.mine = 10 * MB;
  did.length = 0;
  await watchdog.before();
  await watchdog.before();
  expect(did).toEqual(['measure', 'no warning']);
});

it('ends what runs again when it goes on writing, and stops a sandbox that goes on in spite of that', async () => {
  const { did, watchdog, write, command } = watch();
  write(101 * MB);
  await command(3_000);
  did.length = 0;
  write(10 * MB);
  await watchdog.before();
  write(50 * MB);
  await watchdog.before();
  expect(did).toEqual(['measure', 'warn: disk', 'end all: disk', 'measure', 'stop: disk']);
});

it('counts files only when as many as the limit have gone', async () => {
  const { did, disk, command } = watch();
  disk.freeInodes -= 999;
  await command(5_000);
  expect(did).toEqual([]);
  disk.freeInodes -= 1;
  disk.myFiles = 1500;
  await command(5_000);
  expect(did.slice(0, 3)).toEqual(['count', 'warn: inodes', 'end all: inodes']);
});

it('says whose disk is full', async () => {
  const { disk, watchdog } = watch();
  expect(await watchdog.fullDisk()).toBeNull();
  disk.free = 0;
  expect(await watchdog.fullDisk()).toMatchObject({ kind: 'engine_disk' });
});
