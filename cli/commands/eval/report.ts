/** `drydock eval report`. */
import { resolve } from 'node:path';
import { z } from 'zod';
import { parseOptions } from '../../options.ts';
import { finish } from './run.ts';

/** Writes a run's reports anew and prints its summary. */
export async function evalReportCommand(run: string, raw: Record<string, unknown>): Promise<number> {
  const { json } = parseOptions(z.object({ json: z.boolean().default(false) }), raw);
  await finish(resolve(run), json);
  return 0;
}
