import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readImages } from './attach.ts';
import { explain } from './errors.ts';

const folder = mkdtempSync(join(tmpdir(), 'drydock-attach-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC',
  'base64',
);
const GIF = Buffer.from('R0lGODlhAQABAIAAAP///wAAACH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==', 'base64');

function file(name: string, data: Buffer | string): string {
  const path = join(folder, name);
  writeFileSync(path, data);
  return path;
}

function pipe(): string {
  execFileSync('mkfifo', [join(folder, 'pipe')]);
  return join(folder, 'pipe');
}

/** A PNG with so many bytes. */
const large = (bytes: number) => Buffer.concat([PNG.subarray(0, 33), Buffer.alloc(bytes - 45), PNG.subarray(-12)]);

describe('images that are attached', () => {
  it('are read in order, with their type and size, whatever their names say', async () => {
    const images = await readImages([file('a.txt', GIF), file('b.png', PNG)]);
    expect(images).toEqual([
      { type: 'image', mediaType: 'image/gif', data: GIF.toString('base64'), longestSide: 1 },
      { type: 'image', mediaType: 'image/png', data: PNG.toString('base64'), longestSide: 1 },
    ]);
  });

  it.each([
    ['a file that is not there', () => join(folder, 'none.png'), /none\.png cannot be read: ENOENT/],
    ['a folder', () => folder, /--attach \S+ is not a file$/],
    ['a pipe that nobody writes to', pipe, /pipe is not a file$/],
    ['text', () => file('t.png', 'hello'), /is no image \(it is text\) — a model sees PNG, JPEG, GIF and WebP$/],
    ['a document', () => file('d.pdf', '%PDF-1.7'), /is no image \(it is PDF document\)/],
    ['nothing', () => file('e.png', ''), /is no image \(it is empty\)/],
    ['an image that is cut off', () => file('c.png', PNG.subarray(0, 50)), /c\.png: damaged or cut off/],
    [
      'an image that is too large',
      () => file('l.png', large(9_000_000)),
      /too large to be shown, at most 3750000 bytes/,
    ],
  ])('are refused in one line with exit code 2: %s', async (_, path, message) => {
    const error = await readImages([path()]).catch((thrown: unknown) => thrown);
    expect(explain(error)).toMatchObject({ exitCode: 2, line: expect.stringMatching(message) });
  });

  it('are at most twenty, and not more than a request can hold', async () => {
    const small = file('s.png', PNG);
    await expect(readImages(Array(21).fill(small))).rejects.toThrow(/21 images, at most 20/);
    const big = file('big.png', large(3_700_000));
    await expect(readImages(Array(5).fill(big))).rejects.toThrow(/more than 15000000 bytes together/);
  });
});
