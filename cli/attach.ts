/** Images that the user shows to the model: files of the host, checked before anything begins. */
import { open, stat } from 'node:fs/promises';
import type { ImagePart } from '../models/index.ts';
import { binaryKind, readImage } from '../tools/index.ts';
import { UsageError } from './errors.ts';

/** So many, and so much together, are in a request of every provider beside what the model looks at later. */
const MAX_IMAGES = 20;
const MAX_BYTES = 15_000_000;

/** As much of a file as is read, in bytes: more than any provider takes. */
const READ_BYTES = 8_000_000;

/** Reads the files that `--attach` names, in order. Throws `UsageError`. */
export async function readImages(paths: readonly string[]): Promise<ImagePart[]> {
  if (paths.length > MAX_IMAGES) throw new UsageError(`--attach: ${paths.length} images, at most ${MAX_IMAGES}`);
  const images: ImagePart[] = [];
  let bytes = 0;
  for (const path of paths) {
    const image = await readOne(path);
    bytes += Buffer.byteLength(image.data, 'base64');
    if (bytes > MAX_BYTES) {
      throw new UsageError(`--attach: the images have more than ${MAX_BYTES} bytes together`, 'leave some out');
    }
    images.push(image);
  }
  return images;
}

async function readOne(path: string): Promise<ImagePart> {
  const { bytes, size } = await readStart(path);
  const kind = binaryKind(bytes);
  if (!kind?.image) {
    const what = size === 0 ? 'it is empty' : `it is ${kind === null ? 'text' : kind.name}`;
    throw new UsageError(`--attach ${path} is no image (${what})`, 'a model sees PNG, JPEG, GIF and WebP');
  }
  const read = readImage(bytes, size, kind.image);
  if ('problem' in read) throw new UsageError(`--attach ${path}: ${read.problem}`);
  return read.image;
}

async function readStart(path: string): Promise<{ bytes: Buffer; size: number }> {
  try {
    // Before it is opened, which waits for ever where it is a pipe that nobody writes to.
    const file = await stat(path);
    if (!file.isFile()) throw new UsageError(`--attach ${path} is not a file`);
    const handle = await open(path, 'r');
    try {
      const bytes = Buffer.alloc(Math.min(file.size, READ_BYTES));
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, 0);
      return { bytes: bytes.subarray(0, bytesRead), size: file.size };
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`--attach ${path} cannot be read: ${error instanceof Error ? error.message : error}`);
  }
}
