/** The files that a run writes for whoever called it: its trajectory, kept whole while it goes on, and its patch at the end. */
import { existsSync, realpathSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { isWithin, type SessionEvent } from '../session/index.ts';
import { UsageError } from './errors.ts';
import { createTrajectory } from './trajectory.ts';

export type RunFiles = {
  /** Called with each event of the session. */
  event(event: SessionEvent): void;
  /** Writes what is left; `patch` null: there is none. Never throws. */
  finish(patch: Buffer | null): Promise<{
    /** What could not be written, a line each. */
    problems: string[];
    /** What a person should know, a line each. */
    remarks: string[];
  }>;
  /** Takes the trajectory away, in the place of `finish`. */
  discard(): Promise<void>;
};

export type RunFileOptions = {
  trajectory: string | undefined;
  patchOut: string | undefined;
  /** What the session's log held before this run. */
  earlier: readonly SessionEvent[];
  /** The folder whose every file is part of the change; null: none is that these files could lie in. */
  inPlace: string | null;
};

/** A step is whole when the next request is made; before that the response is worth having. */
const WRITTEN_AFTER: ReadonlySet<SessionEvent['type']> = new Set([
  'prompt',
  'model.requested',
  'model.responded',
  'compaction.finished',
  'run.finished',
]);

/**
 * Makes sure, before anything is spent, that the files can be written: the patch is an empty file from here on. Throws
 * `UsageError`.
 */
export async function openRunFiles(options: RunFileOptions): Promise<RunFiles> {
  const patch = await prepared('--patch-out', options.patchOut, options.inPlace, (path) => writeFile(path, ''));
  const path = await prepared('--trajectory', options.trajectory, options.inPlace, async (path) => {
    await writeFile(besides(path), '');
    await rm(besides(path));
  });
  const trajectory = path === null ? null : keepTrajectory(path, options.earlier);
  let hasGit = true;
  return {
    event(event) {
      if (event.type === 'session.created') hasGit = event.repository !== null;
      trajectory?.event(event);
    },
    async finish(data) {
      const problems: string[] = [];
      const attempt = (flag: string, work: Promise<unknown> | undefined) =>
        work?.catch((error: unknown) => problems.push(unwritten(flag, error)));
      await attempt('--trajectory', trajectory?.settled());
      if (patch !== null && data !== null) await attempt('--patch-out', writeFile(patch, data));
      const unknown = '--patch-out is empty: without a git repository with a commit nobody knows what has changed';
      return { problems, remarks: patch !== null && !hasGit ? [unknown] : [] };
    },
    async discard() {
      // Whether it could be written is no matter: it must not stay.
      await trajectory?.settled().catch(() => undefined);
      if (path !== null) await rm(path, { force: true });
    },
  };
}

/** The work tree that `folder` is in; null: it is in none, and nothing there becomes part of a patch. */
export function folderOfChange(folder: string): string | null {
  const real = realpathSync(folder);
  for (let at = real; ; at = dirname(at)) {
    if (existsSync(join(at, '.git'))) return at;
    if (at === dirname(at)) return null;
  }
}

async function prepared(
  flag: string,
  given: string | undefined,
  inPlace: string | null,
  attempt: (path: string) => Promise<unknown>,
): Promise<string | null> {
  if (given === undefined) return null;
  const path = resolve(given);
  try {
    if (inPlace !== null && isWithin(realpathSync(dirname(path)), inPlace)) {
      const message = `${flag} ${path} lies in ${inPlace}, where it would become part of the change`;
      throw new UsageError(message, 'name a file outside of it');
    }
    await attempt(path);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(unwritten(flag, error), 'name a file in a folder that is there and can be written');
  }
  return path;
}

/** Where the next whole file is made. */
function besides(path: string): string {
  return join(dirname(path), `.${basename(path)}.${process.pid}`);
}

function unwritten(flag: string, error: unknown): string {
  return `${flag} could not be written: ${error instanceof Error ? error.message : String(error)}`;
}

/** One write at a time: what comes while one is under way is in the next. A reader sees a whole file at every moment. */
function keepTrajectory(
  path: string,
  earlier: readonly SessionEvent[],
): { event(event: SessionEvent): void; settled(): Promise<void> } {
  const trajectory = createTrajectory();
  for (const event of earlier) trajectory.add(event);
  let wanted = false;
  let failure: unknown = null;
  let writing: Promise<void> | null = null;
  const write = async () => {
    while (wanted) {
      wanted = false;
      try {
        await writeFile(besides(path), trajectory.text());
        await rename(besides(path), path);
        failure = null;
      } catch (error) {
        // A later one may get through; the newest counts.
        failure = error;
        await rm(besides(path), { force: true }).catch(() => undefined);
      }
    }
    writing = null;
  };
  const ask = () => {
    wanted = true;
    writing ??= write();
  };
  return {
    event(event) {
      trajectory.add(event);
      if (WRITTEN_AFTER.has(event.type)) ask();
    },
    async settled() {
      ask();
      await writing;
      if (failure !== null) throw failure;
    },
  };
}
