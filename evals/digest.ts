/** Digests of tasks and of what they are made of: the same content has the same digest on any machine. */
import { createHash } from 'node:crypto';
import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { TaskError } from './task.ts';

/** sha256 of bytes or of text's UTF-8, hexadecimal. */
export function sha256(data: Uint8Array | string): string {
  return createHash('sha256').update(data).digest('hex');
}

/**
 * sha256, hexadecimal, of plain data. The order of an object's keys does not count, nor does a key whose value is undefined;
 * bytes count by their own sha256. Throws a TypeError where the value holds anything else than plain data and bytes, since
 * such a thing (a Map, a Date) would silently count as an empty object.
 */
export function digestOf(value: unknown): string {
  return sha256(canonicalText(value, '$'));
}

/** JSON with sorted keys; bytes are a word outside of JSON, so that no text can stand for them. */
function canonicalText(value: unknown, at: string): string {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return JSON.stringify(value);
  if (typeof value === 'number' && Number.isFinite(value)) return JSON.stringify(value);
  if (value instanceof Uint8Array) return `bytes(${sha256(value)})`;
  if (Array.isArray(value)) return `[${value.map((item, index) => canonicalText(item, `${at}[${index}]`)).join(',')}]`;
  if (typeof value === 'object' && isPlain(value)) {
    const entries = Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => `${JSON.stringify(key)}:${canonicalText(item, `${at}.${key}`)}`);
    return `{${entries.join(',')}}`;
  }
  throw new TypeError(`no digest can be made of ${at}: ${Object.prototype.toString.call(value)} is not plain data`);
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** One file below a folder. `path` has slashes, and is relative; a link's bytes are where it points to. */
export type FolderEntry = { path: string; kind: 'file' | 'executable' | 'link'; sha256: string };

/**
 * The files below a folder, by path. `only` leaves all out but these files and folders; null: all. Empty folders do not count,
 * since git does not keep them; nor does any bit of a mode but the executable one, since it depends on the umask.
 * Throws a TaskError that names a path which cannot be read, or which is neither file, folder nor link.
 */
export async function folderEntries(folder: string, only: readonly string[] | null = null): Promise<FolderEntry[]> {
  const entries = new Map<string, FolderEntry>();
  for (const path of only ?? ['']) await addEntries(folder, path, entries);
  return [...entries.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

async function addEntries(folder: string, path: string, entries: Map<string, FolderEntry>): Promise<void> {
  const full = join(folder, path);
  try {
    // The folder itself may be a link to where the files are; below it, a link is a thing of its own.
    const stat = await lstat(path === '' ? `${full}/` : full);
    if (stat.isDirectory()) {
      const names = await readdir(full);
      for (const name of names) await addEntries(folder, path === '' ? name : `${path}/${name}`, entries);
    } else if (stat.isSymbolicLink()) {
      entries.set(path, { path, kind: 'link', sha256: sha256(await readlink(full)) });
    } else if (stat.isFile()) {
      const kind = (stat.mode & 0o100) === 0 ? 'file' : 'executable';
      entries.set(path, { path, kind, sha256: sha256(await readFile(full)) });
    } else {
      throw new TaskError(`${full}: neither a file, a folder nor a link`);
    }
  } catch (error) {
    if (error instanceof TaskError) throw error;
    throw new TaskError(`${full}: ${(error as Error).message}`, '', { cause: error });
  }
}

/** sha256, hexadecimal, of the files below a folder (see `folderEntries`): paths, executable bits, bytes, and links' targets. */
export async function digestFolder(folder: string, only: readonly string[] | null = null): Promise<string> {
  return digestOf(await folderEntries(folder, only));
}
