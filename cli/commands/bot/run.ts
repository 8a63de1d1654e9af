/** `drydock bot run`: the three phases one after the other, each in a process that has only its own credentials. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import { type Phase, phaseEnvironment, readJob } from '../../../bot/index.ts';
import { parseOptions } from '../../options.ts';

const options = z.object({ out: z.string().min(1, 'is empty'), dryRun: z.boolean().default(false) });

/** What the phases take, as the command line has it: all that is of neither list is the first phase's alone. */
const OF_WORK: readonly string[] = ['model', 'contextWindow', 'config', 'sessionDir', 'json'];
const OF_FORGE: readonly string[] = ['repository', 'api', 'remote'];
const OWN: readonly string[] = ['out', 'dryRun'];

/** The exit code is that of the first phase that fails; what the second one could not do is still told where it was asked for. */
export async function botRunCommand(raw: Record<string, unknown>, command: Command): Promise<number> {
  const { out, dryRun } = parseOptions(options, raw);
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
  const collected = await phase('collect', [...ofTrigger, ...ofForge, '--out', folder]);
  if (collected !== 0) return collected;
  const job = await readJob(folder);
  if (job.decision === 'skip') return 0;
  // A result of an earlier job in the same folder is none of this one.
  await rm(join(folder, 'result'), { recursive: true, force: true });
  const ofWork = argsOf((name) => OF_WORK.includes(name));
  const worked = job.decision === 'work' ? await phase('work', [folder, ...ofWork]) : 0;
  const published = await phase('publish', [folder, ...ofForge, ...(dryRun ? ['--dry-run'] : [])]);
  return worked === 0 ? published : worked;
}

/** Runs a phase to its end. A signal reaches it by the terminal, or is passed on; it ends in order, and this process after it. */
async function phase(name: Phase, args: readonly string[]): Promise<number> {
  const [, entry = ''] = process.argv;
  const child = spawn(process.execPath, [...process.execArgv, entry, 'bot', name, ...args], {
    env: phaseEnvironment(name, process.env),
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const passOn = (signal: NodeJS.Signals) => child.kill(signal);
  const signals = ['SIGTERM', 'SIGHUP', 'SIGINT'] as const;
  for (const signal of signals) process.on(signal, passOn);
  try {
    const [code, signal] = await once(child, 'exit');
    return typeof code === 'number' ? code : signal === 'SIGINT' ? 130 : 143;
  } finally {
    for (const signal of signals) process.off(signal, passOn);
  }
}
