/** Grading by a reward that a script writes, as in Harbor. */
import type { DockerSandbox, Engine } from '../../sandbox/index.ts';
import type { TestPlan } from '../task.ts';
import { type Grade, type GradeRequest, inPlace, MAX_LOG_BYTES, openPlace, section, textOf } from './place.ts';

type RewardPlan = Extract<TestPlan, { kind: 'reward' }>;

/** Where the script writes it. */
const REWARDS = '/logs/verifier';
const MAX_REWARD_BYTES = 64 * 1024;

/** Grades what is in the workspace. Resolved is a reward of 1 or more. Throws `SandboxError`. */
export async function gradeByReward(
  engine: Engine,
  request: GradeRequest,
  plan: RewardPlan,
  sandbox: DockerSandbox,
  log: string[],
): Promise<Grade> {
  const startedAt = performance.now();
  const { reward, reason } = await runVerifier(plan, sandbox, log);
  const done = { tests: [], log: log.join(''), testMs: performance.now() - startedAt };
  if (reward !== null) {
    const outcome = reward >= 1 ? 'resolved' : 'unresolved';
    return {
      ...done,
      outcome,
      reason: outcome === 'resolved' ? 'all_passed' : 'reward',
      detail: `the reward is ${reward}`,
    };
  }
  if (reason === 'timeout') return { ...done, outcome: 'unresolved', reason, detail: 'the tests took too long' };
  const starts = await inPlace(
    openPlace(engine, { ...request, sessionId: `${request.sessionId}-probe` }),
    request,
    async (fresh) => {
      return (await runVerifier(plan, fresh, [])).reward !== null;
    },
  );
  return starts
    ? { ...done, outcome: 'unresolved', reason: 'ended_early', detail: 'the tests wrote no reward' }
    : {
        ...done,
        outcome: 'invalid_task',
        reason: 'suite_does_not_start',
        detail: 'the tests write no reward, with or without the work',
      };
}

async function runVerifier(
  { script, files, env, timeoutMs }: RewardPlan,
  sandbox: DockerSandbox,
  log: string[],
): Promise<{ reward: number | null; reason: string }> {
  await sandbox.place('/tests', [...files]);
  // Whatever the work has put there.
  await sandbox.exec({ command: `rm -rf ${REWARDS}/* ${REWARDS}/.[!.]*` });
  const process = await sandbox.spawn({ command: script, env: { ...env }, timeoutMs, maxOutputBytes: MAX_LOG_BYTES });
  const { exitCode, reason, output } = await process.ended;
  await process.kill();
  log.push(section('the tests', exitCode), textOf(output));
  const text = await readText(sandbox, `${REWARDS}/reward.txt`);
  const json = text === null ? await readText(sandbox, `${REWARDS}/reward.json`) : null;
  const reward = text !== null ? numberIn(text) : json === null ? null : rewardIn(json);
  return { reward, reason };
}

async function readText(sandbox: DockerSandbox, path: string): Promise<string | null> {
  const { exitCode, output } = await sandbox.exec({ command: `head -c ${MAX_REWARD_BYTES} ${path}` });
  return exitCode === 0 ? textOf(output) : null;
}

function numberIn(text: string): number | null {
  const value = Number(text.trim());
  return text.trim() === '' || !Number.isFinite(value) ? null : value;
}

/** `{"reward": 1}`, or several rewards by name, of which each counts the same; null: it is none of these. Pure. */
export function rewardIn(text: string): number | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value === 'number') return value;
  if (typeof value !== 'object' || value === null) return null;
  if ('reward' in value && typeof value.reward === 'number') return value.reward;
  const numbers = Object.values(value).filter((each) => typeof each === 'number');
  return numbers.length === 0 ? null : numbers.reduce((sum, each) => sum + each, 0) / numbers.length;
}
