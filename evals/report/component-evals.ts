/** What parts of an agent did, apart from whether the work was done. Pure. */
import type { RunRecord } from '../run-record.ts';
import type { TrialResult } from '../trial-result.ts';

/** Calls of a tool that changes files, by the model that made them, and how many of them did change what they were to. */
export type ModelEdits = { model: string; tool: string; calls: number; applied: number };

/** Trials of an agent whose history was made shorter at least once, and how many of them resolved. */
export type Compacted = { agent: string; trials: number; resolved: number; compactions: number };

/** By model, then by tool, in the order of their names. A trial counts for the model that it began with. */
export function editsByModel(trials: readonly TrialResult[]): ModelEdits[] {
  const found = new Map<string, ModelEdits>();
  for (const { model, edits } of trials) {
    for (const [tool, { calls, applied }] of Object.entries(edits)) {
      const name = model ?? 'unknown';
      const key = JSON.stringify([name, tool]);
      const sum = found.get(key) ?? { model: name, tool, calls: 0, applied: 0 };
      found.set(key, { ...sum, calls: sum.calls + calls, applied: sum.applied + applied });
    }
  }
  const key = ({ model, tool }: ModelEdits) => `${model}\n${tool}`;
  return [...found.values()].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

/** For each of the agents that compacted. */
export function compactedTrials(agents: readonly string[], trials: readonly TrialResult[]): Compacted[] {
  return agents.flatMap((agent) => {
    const compacted = trials.filter((trial) => trial.agent === agent && trial.compactions > 0);
    if (compacted.length === 0) return [];
    return [
      {
        agent,
        trials: compacted.length,
        resolved: compacted.filter(({ outcome }) => outcome === 'resolved').length,
        compactions: compacted.reduce((sum, { compactions }) => sum + compactions, 0),
      },
    ];
  });
}

/** How well the changed files are those that the solution changes, as means over trials. */
export type Localisation = { precision: number; recall: number; trials: number };

/** What running a project's tests leaves behind where the project ignores nothing: nobody has chosen these files. */
const GENERATED =
  /(^|\/)(__pycache__|\.pytest_cache|\.mypy_cache|\.ruff_cache|node_modules|\.vitest|\.nyc_output)\/|\.py[co]$/;

/** Null: no trial is of a task whose solution is known as a patch. */
export function localisationOf(trials: readonly TrialResult[], tasks: RunRecord['tasks']): Localisation | null {
  const solutions = new Map(tasks.map(({ id, solutionFiles }) => [id, solutionFiles]));
  const scores = trials.flatMap(({ task, files }) => {
    const solution = solutions.get(task) ?? null;
    if (solution === null || solution.length === 0) return [];
    const changed = files.filter((path) => solution.includes(path) || !GENERATED.test(path));
    const found = solution.filter((path) => changed.includes(path)).length;
    return [{ precision: changed.length === 0 ? 0 : found / changed.length, recall: found / solution.length }];
  });
  if (scores.length === 0) return null;
  const mean = (part: 'precision' | 'recall') => scores.reduce((sum, score) => sum + score[part], 0) / scores.length;
  return { precision: mean('precision'), recall: mean('recall'), trials: scores.length };
}
