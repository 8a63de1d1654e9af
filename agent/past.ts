/** Going back in a session: what its files were after a turn, and the files of an earlier turn as its newest again. */
import { join } from 'node:path';
import { inspectRepository, openTrusted, type Repository, type TrustedRepository, treeOf } from '../sandbox/index.ts';
import {
  type Checkpoint,
  type CreatedEvent,
  countTurns,
  filesAfter,
  interruptedResults,
  openSession,
  readEvents,
  SessionError,
  type SessionEvent,
  type Unsaved,
  undoTarget,
  unsavedTurn,
} from '../session/index.ts';
import { defaultTools, recallTool } from '../tools/index.ts';
import { appliedCommit, type Delivered, deliver, landedBranch } from './delivery.ts';
import { forgetSandbox } from './record.ts';

/** All events of the session in `dir`, with how many turns they have. Throws `SessionError`. */
export async function readSession(dir: string): Promise<{ events: SessionEvent[]; turns: number }> {
  const events: SessionEvent[] = [];
  for await (const event of readEvents(dir)) events.push(event);
  return { events, turns: countTurns(events) };
}

/** Throws `SessionError` where the session has not so many turns. */
export function checkTurn(turn: number, turns: number): void {
  if (turn <= turns) return;
  const have = turns === 1 ? 'is only 1 turn' : `are only ${turns} turns`;
  throw new SessionError('no_such_turn', `there is no turn ${turn}: in the session ${have}`, 'see `drydock show`');
}

const READING: ReadonlySet<string> = new Set(
  [...defaultTools('edit'), recallTool].filter(({ touches }) => touches === 'nothing').map(({ name }) => name),
);

/** See `unsavedTurn`; what is not known to read only (a tool of an MCP server) may write. */
export function unsavedAt(events: readonly SessionEvent[], turn: number): Unsaved | null {
  // In place there are no checkpoints at all.
  if (events.some((event) => event.type === 'session.created' && event.sandbox.backend === 'host')) return null;
  return unsavedTurn(events, turn, (tool) => !READING.has(tool));
}

/** That in one line; the files are called "the files", whatever is done with them. */
export function tellUnsaved({ turn, shown }: Unsaved): string {
  const then = shown === 0 ? 'at the start' : `after turn ${shown}`;
  return `turn ${turn} has no checkpoint of its own; the files are as they were ${then}`;
}

/** Throws `SessionError` for a session that worked in place, and so keeps no files. */
export function refuseHost({ id, sandbox }: CreatedEvent): void {
  if (sandbox.backend === 'host') throw onHost(id);
}

function onHost(id: string): SessionError {
  const message = `session ${id} worked in place, on the host: it has no checkpoints`;
  return new SessionError('no_checkpoints', message, 'its changes are in your files; use git there');
}

/** Where a session's files are kept. */
export type Files = {
  trusted: TrustedRepository;
  repository: Repository;
  /** The commit that the work began with: the base, or the user's uncommitted files on top of it. */
  base: string;
};

/** Throws `SessionError` for a session that keeps none, `RepositoryError` where its repository has gone. */
export async function openFiles(
  dir: string,
  created: CreatedEvent,
  checkpoints: readonly Checkpoint[],
  env: NodeJS.ProcessEnv,
): Promise<Files> {
  if (created.repository === null) throw onHost(created.id);
  refuseHost(created);
  const repository = await inspectRepository(created.repository.root, env);
  const trusted = await openTrusted(join(dir, 'workspace.git'), repository);
  const dirty = checkpoints.find(({ trigger }) => trigger === 'include_dirty');
  return { trusted, repository, base: dirty?.commit ?? created.repository.base };
}

/** What going back has done. `turn` is the one whose files are there now; null: there was nothing to undo. */
export type Undone = { session: string; turn: number | null; files: Checkpoint['files'] } & Pick<
  Delivered,
  'branch' | 'remarks' | 'problems'
>;

/**
 * Makes the files after `turn`, or those before the newest change where it is null, the session's newest: a resume goes on
 * from them, and the model is told. The session's branch and what it has put into the working tree go back too. Throws
 * `SessionError` (in use, no such turn, no checkpoints) and `RepositoryError` before anything is changed.
 */
export async function undo(dir: string, turn: number | null, env: NodeJS.ProcessEnv): Promise<Undone> {
  const session = await openSession(dir);
  try {
    const { events, turns } = await readSession(dir);
    const before = session.state();
    const { trusted, repository, base } = await openFiles(dir, session.created, before.checkpoints, env);
    const nothing = { session: session.id, turn: null, files: [], branch: null, remarks: [], problems: [] };
    if (turn !== null) checkTurn(turn, turns);
    const baseTree = await treeOf(trusted, base);
    const unsaved = turn === null ? null : unsavedAt(events, turn);
    const notes = unsaved === null ? [] : [tellUnsaved(unsaved)];
    const target =
      turn === null
        ? undoTarget(events, baseTree)
        : { turn: unsaved?.shown ?? turn, checkpoint: filesAfter(events, turn) };
    if (target === null) return nothing;
    const { commit, tree, files, moreFiles } = target.checkpoint ?? { commit: base, tree: baseTree, files: [] };
    if (tree === (before.checkpoints.at(-1)?.tree ?? baseTree)) return { ...nothing, remarks: notes };

    // A sandbox that a crash has left still holds what is undone here.
    await forgetSandbox(dir);
    for (const result of interruptedResults(before)) session.append(result);
    session.append({ type: 'notice', reason: 'undone', text: undoneNotice(target.turn) });
    session.append({
      type: 'checkpoint',
      commit,
      tree,
      files,
      ...(moreFiles === undefined ? {} : { moreFiles }),
      trigger: 'undo',
      turn: target.turn,
    });
    const landed = landedBranch(before);
    const applied = await appliedCommit(trusted);
    const {
      branch,
      applied: inTree,
      patch,
      remarks,
      problems,
    } = await deliver(
      { dir, trusted, repository, base, commit },
      { branch: landed?.branch ?? null, landed, apply: applied === null ? 'no' : 'from_applied' },
    );
    const patchHandle = patch === null || files.length === 0 ? null : await session.blobs.keep(patch);
    session.append({ type: 'exported', branch, applied: inTree, commit, base, files, flattened: [], patchHandle });
    return { session: session.id, turn: target.turn, files, branch, remarks: [...notes, ...remarks], problems };
  } finally {
    await session.close();
  }
}

function undoneNotice(turn: number): string {
  const then = turn === 0 ? 'as they were when the work began' : `as they were after your turn ${turn}`;
  return `The user has undone changes of yours: the files are ${then}. Look at them before you rely on later edits.`;
}
