/** The public face of `evals/`: which agent configuration is better, and how sure one can be. */
export { type EvalAgent, readAgents, readPredictedAgents } from './agents.ts';
export { compareRuns, judgeGate, type RunComparison } from './compare.ts';
export { type IndexedRun, indexRun, readIndex } from './configuration-index.ts';
export { ERROR_MODE_WORDS, type ErrorMode } from './error-modes.ts';
export { describeComparison } from './new/compare-runs.ts';
export { type RangeResult, taskFromRange } from './new/from-range.ts';
export { scaffoldTask } from './new/scaffold.ts';
export { type AgentReport, type Comparison, type ReportData, reportOf } from './report/data.ts';
export { writeReports } from './report/write.ts';
export { type Progress, type RunOptions, type RunPlan, runEval } from './run.ts';
export { findRuns, type Run, type RunRecord, readRun } from './run-record.ts';
export { minimumDetectableEffect } from './statistics/index.ts';
export { readSuite } from './suite.ts';
export { type InvalidTask, RUNNERS, type Suite, type Task, TaskError } from './task.ts';
export { OUTCOMES, type Outcome, type TrialResult } from './trial-result.ts';
export {
  readValidation,
  type TaskValidation,
  type ValidateOptions,
  validateTasks,
  withoutQuarantined,
  writeValidation,
} from './validate.ts';
