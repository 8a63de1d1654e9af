/** A folder that the user has named to be written into. */
import { access, constants } from 'node:fs/promises';
import { makeFolders } from '../session/index.ts';
import { TaskError } from './task.ts';

/** Makes the folder (absolute) where it is missing. Throws `TaskError` where it cannot be made or written into. */
export async function openOwnFolder(folder: string, hint: string): Promise<void> {
  try {
    await makeFolders(folder);
    await access(folder, constants.W_OK);
  } catch (error) {
    throw cannotWriteTo(folder, hint, error);
  }
}

/** For an error of the file system; another one is given back as it is. */
export function cannotWriteTo(folder: string, hint: string, error: unknown): unknown {
  if (!(error instanceof Error && 'code' in error && typeof error.code === 'string')) return error;
  const why = error.code === 'EEXIST' || error.code === 'ENOTDIR' ? 'a file is in its place' : error.code;
  return new TaskError(`cannot write to ${folder}: ${why}`, hint, { cause: error });
}
