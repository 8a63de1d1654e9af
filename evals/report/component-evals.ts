/** What parts of an agent did, apart from whether the work was done. Pure. */
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
