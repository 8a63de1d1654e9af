/** A run in a folder, for the tests of reports. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type EventBody, encodeLine } from '../../session/index.ts';
import { ERROR_MODES, type ErrorModes } from '../error-modes.ts';
import { type Run, type RunRecord, trialFolder } from '../run-record.ts';
import { TRIAL_FILES } from '../trial.ts';
import type { Outcome, TrialResult } from '../trial-result.ts';

/** Text that would be markup, an attribute, a script or a turn of direction, wherever it came through. */
export const HOSTILE = `</script></style></pre><img src=x onerror=alert(1)> "quoted" 'single' & \`tick\` | @team \u202eesrever\u2066 \u200bnothing\x1b]0;title\x07`;

/** Two agents and an oracle on so many tasks. */
export function sampleRecord(tasks: number, attempts: number): RunRecord {
  return {
    version: 1,
    id: 'abcd',
    suite: 'sample',
    drydockVersion: '0.1.0',
    startedAt: '2026-11-24T15:30:12.000Z',
    attempts,
    tasks: Array.from({ length: tasks }, (_, index) => ({
      id: `task-${index + 1}`,
      digest: `t${index + 1}`,
      title: `Title ${index + 1}`,
      tags: ['python'],
      solutionFiles: ['a.py'],
    })),
    left: [],
    agents: [
      { kind: 'configuration', name: 'first', digest: 'a1', values: { model: 'p:one' } },
      { kind: 'configuration', name: 'second', digest: 'a2', values: { model: 'p:two' } },
      { kind: 'oracle', name: 'gold', digest: 'a3' },
    ],
  };
}

/** A result of a trial of `sampleRecord`. */
export function sampleResult(
  { agents, tasks }: RunRecord,
  [agent, task, attempt]: readonly [agent: number, task: number, attempt: number],
  changes: Partial<TrialResult> = {},
): TrialResult {
  const { name = '', digest: agentDigest = '', kind = 'oracle' } = agents[agent - 1] ?? {};
  const { id = '', digest: taskDigest = '' } = tasks[task - 1] ?? {};
  const oracle = kind === 'oracle';
  const outcome: Outcome = changes.outcome ?? 'resolved';
  return {
    version: 1,
    key: `${agent}-${task}-${attempt}`,
    ...{ task: id, taskDigest, agent: name, agentDigest, attempt },
    drydockVersion: '0.1.0',
    outcome,
    reason: outcome === 'resolved' ? 'all_passed' : 'tests_failed',
    detail: '',
    tests: [{ name: 'a > b', expected: 'fail_to_pass', status: outcome === 'resolved' ? 'passed' : 'failed' }],
    end: oracle ? null : { outcome: 'completed', message: 'the model finished' },
    model: oracle ? null : `p:${name}`,
    usage: oracle
      ? null
      : {
          inputTokens: 1000,
          outputTokens: 100,
          cacheReadTokens: 500,
          cacheWriteTokens: 0,
          reasoningTokens: 10,
          costUsd: agent / 10,
        },
    turns: oracle ? 0 : 3,
    requests: oracle ? 0 : 3,
    compactions: 0,
    edits: oracle ? {} : { edit: { calls: 4, applied: 3 } },
    errorModes: oracle ? null : (Object.fromEntries(ERROR_MODES.map((mode) => [mode, 0])) as ErrorModes),
    files: ['a.py'],
    patchBytes: 1,
    tries: 1,
    startedAt: '2026-11-24T15:30:12.000Z',
    ms: { total: 1000, agent: 900, model: 500, tests: 100 },
    session: oracle ? null : 'sessions/s',
    ...changes,
  };
}

/** What a trial's folder holds; absent: no such file. */
export type SampleFiles = {
  patch?: string;
  tests?: string;
  output?: string;
  events?: readonly EventBody[];
};

/** Writes the files of a trial. */
export async function writeTrial(
  run: Run,
  result: TrialResult,
  { patch, tests, output, events }: SampleFiles,
): Promise<void> {
  const folder = trialFolder(run.folder, result.agent, result.task, result.attempt);
  const session = join(folder, result.session ?? 'none');
  await mkdir(session, { recursive: true });
  if (patch !== undefined) await writeFile(join(folder, TRIAL_FILES.patch), patch);
  if (tests !== undefined) await writeFile(join(folder, TRIAL_FILES.tests), tests);
  if (output !== undefined) await writeFile(join(folder, TRIAL_FILES.output), output);
  if (events === undefined) return;
  const lines = events.map((event, index) =>
    encodeLine({ v: 1, seq: index + 1, at: '2026-11-24T15:30:12.000Z', ...event }),
  );
  await writeFile(join(session, 'events.jsonl'), lines.join(''));
}
