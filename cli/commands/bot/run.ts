/** `drydock bot run`: the three phases one after the other, each in a process that has only its own credentials. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import { type Phase, phaseEnvironment, readJob } from '../../../bot/index.ts';
import { parseOptions } from '../../options.ts';

const options = z.object({ out: z.string().min(1, 'is empty'), dryRun: z.boolean().default(false) });

/** What only the second phase takes, as the command line has it. */
const OF_WORK: ReadonlySet<string> = new Set(['model', 'contextWindow', 'config', 'sessionDir', 'json']);
const OWN: ReadonlySet<string> = new Set(['out', 'dryRun']);

/** The exit code is that of the first phase that fails; a result that is not as it should be is still told where it was asked for. */
export async function botRunCommand(raw: Record<string, unknown>, command: Command): Promise<number> {
  const { out, dryRun } = parseOptions(options, raw);
  const folder = resolve(out);
  const given = command.options.flatMap((option) => {
    const name = option.attributeName();
    const value = raw[name];
    if (value === undefined || OWN.has(name)) return [];
    const flag = option.long ?? '';
    return [{ ofWork: OF_WORK.has(name), args: value === true ? [flag] : [`${flag}=${value}`] }];
  });
  const args = (ofWork: boolean) => given.filter((one) => one.ofWork === ofWork).flatMap((one) => one.args);
  const collected = await phase('collect', [...args(false), '--out', folder]);
  if (collected !== 0) return collected;
  const job = await readJob(folder);
  if (job.decision === 'skip') return 0;
  const worked = job.decision === 'work' ? await phase('work', [folder, ...args(true)]) : 0;
  const published = await phase('publish', [folder, ...(dryRun ? ['--dry-run'] : [])]);
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
