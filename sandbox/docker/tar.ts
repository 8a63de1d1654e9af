/** A tar archive of a few files that are held in memory, as an engine takes it: owned by root, writable by nobody else. */
import type { PlacedFile } from '../sandbox.ts';

const BLOCK = 512;
const FOLDER = '5';
const FILE = '0';
/** An extended header (POSIX.1-2001): it says the path of the entry that follows, which may be of any length. */
const EXTENDED = 'x';

/** The archive of `files` below `folder` (a name without slashes), with an entry for each folder, so that its mode is ours. */
export function tarOf(folder: string, files: readonly PlacedFile[]): Buffer {
  const folders = new Set([folder]);
  for (const { path } of files) {
    const parts = path.split('/').slice(0, -1);
    parts.forEach((_, index) => {
      folders.add([folder, ...parts.slice(0, index + 1)].join('/'));
    });
  }
  return Buffer.concat([
    ...[...folders].flatMap((path) => entry({ path: `${path}/`, kind: FOLDER, mode: 0o755, bytes: Buffer.alloc(0) })),
    ...files.flatMap(({ path, executable, bytes }) =>
      entry({ path: `${folder}/${path}`, kind: FILE, mode: executable ? 0o755 : 0o644, bytes }),
    ),
    Buffer.alloc(2 * BLOCK),
  ]);
}

type Entry = { path: string; kind: string; mode: number; bytes: Buffer };

function entry({ path, kind, mode, bytes }: Entry): Buffer[] {
  const name = Buffer.from(path);
  const long = name.length > 100;
  return [
    ...(long ? block({ name: Buffer.from('path'), kind: EXTENDED, mode, bytes: extended(name) }) : []),
    ...block({ name: name.subarray(0, 100), kind, mode, bytes }),
  ];
}

/** A record of an extended header begins with its own length, the digits of that included. */
function extended(path: Buffer): Buffer {
  const rest = Buffer.concat([Buffer.from(' path='), path, Buffer.from('\n')]);
  let length = rest.length;
  while (length !== rest.length + String(length).length) length = rest.length + String(length).length;
  return Buffer.concat([Buffer.from(String(length)), rest]);
}

function block({ name, kind, mode, bytes }: Omit<Entry, 'path'> & { name: Buffer }): Buffer[] {
  const header = Buffer.alloc(BLOCK);
  name.copy(header);
  const octal = (value: number, at: number, length: number) =>
    header.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at, 'latin1');
  octal(mode, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(bytes.length, 124, 12);
  octal(Math.floor(Date.now() / 1000), 136, 12);
  header.write(kind, 156, 'latin1');
  header.write('ustar\x0000', 257, 'latin1');
  // The sum is taken with blanks in its own place.
  header.fill(' ', 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return [header, bytes, Buffer.alloc((BLOCK - (bytes.length % BLOCK)) % BLOCK)];
}
