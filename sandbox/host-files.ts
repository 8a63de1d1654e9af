/**
 * File access of the `host` backend: plain `fs`, with the errors of the `Sandbox` contract; or by programs of another user,
 * where that is who commands run as, so that a path never leads to what only this process may read.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as scripts from './docker/files.ts';
import type { InternalRun } from './docker/processes.ts';
import type { HostUser } from './host-user.ts';
import {
  type FileContent,
  type FileErrorKind,
  type FileKind,
  type ListEntry,
  type ProcessSandbox,
  SandboxFileError,
} from './sandbox.ts';

type Files = Pick<ProcessSandbox, 'readFile' | 'writeFile' | 'list'>;

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
  // Links in a circle.
  ELOOP: 'not_regular',
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
function readHostFile(path: string, maxBytes = Number.POSITIVE_INFINITY): Promise<FileContent> {
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
async function writeHostFile(path: string, data: Buffer | string): Promise<void> {
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
async function listHostFolder(path: string): Promise<ListEntry[]> {
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

/** Files as this process's own user. */
export function ownFiles(absolute: (path: string) => string): Files {
  return {
    readFile: (path, options = {}) => readHostFile(absolute(path), options.maxBytes),
    writeFile: (path, data) => writeHostFile(absolute(path), data),
    list: (path) => listHostFolder(absolute(path)),
  };
}

/** Files as another user: by the scripts that the Docker backend uses, each in a shell of that user. */
export function filesAs(user: HostUser, absolute: (path: string) => string): Files {
  const internal = async ({ script, onOutput }: InternalRun): Promise<number> => {
    const { uid, gid } = user;
    const shell = spawn('sh', ['-s'], { uid, gid, cwd: '/', env: { PATH: process.env.PATH }, stdio: 'pipe' });
    shell.stdout.on('data', (data: Buffer) => onOutput?.(data));
    // The shell has read all of it before it runs any: it only breaks off where it could not start, which is told below.
    shell.stdin.on('error', () => undefined);
    shell.stdin.end(`(${script}\n) </dev/null 2>&1`);
    const [code] = await once(shell, 'close');
    return typeof code === 'number' ? code : 1;
  };
  return {
    readFile: (path, { maxBytes } = {}) => scripts.readFile({ internal }, absolute(path), maxBytes),
    writeFile: (path, data) => scripts.writeFile({ internal }, absolute(path), data),
    list: (path) => scripts.list({ internal }, absolute(path)),
  };
}
