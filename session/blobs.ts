/** Whole outputs by handle, beside the log: what the model sees clipped can be read in full. */
import { createHash, randomUUID } from 'node:crypto';
import { link, mkdir, open, readFile, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode, SessionError } from './errors.ts';

/** The shortest handle has 10 hex digits: short for a model to repeat, and a collision makes it longer. */
const SHORTEST_HEX = 10;
const DIGEST_HEX = 64;
const HANDLE = /^out-[0-9a-f]{10,64}$/;

/** `bytes` is the asked range, as far as it exists; `size` is that of the whole. */
export type BlobContent = { bytes: Buffer; size: number };

export type BlobStore = {
  /** Keeps the data and returns its handle; the same data has the same handle. Throws `SessionError` (`io`). */
  keep(data: Buffer): Promise<string>;
  /** Reads a range in bytes, by default all. Throws `SessionError`: `missing_blob` for a handle that is not here. */
  read(handle: string, range?: { offset: number; length: number }): Promise<BlobContent>;
  /** Makes all that was kept since the last call safe against a loss of power. */
  sync(): Promise<void>;
};

/** The blobs in `dir`, which is made when the first one is kept. */
export function openBlobs(dir: string): BlobStore {
  const unsynced: string[] = [];

  async function keep(data: Buffer): Promise<string> {
    const digest = createHash('sha256').update(data).digest('hex');
    const temporary = join(dir, `${randomUUID()}.tmp`);
    await mkdir(dir, { recursive: true, mode: 0o700 });
    await writeFile(temporary, data, { flag: 'wx', mode: 0o600 });
    try {
      for (let length = SHORTEST_HEX; length <= DIGEST_HEX; length += 1) {
        const handle = `out-${digest.slice(0, length)}`;
        const path = join(dir, handle);
        if (await linkUnlessThere(temporary, path)) {
          unsynced.push(path);
          return handle;
        }
        if (await holds(path, data)) return handle;
      }
    } finally {
      await unlink(temporary);
    }
    throw new SessionError('io', `another blob has the name out-${digest}`, `Remove the damaged file in ${dir}.`);
  }

  return {
    async keep(data) {
      try {
        return await keep(data);
      } catch (error) {
        const code = errorCode(error);
        if (code === null) throw error;
        throw new SessionError('io', `cannot write to ${dir}: ${code}`, 'Check free space and access.', {
          cause: error,
        });
      }
    },

    async read(handle, range) {
      if (!HANDLE.test(handle)) throw missing(handle);
      try {
        const file = await open(join(dir, handle), 'r');
        try {
          const { size } = await file.stat();
          const offset = Math.min(Math.max(0, range?.offset ?? 0), size);
          const bytes = Buffer.alloc(Math.max(0, Math.min(range?.length ?? size, size - offset)));
          const { bytesRead } = await file.read(bytes, 0, bytes.length, offset);
          return { bytes: bytes.subarray(0, bytesRead), size };
        } finally {
          await file.close();
        }
      } catch (error) {
        const code = errorCode(error);
        if (code === 'ENOENT') throw missing(handle);
        if (code === null) throw error;
        throw new SessionError('io', `cannot read ${handle} in ${dir}: ${code}`, 'Check access.', { cause: error });
      }
    },

    async sync() {
      const paths = [...unsynced];
      for (const path of paths) await syncPath(path);
      if (paths.length > 0) await syncPath(dir);
      unsynced.splice(0, paths.length);
    },
  };
}

function missing(handle: string): SessionError {
  return new SessionError('missing_blob', `no output has the handle ${JSON.stringify(handle)}`, 'Check the handle.');
}

/** A link, unlike a rename, never replaces a blob that is there. */
async function linkUnlessThere(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

async function holds(path: string, data: Buffer): Promise<boolean> {
  return (await stat(path)).size === data.length && data.equals(await readFile(path));
}

/** Waits until a file, or a folder's entries, are on the disk. */
export async function syncPath(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
