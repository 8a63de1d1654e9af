/** `drydock bot publish`: what came of a job to where it was asked for. */
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { publish } from '../../../bot/index.ts';
import { parseOptions } from '../../options.ts';
import { writeOut } from '../../output.ts';
import { VERSION } from '../../version.ts';

const options = z.object({
  result: z.string().min(1, 'is empty').optional(),
  dryRun: z.boolean().default(false),
});

/** 0: published, or nothing to publish; 1: refused, and told so. */
export async function botPublishCommand(jobDir: string, raw: Record<string, unknown>): Promise<number> {
  const { result, dryRun } = parseOptions(options, raw);
  const { exitCode, lines } = await publish({
    jobDir: resolve(jobDir),
    resultDir: resolve(result ?? join(jobDir, 'result')),
    env: process.env,
    version: VERSION,
    dryRun,
  });
  await writeOut(lines.map((line) => `${line}\n`).join(''));
  return exitCode;
}
