/** The public face of `session/`: the event log that is the session, and what is read from it. */
export { type BlobStore, openBlobs } from './blobs.ts';
export {
  bytesOf,
  halfRemoved,
  holdSession,
  isHeld,
  lastUsed,
  leftoversIn,
  removePath,
  removeSession,
  retainedOf,
} from './clean.ts';
export { COMPACTION_STRATEGIES } from './compaction-events.ts';
export { SessionError, type SessionErrorKind } from './errors.ts';
export {
  type CreatedEvent,
  type EventBody,
  type EventPlace,
  LOG_VERSION,
  type NewEvent,
  parseEvent,
  type RunOutcome,
  type SessionEvent,
} from './events.ts';
export { type AtifBuilder, startAtif, toAtif } from './export/atif.ts';
export type { AtifTrajectory } from './export/atif-schema.ts';
export {
  findSession,
  hostFolderOf,
  isWithin,
  listSessions,
  newSessionId,
  type SessionSummary,
  sessionIds,
  sessionsDir,
} from './find.ts';
export {
  type CurrentModel,
  type Fit,
  type FoldedEvent,
  fold,
  interruptedResults,
  type SessionState,
  startFold,
} from './fold.ts';
export {
  applyCompaction,
  type HistoryCall,
  type HistoryItem,
  handleOf,
  type PendingCall,
  parseHandle,
  plainItem,
  viewOf,
} from './history.ts';
export { encodeLine } from './json-line.ts';
export { acquireLock, type Lock, lifeOf, thisProcess } from './lock.ts';
export { readEvents } from './log.ts';
export { makeFolders } from './make-folders.ts';
export { chooseSessions, type Retained, type Work, workOf } from './retention.ts';
export { createSession, openSession, type Repair, type Session } from './store.ts';
export { type Checkpoint, countTurns, filesAfter, type Unsaved, undoTarget, unsavedTurn, upToTurn } from './turns.ts';
