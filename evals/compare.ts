/** Two runs held against each other: the same tasks, by their digests, or no comparison at all. Pure. */
import { type Comparison, compareTrials } from './report/data.ts';
import type { Run } from './run-record.ts';
import { TaskError } from './task.ts';

export type RunComparison = Omit<Comparison, 'pCorrected'> & {
  /** Tasks that only one of the runs has. */
  onlyFirst: string[];
  onlySecond: string[];
};

/** Which agents are compared; null: the only one that the run has. */
export type Chosen = { first: string | null; second: string | null };

/**
 * Compares an agent of a run with one of another. Throws `TaskError` where the runs share no task, where a task of the same name is
 * not the same in both, and where it is not clear who is meant.
 */
export function compareRuns(first: Run, second: Run, chosen: Chosen): RunComparison {
  const [a, b] = [agentOf(first, chosen.first, '--agent'), agentOf(second, chosen.second, '--other-agent')];
  const digests = new Map(second.record.tasks.map(({ id, digest }) => [id, digest]));
  const shared = first.record.tasks.filter(({ id }) => digests.has(id));
  const changed = shared.filter(({ id, digest }) => digests.get(id) !== digest).map(({ id }) => id);
  if (changed.length > 0) {
    const what = `${changed.length} of ${shared.length} tasks are not the same in both runs: ${changed.slice(0, 3).join(', ')}`;
    throw new TaskError(what, 'run both on the same state of the suite');
  }
  const comparison = compareTrials(
    first.results.filter(({ agent }) => agent === a),
    second.results.filter(({ agent }) => agent === b),
  );
  if (comparison === null) throw new TaskError('the runs have no task in common that says something of both');
  const ids = new Set(first.record.tasks.map(({ id }) => id));
  return {
    first: `${a} (${first.folder})`,
    second: `${b} (${second.folder})`,
    ...comparison,
    onlyFirst: [...ids].filter((id) => !digests.has(id)),
    onlySecond: [...digests.keys()].filter((id) => !ids.has(id)),
  };
}

function agentOf({ folder, record }: Run, name: string | null, flag: string): string {
  const names = record.agents.map((agent) => agent.name);
  const [only] = names;
  if (name !== null && !names.includes(name))
    throw new TaskError(`${folder} has no agent ${name}`, `it has ${names.join(', ')}`);
  if (name !== null) return name;
  if (only === undefined || names.length > 1)
    throw new TaskError(`${folder} has ${names.length} agents`, `name one with ${flag}: ${names.join(', ')}`);
  return only;
}

/** What a gate says. `worse`: the second is worse than the first by more than noise and tolerance. */
export type Gate = { passed: boolean; text: string };

/**
 * Whether a run may pass: it does unless it resolves less than the baseline, significantly at the 5 % level, by more than the tolerance
 * (percentage points). `comparison` has the baseline first. A run that could not be told apart from a far worse one passes
 * too; the text says what it could have seen.
 */
export function judgeGate({ difference, p, tasks, firstBetter }: RunComparison, tolerance: number): Gate {
  const points = difference.mean * 100;
  const said = `${points >= 0 ? '+' : ''}${points.toFixed(1)} points (${(difference.low * 100).toFixed(1)} to ${(difference.high * 100).toFixed(1)}), p = ${p.toFixed(3)}, ${tasks} tasks`;
  const worse = difference.mean < 0 && p < 0.05 && -points > tolerance;
  if (!worse) return { passed: true, text: `not worse beyond noise: ${said}` };
  return { passed: false, text: `worse than the baseline: ${said}; it lost ${firstBetter.join(', ')}` };
}
