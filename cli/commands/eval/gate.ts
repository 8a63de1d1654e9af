/** `drydock eval gate`. */
import { resolve } from 'node:path';
import { z } from 'zod';
import { compareRuns, judgeGate, readRun } from '../../../evals/index.ts';
import { withHint } from '../../errors.ts';
import { parseOptions } from '../../options.ts';
import { writeOut } from '../../output.ts';
import { printable } from '../../render/text.ts';
import { chosenAgents } from './compare.ts';

/** Exit code 1 where the run is worse than the baseline beyond noise. */
export async function evalGateCommand(run: string, raw: Record<string, unknown>): Promise<number> {
  const options = parseOptions(chosenAgents.extend({ baseline: z.string(), tolerance: z.number() }), raw);
  const { baseline, agent, otherAgent, tolerance } = options;
  const comparison = compareRuns(await readRun(resolve(baseline)), await readRun(resolve(run)), {
    first: otherAgent ?? null,
    second: agent ?? null,
  });
  const { passed, text } = judgeGate(comparison, tolerance);
  if (passed) {
    await writeOut(`${printable(text)}\n`);
    return 0;
  }
  process.stderr.write(`drydock: ${withHint(text, `see drydock eval compare ${baseline} ${run}`)}\n`);
  return 1;
}
