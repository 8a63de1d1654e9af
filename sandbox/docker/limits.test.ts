import { expect, it } from 'vitest';
import { fullDisk, notice, saysNoSpace, size } from './limits.ts';

const GiB = 1024 ** 3;
const roomy = { freeBytes: 50 * GiB, totalBytes: 100 * GiB, freeInodes: 5_000_000, totalInodes: 9_000_000 };

it.each([
  [1023, '1023 bytes'],
  [4 * GiB, '4 GiB'],
  [1.5 * 1024 ** 2, '1.5 MiB'],
])('%d bytes read as %s', (bytes, text) => {
  expect(size(bytes)).toBe(text);
});

it('stands on a line of its own', () => {
  const breach = { kind: 'disk', limit: 1, observed: 2, text: 'why' } as const;
  expect(notice(breach, 'unfinished').toString()).toBe('\n[drydock: why]\n');
  expect(notice(breach, 'finished\n').toString()).toBe('[drydock: why]\n');
});

it.each([
  'cp: error writing x: No space left on device',
  'npm ERR! nospc ENOSPC: no space left on device, write',
  'dd: Disk quota exceeded',
])('knows what a full disk sounds like: %s', (said) => {
  expect(saysNoSpace(said)).toBe(true);
});

it('finds no full disk where there is room: it was another file system', () => {
  expect(fullDisk(roomy, 20 * GiB)).toBeNull();
});

it('tells the engine’s full disk from a limit of the sandbox', () => {
  expect(fullDisk({ ...roomy, freeBytes: 0 }, 20 * GiB)).toMatchObject({
    kind: 'engine_disk',
    limit: 100 * GiB,
    text: 'the disk of the container engine is full (0 bytes of 100 GiB left), which is no limit of this sandbox: delete what is not needed, or its owner must make room',
  });
  expect(fullDisk({ ...roomy, freeBytes: 0, totalBytes: 8 * GiB }, 20 * GiB)?.kind).toBe('engine_disk');
  expect(fullDisk({ ...roomy, freeInodes: 0 }, 20 * GiB)?.text).toContain('room for 0 more files');
});

it('names the sandbox’s own limit where the engine keeps it as a quota', () => {
  const quota = { ...roomy, freeBytes: 0, totalBytes: 20 * GiB };
  expect(fullDisk(quota, 20 * GiB)).toMatchObject({ kind: 'disk', observed: 20 * GiB });
});

it('takes a file system that does not count its files for one with room for them', () => {
  expect(fullDisk({ ...roomy, freeInodes: 0, totalInodes: 0 }, 20 * GiB)).toBeNull();
});
