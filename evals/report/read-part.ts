/** Files of which only a part is shown, and so only a part is read. */
import { open } from 'node:fs/promises';

/** `head` and `tail` do not overlap; `size` is the whole file's, `left` what lies between, in bytes. */
export type Part = { head: string; tail: string; size: number; left: number };

/** Reads at most so many bytes of a file's beginning and end; null: there is no such file. */
export async function readPart(path: string, headBytes: number, tailBytes: number): Promise<Part | null> {
  const file = await open(path, 'r').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  });
  if (file === null) return null;
  try {
    const { size } = await file.stat();
    const read = async (from: number, length: number) => {
      const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(length), position: from });
      return buffer.subarray(0, bytesRead).toString('utf8');
    };
    if (size <= headBytes + tailBytes) return { head: await read(0, size), tail: '', size, left: 0 };
    return {
      // A character that the cut splits is left out.
      head: (await read(0, headBytes)).replace(/\ufffd$/, ''),
      tail: tailBytes === 0 ? '' : (await read(size - tailBytes, tailBytes)).replace(/^\ufffd+/, ''),
      size,
      left: size - headBytes - tailBytes,
    };
  } finally {
    await file.close();
  }
}
