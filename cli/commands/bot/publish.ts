/** `drydock bot publish`: what came of a job to where it was asked for. */
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { publish, readJob, refuseCredentials } from '../../../bot/index.ts';
import { withHint } from '../../errors.ts';
import { checkForge, forgeOptions, openForge } from '../../forge.ts';
import { parseOptions } from '../../options.ts';
import { writeOut } from '../../output.ts';
import { noCommands } from '../../render/runner-commands.ts';

const options = forgeOptions.extend({
  result: z.string().min(1, 'is empty').optional(),
  dryRun: z.boolean().default(false),
});

/** 0: published, or nothing to publish; 1: not published, and told why where it was asked for. */
export async function botPublishCommand(jobDir: string, raw: Record<string, unknown>): Promise<number> {
  refuseCredentials('publish', process.env);
  const { result, dryRun, ...which } = parseOptions(options, raw);
  const { forge, address } = openForge(which, process.env);
  checkForge(await readJob(jobDir), address);
  const { exitCode, lines } = await publish({
    forge,
    jobDir: resolve(jobDir),
    resultDir: resolve(result ?? join(jobDir, 'result')),
    env: process.env,
    now: () => new Date(),
    dryRun,
    say: (line) => void process.stderr.write(`${withHint(line, '')}\n`),
  });
  await writeOut(noCommands(lines.map((line) => `${line}\n`).join('')));
  return exitCode;
}
