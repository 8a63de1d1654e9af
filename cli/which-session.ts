/** Which session a command means, and where sessions are kept. */
import { resolve } from 'node:path';
import { findSession, sessionsDir } from '../session/index.ts';

/** The folder of all sessions: the one that `--session-dir` names, else the user's. */
export function sessionsFolder(given: string | undefined): string {
  return given === undefined ? sessionsDir(process.env) : resolve(given);
}

/**
 * The folder of the session that is to be looked at; `last` is the newest of the repository that the command is called in, else
 * of all.
 */
export function shownSession(sessionDir: string | undefined, idOrPrefix: string): Promise<string> {
  return findSession(sessionsFolder(sessionDir), idOrPrefix, folderOfCall());
}

/** The folder of the session that is to be changed, or gone on with: `last` is never one of another repository. */
export function chosenSession(sessionDir: string | undefined, idOrPrefix: string): Promise<string> {
  return findSession(sessionsFolder(sessionDir), idOrPrefix, folderOfCall(), 'refused');
}

/** The current folder; null where it has been deleted, which is no matter to a session that has a name. */
export function folderOfCall(): string | null {
  try {
    return process.cwd();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
