/** The counts of SWE-bench's report, schema 2. An instance is a trial; its id is the task's, where the run has one agent and one attempt. */
import type { RunRecord } from '../run-record.ts';
import type { TrialResult } from '../trial-result.ts';

export type SweBenchCounts = {
  schema_version: 2;
  total_instances: number;
  submitted_instances: number;
  completed_instances: number;
  resolved_instances: number;
  unresolved_instances: number;
  infra_failure_instances: number;
  ambiguous_failure_instances: number;
  empty_patch_instances: number;
  error_instances: number;
  submitted_ids: string[];
  completed_ids: string[];
  incomplete_ids: string[];
  resolved_ids: string[];
  unresolved_ids: string[];
  infra_failure_ids: string[];
  ambiguous_failure_ids: string[];
  empty_patch_ids: string[];
  error_ids: string[];
  failure_reasons: Record<string, string>;
};

/**
 * Counts trials in SWE-bench's words. `completed`: the tests were run. `error`: neither the tests nor the infrastructure are to blame: the
 * patch does not apply, or the task is invalid.
 */
export function sweBenchCounts(
  { agents, tasks, attempts }: RunRecord,
  results: readonly TrialResult[],
): SweBenchCounts {
  const plain = agents.length === 1 && attempts === 1;
  const idOf = (agent: string, task: string, attempt: number) => (plain ? task : `${agent}:${task}:${attempt}`);
  const all = agents.flatMap(({ name }) =>
    tasks.flatMap(({ id }) => Array.from({ length: attempts }, (_, index) => idOf(name, id, index + 1))),
  );
  const kinds = new Map(results.map((result) => [idOf(result.agent, result.task, result.attempt), kindOf(result)]));
  const of = (...wanted: ReturnType<typeof kindOf>[]) =>
    all.filter((id) => wanted.some((kind) => kinds.get(id) === kind));
  const ids = {
    submitted_ids: all.filter((id) => kinds.has(id)),
    completed_ids: of('resolved', 'unresolved', 'ambiguous_failure'),
    incomplete_ids: all.filter((id) => !kinds.has(id)),
    resolved_ids: of('resolved'),
    unresolved_ids: of('unresolved'),
    infra_failure_ids: of('infra_failure'),
    ambiguous_failure_ids: of('ambiguous_failure'),
    empty_patch_ids: of('empty_patch'),
    error_ids: of('error'),
  };
  return {
    schema_version: 2,
    total_instances: all.length,
    submitted_instances: ids.submitted_ids.length,
    completed_instances: ids.completed_ids.length,
    resolved_instances: ids.resolved_ids.length,
    unresolved_instances: ids.unresolved_ids.length,
    infra_failure_instances: ids.infra_failure_ids.length,
    ambiguous_failure_instances: ids.ambiguous_failure_ids.length,
    empty_patch_instances: ids.empty_patch_ids.length,
    error_instances: ids.error_ids.length,
    ...ids,
    failure_reasons: Object.fromEntries(
      results
        .filter(({ outcome }) => outcome !== 'resolved')
        .map(({ agent, task, attempt, reason, detail }) => [idOf(agent, task, attempt), `${reason}: ${detail}`]),
    ),
  };
}

function kindOf({ outcome, reason }: TrialResult) {
  if (outcome === 'resolved') return 'resolved';
  if (outcome === 'infra') return 'infra_failure';
  if (outcome === 'invalid_task' || reason === 'patch_does_not_apply') return 'error';
  if (reason === 'empty_patch') return 'empty_patch';
  return reason === 'ambiguous' || reason === 'ended_early' ? 'ambiguous_failure' : 'unresolved';
}
