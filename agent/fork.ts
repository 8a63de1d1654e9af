/** A session that begins as a copy of another, up to one of its turns: to try another way from there. */
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { LANDED_REF } from '../sandbox/index.ts';
import { createSession, newSessionId, SessionError, type Unsaved, upToTurn } from '../session/index.ts';
import { APPLIED_REF } from './delivery.ts';
import { checkTurn, readSession, unsavedAt } from './past.ts';

/**
 * Makes a session in `sessionsDir` with the history and the files that the one in `dir` had after `turn`; null: after its
 * last. That one may be running and stays as it is. `unsaved` where its files are an earlier turn's. Throws `SessionError`.
 */
export async function forkSession(
  dir: string,
  sessionsDir: string,
  turn: number | null,
): Promise<{ session: string; turn: number; unsaved: Unsaved | null }> {
  const { events, turns } = await readSession(dir);
  const at = turn ?? turns;
  checkTurn(at, turns);
  const [first, ...rest] = upToTurn(events, at);
  if (first?.type !== 'session.created') throw new SessionError('corrupt', `the log in ${dir} does not begin`);
  if (first.sandbox.backend === 'host') {
    const message = `session ${first.id} worked in place, on the host: it has no checkpoints to fork from`;
    throw new SessionError('no_checkpoints', message, 'use git there');
  }
  const unsaved = unsavedAt(events, at);
  const { type: _type, v: _v, seq: _seq, at: _at, ...created } = first;
  const fork = await createSession(sessionsDir, {
    ...created,
    id: newSessionId(),
    forkedFrom: { session: first.id, turn: at, ...(unsaved === null ? {} : { filesTurn: unsaved.shown }) },
  });
  try {
    for (const folder of ['blobs', 'workspace.git', 'skills']) {
      // What that session has put into the working tree is not this one's to take back, nor is its branch this one's to move.
      const filter = (path: string) => !path.endsWith(APPLIED_REF) && !path.endsWith(LANDED_REF);
      await cp(join(dir, folder), join(fork.dir, folder), { recursive: true, filter }).catch((error: unknown) => {
        // A run that was killed early has no repository yet, and no checkpoint in it.
        if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
      });
    }
    for (const event of rest) {
      // The branch and the working tree are the other session's.
      if (event.type === 'unknown' || event.type === 'session.created' || event.type === 'exported') continue;
      const { v: _version, seq: _number, at: _time, ...body } = event;
      fork.append(body);
    }
    await fork.close();
  } catch (error) {
    await fork.close();
    await rm(fork.dir, { recursive: true, force: true });
    throw error;
  }
  return { session: fork.id, turn: at, unsaved };
}
