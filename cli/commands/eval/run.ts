/** `drydock eval run` and `drydock eval grade`: agents on a suite, to the reports and the exit code. */
import { resolve } from 'node:path';
import { z } from 'zod';
import { byteSize } from '../../../agent/index.ts';
import {
  type EvalAgent,
  indexRun,
  minimumDetectableEffect,
  type ReportData,
  readAgents,
  readRun,
  readValidation,
  runEval,
  withoutQuarantined,
  writeReports,
} from '../../../evals/index.ts';
import { dockerfilePath } from '../../dockerfile.ts';
import { UsageError, withHint } from '../../errors.ts';
import { interruptible } from '../../interrupt.ts';
import { parseOptions } from '../../options.ts';
import { writeOut } from '../../output.ts';
import { createEvalLive } from '../../render/eval-live.ts';
import { evalSummary } from '../../render/eval-summary.ts';
import { painter } from '../../render/text.ts';
import { chosenSuite, suiteOptions } from '../../suites.ts';
import { VERSION } from '../../version.ts';

/** What both commands take. */
export const runOptions = suiteOptions.extend({
  jobs: z.number(),
  keepImages: byteSize.default(20 * 1024 ** 3),
  out: z.string().min(1, 'is empty').optional(),
  json: z.boolean().default(false),
});
const evalRunOptions = runOptions.extend({
  config: z.array(z.string()).default([]),
  agent: z.array(z.string()).default([]),
  command: z.array(z.string()).default([]),
  attempts: z.number(),
  maxCost: z.number().optional(),
});

/** Runs agents on a suite, writes the reports and prints the summary. */
export async function evalRunCommand(suite: string, raw: Record<string, unknown>): Promise<number> {
  const options = parseOptions(evalRunOptions, raw);
  const agents = await readAgents(options.config, options.agent, options.command);
  return runAgents(suite, agents, { ...options, maxCost: options.maxCost ?? null });
}

/** Runs agents that have been read. */
export async function runAgents(
  name: string,
  agents: readonly EvalAgent[],
  options: z.infer<typeof runOptions> & { attempts: number; maxCost: number | null },
): Promise<number> {
  const read = await chosenSuite(name, options);
  const { suite, unchecked } = withoutQuarantined(read, await readValidation(read.root));
  const out = resolve(options.out ?? `drydock-eval-${suite.name}`);
  const live = createEvalLive(process.stderr, process.env);
  for (const { id, problem } of suite.invalid) live.note(`${id} is not run: ${problem}`);
  if (suite.tasks.length === 0) throw new UsageError(`no task of ${suite.name} can be run`);
  if (unchecked.length > 0 && agents.some(({ kind }) => kind === 'configuration')) {
    live.note(`not validated as they are: ${unchecked.join(', ')} (drydock eval validate ${name})`);
  }
  if (agents.length > 1) live.note(detectable(suite.tasks.length, options.attempts));
  const interrupt = interruptible(
    () => live.note('stopping; once more to stop at once'),
    () => null,
  );
  try {
    const { stopped } = await runEval(
      { suite, agents, attempts: options.attempts },
      {
        ...{ out, jobs: options.jobs, maxCostUsd: options.maxCost, keepImagesBytes: options.keepImages },
        ...{ env: process.env, version: VERSION, dockerfile: dockerfilePath(), signal: interrupt.signal },
        onProgress: live.show,
      },
    );
    live.stop();
    const report = await finish(out, options.json);
    if (stopped === 'cost') {
      const more = `${left(report.missing)}; go on with the same call and a higher --max-cost`;
      process.stderr.write(`drydock: ${withHint(`stopped at the limit of $${options.maxCost}`, more)}\n`);
      return 5;
    }
    const infra = report.trials.filter(({ outcome }) => outcome === 'infra');
    if (infra.length === 0) return 0;
    const why = `${infra.length} ${infra.length === 1 ? 'trial' : 'trials'} failed for what the agent is not to blame for, the last: ${infra.at(-1)?.detail}`;
    process.stderr.write(`drydock: ${withHint(why, 'the same call tries them again')}\n`);
    return 4;
  } catch (error) {
    live.stop();
    if (!interrupt.signal.aborted) throw error;
    const report = await finish(out, options.json);
    const { message, exitCode } = z
      .object({ message: z.string(), exitCode: z.number() })
      .parse(interrupt.signal.reason);
    process.stderr.write(`drydock: ${withHint(message, `${left(report.missing)}; the same call goes on with them`)}\n`);
    return exitCode;
  } finally {
    interrupt.release();
  }
}

/** Writes the reports, puts the run into the index, and prints the summary, or the report itself. */
export async function finish(out: string, json: boolean): Promise<ReportData> {
  const run = await readRun(out);
  const report = await writeReports(run);
  await indexRun(run, process.env);
  if (json) await writeOut(`${JSON.stringify(report, null, 2)}\n`);
  else await writeOut(evalSummary(report, painter(process.stdout, process.env)));
  return report;
}

function left(trials: number): string {
  return trials === 1 ? '1 trial is left' : `${trials} trials are left`;
}

function detectable(tasks: number, attempts: number): string {
  const effect = minimumDetectableEffect({ tasks, attempts });
  const size = `${tasks} tasks × ${attempts} attempts`;
  return effect === null
    ? `${size} cannot tell two configurations apart, however different they are`
    : `${size} can tell two configurations apart that differ by ${Math.ceil(effect)} percentage points or more`;
}
