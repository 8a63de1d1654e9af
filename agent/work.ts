/** What a session has made of its files: to be looked at, and to be put into the working tree. */
import { join } from 'node:path';
import { diffStat } from '../sandbox/index.ts';
import {
  type Checkpoint,
  type CreatedEvent,
  filesAfter,
  openBlobs,
  openSession,
  SessionError,
  type SessionEvent,
  type Unsaved,
} from '../session/index.ts';
import { makePatch, putIntoWorkTree } from './delivery.ts';
import { checkTurn, openFiles, readSession, refuseHost, tellUnsaved, unsavedAt } from './past.ts';

/** The files that differ from what the work began with, and the patch that makes them so; `unsaved` where they are an earlier turn's. */
export type Work = { files: Checkpoint['files']; patch: Buffer; unsaved: Unsaved | null };

/** A point in a session's work: the checkpoint with its files. */
type Point = { checkpoints: Checkpoint[]; point: Checkpoint; unsaved: Unsaved | null };

/**
 * The work of the session in `dir` as it was after `turn`; null: its newest. The session may be running, and its repository need
 * not be there for work that was handed over. Throws `SessionError`, `RepositoryError` where the repository has gone.
 */
export async function workAfter(dir: string, turn: number | null, env: NodeJS.ProcessEnv): Promise<Work> {
  const { events, turns } = await readSession(dir);
  const created = createdOf(events, dir);
  const exported = events.findLast((event) => event.type === 'exported');
  const patchOf = async (handle: string) => (await openBlobs(join(dir, 'blobs')).read(handle)).bytes;
  if (created.sandbox.backend === 'host' && turn === null) {
    // A run that changed nothing says nothing of what an earlier one has changed.
    const kept = events.findLast((event) => event.type === 'exported' && event.patchHandle !== null);
    if (kept?.type !== 'exported' || kept.patchHandle === null) throw noWork(created.id, null);
    return { files: kept.files, patch: await patchOf(kept.patchHandle), unsaved: null };
  }
  const { checkpoints, point, unsaved } = pointAfter(events, created, turn, turns);
  if (exported?.commit === point.commit && exported.patchHandle !== null && point.moreFiles === undefined) {
    return { files: point.files, patch: await patchOf(exported.patchHandle), unsaved };
  }
  const { trusted, base } = await openFiles(dir, created, checkpoints, env);
  // A checkpoint may name only the first of its files.
  const files = await diffStat(trusted, base, point.commit);
  return { files, patch: await makePatch(dir, trusted, base, point.commit), unsaved };
}

/** `changed` is false where the files were in the working tree already. */
export type Applied = { session: string; root: string; files: Checkpoint['files']; changed: boolean } & Pick<
  Work,
  'unsaved'
>;

/**
 * Puts the work of the session in `dir`, as after `turn` (null: its newest), into its repository's working tree; where it is there
 * already nothing is done. `undo` takes it back. Throws `SessionError` (in use, no such turn, no work, worked on the host) and
 * `RepositoryError` (it does not fit: then nothing is changed).
 */
export async function applyWork(dir: string, turn: number | null, env: NodeJS.ProcessEnv): Promise<Applied> {
  const session = await openSession(dir);
  try {
    const { events, turns } = await readSession(dir);
    const { created } = session;
    const { checkpoints, point, unsaved } = pointAfter(events, created, turn, turns);
    const { trusted, repository, base } = await openFiles(dir, created, checkpoints, env);
    const { commit } = point;
    const files = await diffStat(trusted, base, commit);
    const changed = await putIntoWorkTree({ dir, trusted, repository, base, commit }, 'from_base');
    const { exported } = session.state();
    // What was handed over says so from now on; `gc` keeps the work of a session where nobody has it.
    if (exported !== null && (exported.applied ?? false) !== (exported.commit === commit)) {
      const { branch, commit: newest, base, files, flattened, patchHandle } = exported;
      const applied = newest === commit;
      session.append({ type: 'exported', branch, applied, commit: newest, base, files, flattened, patchHandle });
    }
    return { session: session.id, root: repository.root ?? repository.gitDir, files, changed, unsaved };
  } finally {
    await session.close();
  }
}

function createdOf(events: readonly SessionEvent[], dir: string): CreatedEvent {
  const created = events.find((event) => event.type === 'session.created');
  if (created !== undefined) return created;
  throw new SessionError('corrupt', `the log in ${dir} holds no whole event`);
}

function pointAfter(events: readonly SessionEvent[], created: CreatedEvent, turn: number | null, turns: number): Point {
  if (turn !== null) checkTurn(turn, turns);
  refuseHost(created);
  // After the last turn something may have been undone.
  const point = filesAfter(events, turn ?? turns + 1);
  const unsaved = turn === null ? null : unsavedAt(events, turn);
  if (point === null || point.files.length === 0) {
    throw unsaved === null ? noWork(created.id, turn) : nothingSaved(created.id, unsaved);
  }
  return { checkpoints: events.filter((event) => event.type === 'checkpoint'), point, unsaved };
}

function nothingSaved(id: string, unsaved: Unsaved): SessionError {
  const hint = unsaved.next === null ? '' : `the next checkpoint: --at ${unsaved.next}`;
  return new SessionError('no_work', `session ${id}: ${tellUnsaved(unsaved)}, without a change`, hint);
}

function noWork(id: string, turn: number | null): SessionError {
  const when = turn === null ? 'has changed no file' : `had changed no file after turn ${turn}`;
  return new SessionError('no_work', `session ${id} ${when}`);
}
