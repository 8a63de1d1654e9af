/** `drydock bot run`: the three phases one after the other, each in a process that has only its own credentials. */
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import { environmentForRun } from '../../../agent/index.ts';
import { type Phase, phaseEnvironment, RESULT_FILES, readJob } from '../../../bot/index.ts';
import { layersOfBot } from '../../call.ts';
import { withHint } from '../../errors.ts';
import { checkTokens, forgeOptions } from '../../forge.ts';
import { parseOptions } from '../../options.ts';
import { type Ended, runPhase } from '../../phase.ts';

const options = forgeOptions.extend({
  out: z.string().min(1, 'is empty'),
  config: z.string().min(1, 'is empty').optional(),
  dryRun: z.boolean().default(false),
});

/** What the phases take, as the command line has it: all that is of neither list is the first phase's alone. */
const OF_WORK: readonly string[] = ['model', 'contextWindow', 'config', 'sessionDir', 'json'];
const OF_FORGE: readonly string[] = ['repository', 'api', 'remote'];
const OWN: readonly string[] = ['out', 'dryRun'];

/** The exit code is that of the first phase that fails; what the second one could not do is still told where it was asked for. */
export async function botRunCommand(raw: Record<string, unknown>, command: Command): Promise<number> {
  const { out, config, dryRun, ...which } = parseOptions(options, raw);
  // What a later phase would be refused for is told before anything is asked, paid or published.
  checkTokens(which, process.env);
  const ofOwn = phaseEnvironment('work', process.env);
  const keyed = await environmentForRun(await layersOfBot(config, raw), ofOwn);
  const folder = resolve(out);
  const argsOf = (takes: (name: string) => boolean) =>
    command.options.flatMap((option) => {
      const name = option.attributeName();
      const value = raw[name];
      if (value === undefined || !takes(name)) return [];
      return value === true ? [`${option.long}`] : [`${option.long}=${value}`];
    });
  const ofForge = argsOf((name) => OF_FORGE.includes(name));
  const ofTrigger = argsOf((name) => ![...OF_WORK, ...OF_FORGE, ...OWN].includes(name));
  const collected = await runPhase('collect', [...ofTrigger, ...ofForge, '--out', folder], process.env);
  if (collected.isInterrupted) return interrupted('collect', collected, folder);
  if (collected.code !== 0) return collected.code;
  const job = await readJob(folder);
  if (job.decision === 'skip') return 0;
  // A result of an earlier job in the same folder is none of this one.
  await rm(join(folder, 'result'), { recursive: true, force: true });
  const ofWork = argsOf((name) => OF_WORK.includes(name));
  const worked = job.decision === 'work' ? await runPhase('work', [folder, ...ofWork], keyed) : null;
  if (worked?.isInterrupted) return interrupted('work', worked, folder);
  const published = await runPhase('publish', [folder, ...ofForge, ...(dryRun ? ['--dry-run'] : [])], process.env);
  if (published.isInterrupted) return interrupted('publish', published, folder);
  return worked?.code || published.code;
}

/** Says where things are and how to go on; gives the exit code. */
function interrupted(name: Phase, { code }: Ended, folder: string): number {
  const again = 'give the same call again';
  const publishing = `\`drydock bot publish ${folder}\``;
  const tell = (where: string, hint: string) =>
    process.stderr.write(`drydock: ${withHint(`interrupted in \`bot ${name}\`: ${where}`, hint)}\n`);
  if (name === 'collect') tell(`there is no job in ${folder} yet`, again);
  else if (name === 'publish') tell(`the job is in ${folder}`, `go on with ${publishing}`);
  else {
    const hasResult = existsSync(join(folder, 'result', RESULT_FILES.result));
    const hint = hasResult ? `${again}, or publish what there is with ${publishing}` : again;
    tell(`nothing is published, and the job is in ${folder}`, hint);
  }
  return code;
}
