/** The public face of `agent/`: runs of a task, and what they are bounded by. */
export type { CallerOptions, RunResult } from './carry-out.ts';
export { type Compacted, type CompactOptions, compactSession } from './compact-session.ts';
export type { Emit, TaskEvent } from './events.ts';
export { environmentForRun } from './first-choice.ts';
export { forkSession } from './fork.ts';
export { isSecretName, SECRET_PATTERNS, secretValues } from './guard/secrets.ts';
export { EXIT_CODES, type Limits, type RunEnd } from './limits.ts';
export { checkTurn, readSession, tellUnsaved, type Undone, undo, unsavedAt } from './past.ts';
export type { Answer, Approve, Question } from './policy/gate.ts';
export { fitsGlob } from './policy/glob.ts';
export { adoptableContainer } from './record.ts';
export { type ResumeOptions, resumeTask } from './resume.ts';
export * from './settings/index.ts';
export { runTask, type TaskOptions } from './task.ts';
export { type Applied, applyWork, type Work, workAfter } from './work.ts';
export type { Harvest } from './workplace.ts';
