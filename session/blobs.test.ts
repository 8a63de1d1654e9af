import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openBlobs } from './blobs.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'drydock-blobs-'));
});
afterEach(() => rm(dir, { recursive: true }));

describe('blobs', () => {
  it('come back byte for byte, and the same data has the same handle', async () => {
    const blobs = openBlobs(join(dir, 'blobs'));
    const data = Buffer.from([0, 255, 10, 13]);
    const [handle, again] = await Promise.all([blobs.keep(data), blobs.keep(data)]);
    await blobs.sync();
    expect(handle).toMatch(/^out-[0-9a-f]{10}$/);
    expect(again).toBe(handle);
    expect(await openBlobs(join(dir, 'blobs')).read(handle)).toEqual({ bytes: data, size: 4 });
    expect(await readdir(join(dir, 'blobs'))).toEqual([handle]);
    expect((await stat(join(dir, 'blobs', handle))).mode & 0o777).toBe(0o600);
  });

  it.each([
    [{ offset: 2, length: 3 }, '234'],
    [{ offset: 8, length: 5 }, '89'],
    [{ offset: 20, length: 5 }, ''],
    [{ offset: 0, length: 0 }, ''],
  ])('are read in the range %j as far as it exists', async (range, expected) => {
    const blobs = openBlobs(dir);
    const { bytes, size } = await blobs.read(await blobs.keep(Buffer.from('0123456789')), range);
    expect([bytes.toString(), size]).toEqual([expected, 10]);
  });

  it('get a longer handle where another has the short one', async () => {
    const blobs = openBlobs(dir);
    const data = Buffer.from('mine');
    const digest = createHash('sha256').update(data).digest('hex');
    await writeFile(join(dir, `out-${digest.slice(0, 10)}`), 'else');
    const handle = await blobs.keep(data);
    expect(handle).toBe(`out-${digest.slice(0, 11)}`);
    expect((await blobs.read(handle)).bytes).toEqual(data);
    expect(await blobs.keep(data)).toBe(handle);
  });

  it.each(['out-0123456789', 'out-1', '../events.jsonl', ''])('say that the handle %j is missing', async (handle) => {
    await expect(openBlobs(dir).read(handle)).rejects.toMatchObject({ name: 'SessionError', kind: 'missing_blob' });
  });

  it('that cannot be written say where', async () => {
    const file = join(dir, 'file');
    await writeFile(file, '');
    await expect(openBlobs(file).keep(Buffer.from('x'))).rejects.toMatchObject({
      kind: 'io',
      message: expect.stringContaining(file),
    });
  });
});
