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

function points(text: string): number {
  if (!/^\d+(\.\d+)?$/.test(text)) throw new InvalidArgumentError('It is not a number of percentage points.');
  return Number(text);
}

const SUITE = 'a folder of tasks, or a bundled suite: smoke, core';

/** What a suite of another format leaves open. */
function suiteFlags(command: Command): Command {
  return command
    .option('--task <id>', 'only this task (repeatable)', collect)
    .option('--repos <folder>', 'mirrors of the repositories of SWE-bench instances: OWNER__NAME or OWNER/NAME')
    .option('--image <name>', 'the image of SWE-bench instances that name none')
    .option('--test-command <command>', 'how their tests are run (default: pytest); their files are put behind it');
}

/** Adds the commands. */
export function addEvalCommands(program: Command, setCode: (code: number) => void): void {
  const evals = program.command('eval').description('measure agent configurations on tasks, and compare them');

  suiteFlags(evals.command('run'))
    .description('run agents on the tasks of a suite; the same call goes on where it was cut off')
    .argument('<suite>', SUITE)
    .option('--config <file>', 'an agent configuration to measure (repeatable)', collect)
    .option('--command <file>', 'another agent, by its command line: docs/evals.md (repeatable)', collect)
    .option('--agent <name>', 'an oracle in its place: gold, nop or cheat:NAME (repeatable)', collect)
    .option('--attempts <n>', 'trials of each agent at each task', whole, 1)
    .option('--jobs <n>', 'trials at the same time', whole, 1)
    .option('--max-cost <usd>', 'begin no trial once so much is spent', dollars)
    .option('--keep-images <size>', 'what images of finished tasks may take on the engine (default 20g)')
    .option('--out <folder>', 'the folder of the run (default: drydock-eval-SUITE)')
    .option('--json', 'print the report on stdout')
    .action(async (suite: string, options: Record<string, unknown>) => {
      const { evalRunCommand } = await import('./commands/eval/run.ts');
      setCode(await evalRunCommand(suite, options));
    });

  suiteFlags(evals.command('validate'))
    .description('check that tasks can be trusted: solution, nothing, and cheats; what fails is not run any more')
    .argument('<suite>', SUITE)
    .option('--jobs <n>', 'containers at the same time', whole, 2)
    .option('--times <n>', 'the whole of it so many times in a row', whole, 1)
    .option('--no-record', 'do not write validation.json into the suite')
    .action(async (suite: string, options: Record<string, unknown>) => {
      const { evalValidateCommand } = await import('./commands/eval/validate.ts');
      setCode(await evalValidateCommand(suite, options));
    });

  suiteFlags(evals.command('grade'))
    .description(
      'grade the patches of another agent: JSON Lines or JSON of instance_id, model_name_or_path, model_patch',
    )
    .argument('<predictions>', 'the file')
    .requiredOption('--suite <suite>', SUITE)
    .option('--keep-images <size>', 'what images of finished tasks may take on the engine (default 20g)')
    .option('--jobs <n>', 'trials at the same time', whole, 1)
    .option('--out <folder>', 'the folder of the run (default: drydock-eval-SUITE)')
    .option('--json', 'print the report on stdout')
    .action(async (predictions: string, options: Record<string, unknown>) => {
      const { evalGradeCommand } = await import('./commands/eval/grade.ts');
      setCode(await evalGradeCommand(predictions, options));
    });

  evals
    .command('compare')
    .description('compare the agents of two runs on the tasks that both have')
    .argument('<run>', 'the folder of the first')
    .argument('<other>', 'the folder of the second')
    .option('--agent <name>', 'of the first run, where it has several')
    .option('--other-agent <name>', 'of the second run')
    .option('--json', 'print one JSON object')
    .action(async (run: string, other: string, options: Record<string, unknown>) => {
      const { evalCompareCommand } = await import('./commands/eval/compare.ts');
      setCode(await evalCompareCommand(run, other, options));
    });

  evals
    .command('gate')
    .description('fail where a run is worse than a baseline beyond noise: for CI')
    .argument('<run>', 'the folder of the run')
    .requiredOption('--baseline <run>', 'the folder of the run that it is held against')
    .option('--agent <name>', 'of the run, where it has several')
    .option('--other-agent <name>', 'of the baseline')
    .option('--tolerance <points>', 'how many percentage points it may be worse at least', points, 0)
    .action(async (run: string, options: Record<string, unknown>) => {
      const { evalGateCommand } = await import('./commands/eval/gate.ts');
      setCode(await evalGateCommand(run, options));
    });

  evals
    .command('configs')
    .description('list every configuration that ever ran, with its results; or show some')
    .argument('[configuration...]', 'a name, or the beginning of a digest: what it says, and how several differ')
    .option('--json', 'print JSON')
    .action(async (names: string[], options: Record<string, unknown>) => {
      const { evalConfigsCommand } = await import('./commands/eval/configs.ts');
      setCode(await evalConfigsCommand(names, options));
    });

  evals
    .command('index')
    .description('put the runs below a folder into the index that `eval configs` reads')
    .argument('<folder>', 'where to look')
    .action(async (folder: string) => {
      const { evalIndexCommand } = await import('./commands/eval/configs.ts');
      setCode(await evalIndexCommand(folder));
    });

  evals
    .command('new')
    .description('make a task to be filled in, or one of a change that a repository has had')
    .argument('<folder>', 'the task: a new folder')
    .option('--runner <name>', 'how its tests are run, such as node-test, pytest or script')
    .option('--from <folder>', 'a git repository on this machine; with --range')
    .option('--range <base..fix>', 'the change: two commits, or one for itself')
    .option('--tests <glob>', 'which changed files are tests (repeatable; default: by conventions)', collect)
    .option('--image <name>', 'the image to work and be graded in')
    .option('--dockerfile <file>', 'or what it is built from')
    .option('--prepare <command>', 'run in the workspace before the tests')
    .action(async (folder: string, options: Record<string, unknown>) => {
      const { evalNewCommand } = await import('./commands/eval/new.ts');
      setCode(await evalNewCommand(folder, options));
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
