import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readPart } from './read-part.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'drydock-part-'));
});
afterEach(() => rm(folder, { recursive: true }));

const part = async (text: string, head: number, tail: number) => {
  await writeFile(join(folder, 'file'), text);
  return readPart(join(folder, 'file'), head, tail);
};

it('reads a file whole that has room', async () => {
  expect(await part('0123456789', 5, 5)).toEqual({ head: '0123456789', tail: '', size: 10, left: 0 });
});

it('reads both ends of a longer one', async () => {
  expect(await part('0123456789', 3, 2)).toEqual({ head: '012', tail: '89', size: 10, left: 5 });
  expect(await part('0123456789', 3, 0)).toEqual({ head: '012', tail: '', size: 10, left: 7 });
});

it('leaves a character out that a cut splits', async () => {
  expect(await part('aééééb', 4, 2)).toMatchObject({ head: 'aé', tail: 'b' });
});

it('is null for a file that is not there', async () => {
  expect(await readPart(join(folder, 'none'), 1, 1)).toBeNull();
});
