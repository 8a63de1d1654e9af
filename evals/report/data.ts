/** What a run says, worked out of its results: the one source of every way in which it is shown. Pure, plain data. */
import { ERROR_MODES, type ErrorModes } from '../error-modes.ts';
import type { Run } from '../run-record.ts';
import {
  differenceInterval,
  holm,
  type Interval,
  meanInterval,
  minimumDetectableEffect,
  pairedPermutation,
  paretoFront,
  passAtK,
  passHatK,
} from '../statistics/index.ts';
import { OUTCOMES, type Outcome, type TrialResult } from '../trial-result.ts';
import { type Localisation, localisationOf } from './component-evals.ts';
import { type SweBenchCounts, sweBenchCounts } from './swe-bench-counts.ts';

/** A rate of `resolved` among `of`. */
export type Rate = { resolved: number; of: number };

export type AgentReport = {
  name: string;
  digest: string;
  kind: Run['record']['agents'][number]['kind'];
  models: string[];
  outcomes: Record<Outcome, number>;
  /** Of all trials; and of those that say something of the agent (neither `infra` nor `invalid_task`). */
  ofAll: Rate;
  ofCounted: Rate;
  /** The mean over tasks of the share of attempts that resolved them; null: no trial counts. */
  success: Interval | null;
  /** For each k up to the attempts that every counted task has. */
  passAtK: number[];
  passHatK: number[];
  /** Sums over all trials; null: the provider reported no price. */
  costUsd: number | null;
  costPerResolved: number | null;
  tokens: { input: number; cacheRead: number; cacheWrite: number; output: number; reasoning: number };
  tokensPerResolved: number | null;
  /** Of the agent's work, without grading. */
  seconds: number;
  secondsPerResolved: number | null;
  turns: number;
  compactions: number;
  /** How many trials show each mode at least once, and how often it was counted in all. */
  errorModes: { mode: keyof ErrorModes; trials: number; count: number }[];
  /** By the tool's name. */
  edits: { tool: string; calls: number; applied: number }[];
  /** Of the files that the solution changes: how many of those that were changed are among them, and how many of them were found. */
  localisation: Localisation | null;
};

/** Two agents on the tasks that both have counted trials of. `difference` is the second less the first. */
export type Comparison = {
  first: string;
  second: string;
  tasks: number;
  difference: Interval;
  /** Tasks of which the one resolved more than the other. */
  firstBetter: string[];
  secondBetter: string[];
  /** Paired permutation test over tasks; with one attempt each it is the exact McNemar test. */
  p: number;
  /** Corrected by Holm for all comparisons of the report. */
  pCorrected: number;
  method: string;
};

export type ReportData = SweBenchCounts & {
  version: 1;
  run: { id: string; folder: string; suite: string; startedAt: string; drydockVersion: string; attempts: number };
  tasks: { id: string; title: string; tags: string[]; digest: string }[];
  /** Tasks that are not run, and why. */
  left: { id: string; problem: string }[];
  agents: AgentReport[];
  comparisons: Comparison[];
  /** Names of the agents that no other beats in both cost (of a trial, on average) and success; empty where no cost is known. */
  pareto: string[];
  /** Percentage points that this many tasks and attempts can tell apart with 80 % chance at the 5 % level; null: none. */
  minimumDetectable: number | null;
  missing: number;
  trials: TrialResult[];
};

/** Whether a trial says something of the agent. */
export function isCounted({ outcome }: Pick<TrialResult, 'outcome'>): boolean {
  return outcome !== 'infra' && outcome !== 'invalid_task';
}

/** Works a run out. */
export function reportOf({ folder, record, results }: Run): ReportData {
  const agents = record.agents.map((agent) => agentReport(agent, results, record));
  const comparable = record.agents.filter(({ name }) =>
    results.some((result) => result.agent === name && isCounted(result)),
  );
  const comparisons = comparePairs(
    comparable.map(({ name }) => name),
    results,
  );
  const points = agents.flatMap(({ name, costUsd, success, ofAll }) =>
    costUsd === null || success === null ? [] : [{ name, cost: costUsd / ofAll.of, success: success.mean }],
  );
  return {
    version: 1,
    ...sweBenchCounts(record, results),
    run: {
      id: record.id,
      folder,
      suite: record.suite,
      startedAt: record.startedAt,
      drydockVersion: record.drydockVersion,
      attempts: record.attempts,
    },
    tasks: record.tasks.map(({ id, title, tags, digest }) => ({ id, title, tags, digest })),
    left: record.left.map(({ id, problem }) => ({ id, problem })),
    agents,
    comparisons,
    pareto: paretoFront(points).map(({ name }) => name),
    minimumDetectable:
      record.tasks.length === 0
        ? null
        : minimumDetectableEffect({ tasks: record.tasks.length, attempts: record.attempts }),
    missing: record.agents.length * record.tasks.length * record.attempts - results.length,
    trials: [...results],
  };
}

function agentReport(
  { name, digest, kind }: Run['record']['agents'][number],
  results: readonly TrialResult[],
  record: Run['record'],
): AgentReport {
  const trials = results.filter((result) => result.agent === name);
  const counted = trials.filter(isCounted);
  const resolved = trials.filter(({ outcome }) => outcome === 'resolved').length;
  const groups = [...Map.groupBy(counted, ({ task }) => task).values()];
  const successes = groups.map((attempts) => attempts.map(({ outcome }) => (outcome === 'resolved' ? 1 : 0)));
  const least = Math.min(...successes.map(({ length }) => length), record.attempts);
  const overTasks = (k: number, of: (n: number, c: number, k: number) => number) =>
    mean(successes.map((attempts) => of(attempts.length, attempts.filter((value) => value === 1).length, k)));
  const ks = successes.length === 0 ? [] : Array.from({ length: least }, (_, index) => index + 1);
  const sum = (of: (result: TrialResult) => number) => trials.reduce((total, result) => total + of(result), 0);
  const costs = trials.flatMap(({ usage }) => (usage === null ? [] : [usage.costUsd]));
  const costUsd =
    costs.length === 0 || costs.some((cost) => cost === null) ? null : costs.reduce<number>((a, b) => a + (b ?? 0), 0);
  const input = sum(({ usage }) => usage?.inputTokens ?? 0);
  const output = sum(({ usage }) => usage?.outputTokens ?? 0);
  const seconds = sum(({ ms }) => ms.agent) / 1000;
  // Of the others nothing is known but their patches.
  const isWatched = kind === 'configuration' || kind === 'command';
  const per = (value: number | null) => (value === null || resolved === 0 ? null : value / resolved);
  return {
    ...{ name, digest, kind },
    models: [...new Set(trials.flatMap(({ model }) => (model === null ? [] : [model])))],
    outcomes: countOutcomes(trials),
    ofAll: { resolved, of: trials.length },
    ofCounted: { resolved, of: counted.length },
    success: successes.length === 0 ? null : meanInterval(successes),
    passAtK: ks.map((k) => overTasks(k, passAtK)),
    passHatK: ks.map((k) => overTasks(k, passHatK)),
    costUsd,
    costPerResolved: per(costUsd),
    tokens: {
      input,
      cacheRead: sum(({ usage }) => usage?.cacheReadTokens ?? 0),
      cacheWrite: sum(({ usage }) => usage?.cacheWriteTokens ?? 0),
      output,
      reasoning: sum(({ usage }) => usage?.reasoningTokens ?? 0),
    },
    tokensPerResolved: isWatched ? per(input + output) : null,
    seconds,
    secondsPerResolved: isWatched ? per(seconds) : null,
    turns: sum(({ turns }) => turns),
    compactions: sum(({ compactions }) => compactions),
    errorModes: ERROR_MODES.map((mode) => ({
      mode,
      trials: trials.filter(({ errorModes }) => (errorModes?.[mode] ?? 0) > 0).length,
      count: sum(({ errorModes }) => errorModes?.[mode] ?? 0),
    })),
    edits: editsOf(trials),
    localisation: localisationOf(counted, record.tasks),
  };
}

/** How often each outcome is among the trials. */
export function countOutcomes(trials: readonly TrialResult[]): Record<Outcome, number> {
  const counted = Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 0])) as Record<Outcome, number>;
  for (const { outcome } of trials) counted[outcome] += 1;
  return counted;
}

function editsOf(trials: readonly TrialResult[]): AgentReport['edits'] {
  const tools = [...new Set(trials.flatMap(({ edits }) => Object.keys(edits)))].sort();
  return tools.map((tool) => ({
    tool,
    calls: trials.reduce((sum, { edits }) => sum + (edits[tool]?.calls ?? 0), 0),
    applied: trials.reduce((sum, { edits }) => sum + (edits[tool]?.applied ?? 0), 0),
  }));
}

/** Every pair, the earlier one first. */
function comparePairs(names: readonly string[], results: readonly TrialResult[]): Comparison[] {
  const pairs = names.flatMap((first, index) => names.slice(index + 1).map((second) => ({ first, second })));
  const compared = pairs.flatMap(({ first, second }) => {
    const comparison = compareTrials(
      results.filter(({ agent }) => agent === first),
      results.filter(({ agent }) => agent === second),
    );
    return comparison === null ? [] : [{ first, second, ...comparison }];
  });
  const corrected = holm(compared.map(({ p }) => p));
  return compared.map((comparison, index) => ({ ...comparison, pCorrected: corrected[index] ?? comparison.p }));
}

/** Compares the counted trials of two agents on the tasks that both have; null: they have none. */
export function compareTrials(
  first: readonly TrialResult[],
  second: readonly TrialResult[],
): Omit<Comparison, 'first' | 'second' | 'pCorrected'> | null {
  const byTask = (results: readonly TrialResult[]) => Map.groupBy(results.filter(isCounted), ({ task }) => task);
  const [ours, theirs] = [byTask(first), byTask(second)];
  const tasks = [...ours.keys()].filter((task) => theirs.has(task)).sort();
  if (tasks.length === 0) return null;
  const values = (from: typeof ours) =>
    tasks.map((task) => (from.get(task) ?? []).map(({ outcome }) => (outcome === 'resolved' ? 1 : 0)));
  const [a, b] = [values(ours), values(theirs)];
  const test = pairedPermutation(a, b);
  const better = (one: number[][], other: number[][]) =>
    tasks.filter((_, index) => mean(one[index] ?? []) > mean(other[index] ?? []));
  const single = [...a, ...b].every(({ length }) => length === 1);
  return {
    tasks: tasks.length,
    difference: differenceInterval(a, b),
    firstBetter: better(a, b),
    secondBetter: better(b, a),
    p: test.p,
    method: single
      ? 'exact McNemar'
      : `paired permutation over tasks, ${test.method === 'exact' ? 'exact' : `${test.samples} samples`}`,
  };
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
