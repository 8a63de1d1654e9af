/** File access of the `host` backend: plain `fs`, with the errors of the `Sandbox` contract. */
import { constants } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type FileContent, type FileErrorKind, type FileKind, type ListEntry, SandboxFileError } from './sandbox.ts';

const KINDS: Record<string, FileErrorKind> = {
  ENOENT: 'not_found',
  EISDIR: 'is_folder',
  ENOTDIR: 'not_a_folder',
  // `mkdir -p` over a path whose parent is a file.
  EEXIST: 'not_a_folder',
  EACCES: 'denied',
  EPERM: 'denied',
  EROFS: 'denied',
  // Opening a socket, or a FIFO that nobody reads.
  ENXIO: 'not_regular',
};

const MESSAGES: Record<FileErrorKind, string> = {
  not_found: 'no such file or folder',
  is_folder: 'it is a folder',
  not_a_folder: 'a part of the path is not a folder',
  denied: 'permission denied',
  not_regular: 'it is not a regular file',
  io: 'input/output error',
};

function fileError(kind: FileErrorKind, path: string, detail = MESSAGES[kind]): SandboxFileError {
  return new SandboxFileError(kind, path, `${path}: ${detail}`);
}

function translated(error: unknown, path: string): SandboxFileError {
  if (error instanceof SandboxFileError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const kind = KINDS[code];
  return kind ? fileError(kind, path) : fileError('io', path, error instanceof Error ? error.message : String(error));
}

/** Opens a file for as long as `use` takes, in the words of `SandboxFileError`. (`await using` needs Node 24.) */
async function withFile<T>(path: string, flags: number, use: (handle: FileHandle) => Promise<T>): Promise<T> {
  try {
    const handle = await open(path, flags | constants.O_NONBLOCK, 0o666);
    try {
      return await use(handle);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw translated(error, path);
  }
}

/** Reads a regular file; never blocks on a FIFO. Throws `SandboxFileError`. */
export function readHostFile(path: string, maxBytes = Number.POSITIVE_INFINITY): Promise<FileContent> {
  return withFile(path, constants.O_RDONLY, async (handle) => {
    const stat = await handle.stat();
    if (stat.isDirectory()) throw fileError('is_folder', path);
    if (!stat.isFile()) throw fileError('not_regular', path);
    // Files of /proc say size 0 and have content, and a file may grow: read to its end, whatever its size says.
    const chunks: Buffer[] = [];
    let total = 0;
    while (total < maxBytes) {
      const wanted = Math.min(maxBytes - total, Math.max(stat.size - total, 4096));
      const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(wanted), 0, wanted);
      if (bytesRead === 0) break;
      chunks.push(buffer.subarray(0, bytesRead));
      total += bytesRead;
    }
    return { bytes: Buffer.concat(chunks), size: Math.max(stat.size, total) };
  });
}

/** Writes a file in place (mode and symlinks stay) and makes its parent folders. Throws `SandboxFileError`. */
export async function writeHostFile(path: string, data: Buffer | string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
  } catch (error) {
    throw translated(error, path);
  }
  return withFile(path, constants.O_WRONLY | constants.O_CREAT, async (handle) => {
    if (!(await handle.stat()).isFile()) throw fileError('not_regular', path);
    await handle.truncate(0);
    await handle.writeFile(data);
  });
}

function kindOf(entry: { isFile(): boolean; isDirectory(): boolean; isSymbolicLink(): boolean }): FileKind {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'folder';
  return entry.isSymbolicLink() ? 'symlink' : 'other';
}

/** The entries of a folder, sorted by name; an entry's `path` is its name in that folder. Throws `SandboxFileError`. */
export async function listHostFolder(path: string): Promise<ListEntry[]> {
  try {
    const names = (await readdir(path)).sort();
    return await Promise.all(
      names.map(async (name) => {
        const stat = await lstat(join(path, name));
        return { path: name, kind: kindOf(stat), size: stat.size };
      }),
    );
  } catch (error) {
    throw translated(error, path);
  }
}
