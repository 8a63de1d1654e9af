/** The public face of `compaction/`: history in, history that fits out; and what it left out brought back. */
export { type Budget, budgetOf, type Room } from './budget.ts';
export { foldPays } from './fold.ts';
export { HANDOFF_MARK } from './handoff.ts';
export type { Standing } from './ledger.ts';
export {
  clipText,
  type Planned,
  planFold,
  planFoldAll,
  planLedger,
  planMinimal,
  planSummarised,
  planSummary,
  planTruncate,
  RUNGS,
  type Rung,
  recalls,
  type Situation,
  type Strategy,
  type SummaryPlan,
} from './plan.ts';
export { recall } from './recall.ts';
export type { FindPlaces, RecallAnswer, RecallEntry, RecallOptions, RecallQuery } from './recall-types.ts';
export { checkSummary, REPAIRS, SUMMARY_MARK, summaryInstruction } from './summary.ts';
export { seenItems, sizeOf, textOf, viewMessages } from './view.ts';
