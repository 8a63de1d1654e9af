/** `drydock eval`: its commands and what they take. */
import { type Command, InvalidArgumentError } from 'commander';

function collect(value: string, all: string[] = []): string[] {
  return [...all, value];
}

function whole(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1) throw new InvalidArgumentError('It is not a whole number above zero.');
  return value;
}

function dollars(text: string): number {
  const value = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || value <= 0)
    throw new InvalidArgumentError('It is not an amount of dollars above zero.');
  return value;
}

const SUITE = 'a folder of tasks, or a bundled suite: smoke, core';

/** Adds the commands. */
export function addEvalCommands(program: Command, setCode: (code: number) => void): void {
  const evals = program.command('eval').description('measure agent configurations on tasks, and compare them');

  evals
    .command('run')
    .description('run agents on the tasks of a suite; the same call goes on where it was cut off')
    .argument('<suite>', SUITE)
    .option('--config <file>', 'an agent configuration to measure (repeatable)', collect)
    .option('--agent <name>', 'an oracle in its place: gold, nop or cheat:NAME (repeatable)', collect)
    .option('--task <id>', 'only this task (repeatable)', collect)
    .option('--attempts <n>', 'trials of each agent at each task', whole, 1)
    .option('--jobs <n>', 'trials at the same time', whole, 1)
    .option('--max-cost <usd>', 'begin no trial once so much is spent', dollars)
    .option('--out <folder>', 'the folder of the run (default: drydock-eval-SUITE)')
    .option('--json', 'print the report on stdout')
    .action(async (suite: string, options: Record<string, unknown>) => {
      const { evalRunCommand } = await import('./commands/eval/run.ts');
      setCode(await evalRunCommand(suite, options));
    });

  evals
    .command('validate')
    .description('check that tasks can be trusted: solution, nothing, and cheats; what fails is not run any more')
    .argument('<suite>', SUITE)
    .option('--task <id>', 'only this task (repeatable)', collect)
    .option('--jobs <n>', 'containers at the same time', whole, 2)
    .option('--times <n>', 'the whole of it so many times in a row', whole, 1)
    .option('--no-record', 'do not write validation.json into the suite')
    .action(async (suite: string, options: Record<string, unknown>) => {
      const { evalValidateCommand } = await import('./commands/eval/validate.ts');
      setCode(await evalValidateCommand(suite, options));
    });

  evals
    .command('report')
    .description('write the reports of a run anew, and print its summary')
    .argument('<run>', 'the folder of a run')
    .option('--json', 'print the report on stdout')
    .action(async (run: string, options: Record<string, unknown>) => {
      const { evalReportCommand } = await import('./commands/eval/report.ts');
      setCode(await evalReportCommand(run, options));
    });
}
