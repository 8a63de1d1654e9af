/** What is kept of a trial: plain data, in `result.json` of its folder. Its schema is checked when it is read back. */
import { z } from 'zod';
import { ERROR_MODES } from './error-modes.ts';

/**
 * On axes that are apart: whether the work was done, or who is to blame that nobody knows. `agent_limit`: unresolved, and a limit
 * of the run ended it. `infra`: engine or provider failed, so the trial says nothing about the agent. `invalid_task`: the task says
 * nothing about anybody.
 */
export const OUTCOMES = ['resolved', 'unresolved', 'agent_limit', 'infra', 'invalid_task', 'cheated'] as const;
export type Outcome = (typeof OUTCOMES)[number];

const count = z.number().min(0);
const usage = z.object({
  inputTokens: count,
  outputTokens: count,
  cacheReadTokens: count,
  cacheWriteTokens: count,
  reasoningTokens: count,
  costUsd: count.nullable(),
});

export const trialResultSchema = z.object({
  version: z.literal(1),
  /** Of task, agent, attempt and Drydock's version: the same key, the same trial. */
  key: z.string(),
  task: z.string(),
  taskDigest: z.string(),
  agent: z.string(),
  agentDigest: z.string(),
  attempt: z.number().int().min(1),
  drydockVersion: z.string(),
  outcome: z.enum(OUTCOMES),
  /** A short word: a reason of the verdict, or of the failure. */
  reason: z.string(),
  /** One line. */
  detail: z.string(),
  tests: z.array(
    z.object({
      name: z.string(),
      expected: z.enum(['fail_to_pass', 'pass_to_pass']),
      status: z.enum(['passed', 'failed', 'skipped', 'missing']),
    }),
  ),
  /** How the agent's run ended; null for an oracle, and where it never began. */
  end: z.object({ outcome: z.string(), message: z.string() }).nullable(),
  model: z.string().nullable(),
  usage: usage.nullable(),
  turns: count,
  requests: count,
  compactions: count,
  /** Calls of the tools that change files, by tool: how many, and how many changed what they were to change. */
  edits: z.record(z.string(), z.object({ calls: count, applied: count })),
  errorModes: z.record(z.enum(ERROR_MODES), count).nullable(),
  /** Paths that the patch changes. */
  files: z.array(z.string()),
  patchBytes: count,
  /** How often it was tried, infrastructure failures included. */
  tries: z.number().int().min(1),
  startedAt: z.string(),
  /** Milliseconds: all of it, the agent's run, the time that requests to the model took, and the tests. */
  ms: z.object({ total: count, agent: count, model: count, tests: count }),
  /** The session's folder, relative to the trial's; null: there is none. */
  session: z.string().nullable(),
});
export type TrialResult = z.output<typeof trialResultSchema>;
