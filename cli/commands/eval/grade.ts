/** `drydock eval grade`. */
import { z } from 'zod';
import { readPredictedAgents } from '../../../evals/index.ts';
import { parseOptions } from '../../options.ts';
import { runAgents, runOptions } from './run.ts';

/** Grades the patches of a file of predictions. */
export async function evalGradeCommand(predictions: string, raw: Record<string, unknown>): Promise<number> {
  const { suite, ...options } = parseOptions(runOptions.extend({ suite: z.string() }), raw);
  return runAgents(suite, await readPredictedAgents(predictions), { ...options, attempts: 1, maxCost: null });
}
