/** `drydock eval compare`. */
import { resolve } from 'node:path';
import { z } from 'zod';
import { compareRuns, readRun } from '../../../evals/index.ts';
import { parseOptions } from '../../options.ts';
import { writeOut } from '../../output.ts';
import { comparisonLines } from '../../render/eval-summary.ts';

/** What names the agents of two runs. */
export const chosenAgents = z.object({ agent: z.string().optional(), otherAgent: z.string().optional() });

/** Prints the comparison of two runs. */
export async function evalCompareCommand(first: string, second: string, raw: Record<string, unknown>): Promise<number> {
  const { agent, otherAgent, json } = parseOptions(chosenAgents.extend({ json: z.boolean().default(false) }), raw);
  const comparison = compareRuns(await readRun(resolve(first)), await readRun(resolve(second)), {
    first: agent ?? null,
    second: otherAgent ?? null,
  });
  await writeOut(json ? `${JSON.stringify(comparison, null, 2)}\n` : `${comparisonLines(comparison).join('\n')}\n`);
  return 0;
}
