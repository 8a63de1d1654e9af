/** The command line: which commands there are and what they take. Each command's code is loaded when it is called. */
import { Argument, Command, CommanderError } from 'commander';
import { addBotCommands } from './bot-program.ts';
import { explain, withHint } from './errors.ts';
import { addEvalCommands } from './eval-program.ts';
import { tolerateClosedPipe } from './output.ts';
import { VERSION } from './version.ts';

const EXIT_CODES = `
Exit codes: 0 done (and verified, where asked) · 1 not done or verification failed · 2 usage or configuration
  3 model provider · 4 sandbox · 5 a limit was met · 6 forge · 129, 130, 143 interrupted`;

function collect(value: string, all: string[] = []): string[] {
  return [...all, value];
}

function limitFlags(command: Command): Command {
  return command
    .option('-m, --model <name>', 'anthropic:NAME, openai:NAME or openai-chat:NAME; resume: go on with another')
    .option('--context-window <tokens>', 'for a model that the catalogue does not know')
    .option('--effort <level>', 'reasoning effort: none, minimal, low, medium, high, xhigh or max')
    .option('--fallback <model>', 'go on with this model when the other stays overloaded or out of reach')
    .option('-i, --attach <image>', 'show this image to the model: PNG, JPEG, GIF or WebP (repeatable)', collect)
    .option('--max-turns <n>', 'stop after so many responses of the model (default 100)')
    .option('--max-cost <usd>', 'stop when this much is spent')
    .option('--timeout <duration>', 'stop after this long: 90s, 30m, 2h')
    .option('--idle-timeout <duration>', 'ask again when the model sends nothing for this long (default 2m)')
    .option('--verify <command>', 'run this in the sandbox when the model is done; failures go back to it')
    .option('--verify-attempts <n>', 'how often (default 3)')
    .option('--max-diff <lines>', 'hand over no change that adds and removes more lines')
    .option('--max-diff-files <n>', 'nor one of more files')
    .option('--apply', 'put the change into the working tree too')
    .option('--output <kind>', 'branch: a local branch (default); patch: print the patch on stdout')
    .option('--patch-out <file>', 'write the patch there too, however the run ends; empty where nothing changed')
    .option('--trajectory <file>', 'keep the trajectory there, as ATIF 1.7, while the run goes on')
    .option('--env <name>', 'pass this environment variable into the sandbox (repeatable)', collect)
    .option('--session-dir <folder>', 'keep sessions here (default: the user state folder)')
    .option('--json', 'print events as JSON Lines on stdout (docs/events.md)');
}

function build(setCode: (code: number) => void): Command {
  const program = new Command('drydock')
    .description('Runs coding agents in a Docker sandbox: a task and a repository go in, a reviewed patch comes out.')
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({
      outputError: (text, write) => write(`drydock: ${withHint(text.replace(/^error: /, ''), '')}\n`),
    })
    .addHelpText('after', EXIT_CODES);

  limitFlags(program.command('run').description('work on a task in the repository of the current folder'))
    .argument('[task]', 'what to do; without it --file or stdin')
    .option('--file <path>', 'read the task from a file')
    .option('-C, --cd <folder>', 'work on the repository of this folder')
    .option('--config <file>', 'an agent configuration: settings as in docs/settings.md, above your own file')
    .option('--no-project', 'do not read .drydock/config.yaml of the base commit')
    .option(
      '--compaction <strategy>',
      'how the history is made to fit: layered (default), summary, truncate, none, native',
    )
    .option('--compact-at <tokens>', 'from so many tokens on (default: as the model has room)')
    .option('--trust-project', 'let that file choose the image and its set-up too')
    .option('--sandbox <backend>', 'docker (default), or host: in place, without any isolation')
    .option(
      '--host-user <name>',
      'with --sandbox host, as root: run commands as this user (default: the folder\u2019s owner)',
    )
    .option(
      '--image <name>',
      'use this image (it needs a POSIX shell and git); auto: by the lockfiles of the base commit',
    )
    .option('--dockerfile <path>', 'build the image from this Dockerfile of the base commit')
    .option('--devcontainer', 'take the image from the devcontainer.json of the base commit')
    .option('--setup <command>', 'run this once as root before the work, and keep the result (repeatable)', collect)
    .option('--setup-network <policy>', 'the network of set-up commands: full (default), or none')
    .option('--network <policy>', 'none (default), allow: only what --allow names, or full')
    .option('--allow <host[:port]>', 'let connections to this host out; *.HOST; or npm, pypi, … (repeatable)', collect)
    .option('--memory <size>', 'of the container: 512m, 4g (default 4g)')
    .option('--cpus <n>', 'of the container: 2, 0.5 (default all)')
    .option('--pids <n>', 'processes in the container (default 1024)')
    .option('--disk <size>', 'what may be written in the container (default 20g)')
    .option('--skills <which>', 'all (default): yours and those of the base commit; user: only yours; or none')
    .option('--include-dirty', 'start from uncommitted and untracked files too (ignored ones stay out)')
    .action(async (task: string | undefined, options: Record<string, unknown>) => {
      const { runCommand } = await import('./commands/run.ts');
      setCode(await runCommand(task, options));
    });

  limitFlags(program.command('resume').description('go on with a session, with its last state of the files'))
    .argument('<session>', 'its id, the beginning of it, or `last`')
    .argument('[task]', 'what to do now; without it the interrupted work goes on')
    .option('--file <path>', 'read the task from a file')
    .action(async (session: string, task: string | undefined, options: Record<string, unknown>) => {
      const { resumeCommand } = await import('./commands/run.ts');
      setCode(await resumeCommand(session, task, options));
    });

  program
    .command('show')
    .description('show what happened in a session')
    .argument('[session]', 'its id, the beginning of it, or `last`', 'last')
    .option('--json', 'print its events as JSON Lines')
    .option('--trajectory', 'print it as an ATIF 1.7 trajectory, a JSON object')
    .option('--compactions', 'show what its compactions kept and what went')
    .option('--at <turn>', 'as it was after this turn')
    .option('--session-dir <folder>', 'where sessions are kept')
    .action(async (session: string, options: Record<string, unknown>) => {
      const { showCommand } = await import('./commands/show.ts');
      setCode(await showCommand(session, options));
    });

  program
    .command('diff')
    .description('print what a session has changed, as a patch')
    .argument('[session]', 'its id, the beginning of it, or `last`', 'last')
    .option('--stat', 'only the files, and how many lines')
    .option('--at <turn>', 'as it was after this turn')
    .option('--session-dir <folder>', 'where sessions are kept')
    .action(async (session: string, options: Record<string, unknown>) => {
      const { diffCommand } = await import('./commands/work.ts');
      setCode(await diffCommand(session, options));
    });

  program
    .command('apply')
    .description('put what a session has changed into the working tree')
    .argument('[session]', 'its id, the beginning of it, or `last`', 'last')
    .option('--at <turn>', 'as it was after this turn')
    .option('--session-dir <folder>', 'where sessions are kept')
    .action(async (session: string, options: Record<string, unknown>) => {
      const { applyCommand } = await import('./commands/work.ts');
      setCode(await applyCommand(session, options));
    });

  program
    .command('compact')
    .description('make the history of a session shorter now: what it was and what is next stays')
    .argument('[session]', 'its id, the beginning of it, or `last`', 'last')
    .option('--focus <text>', 'what is to be kept above all')
    .option('--json', 'print events as JSON Lines on stdout (docs/events.md)')
    .option('--session-dir <folder>', 'where sessions are kept')
    .action(async (session: string, options: Record<string, unknown>) => {
      const { compactCommand } = await import('./commands/compact.ts');
      setCode(await compactCommand(session, options));
    });

  program
    .command('undo')
    .description(
      'take back the newest change of a session: its files, its branch, and what was applied to the working tree',
    )
    .argument('[session]', 'its id, the beginning of it, or `last`', 'last')
    .option('--to <turn>', 'make the files after this turn the newest; also forward again')
    .option('--session-dir <folder>', 'where sessions are kept')
    .action(async (session: string, options: Record<string, unknown>) => {
      const { undoCommand } = await import('./commands/past.ts');
      setCode(await undoCommand(session, options));
    });

  program
    .command('fork')
    .description('begin a new session with the history and the files of another, and print its id')
    .argument('<session>', 'its id, the beginning of it, or `last`')
    .option('--at <turn>', 'as it was after this turn (default: its last)')
    .option('--session-dir <folder>', 'where sessions are kept')
    .action(async (session: string, options: Record<string, unknown>) => {
      const { forkCommand } = await import('./commands/past.ts');
      setCode(await forkCommand(session, options));
    });

  const sessions = program.command('sessions').description('list sessions, or remove some');
  sessions
    .command('list', { isDefault: true })
    .description('list those of the repository of the current folder, newest first; the same as without `list`')
    .option('--all', 'list those of all repositories')
    .option('--json', 'print an object for each, as JSON Lines')
    .option('--session-dir <folder>', 'where sessions are kept')
    .action(async (options: Record<string, unknown>) => {
      const { sessionsCommand } = await import('./commands/sessions.ts');
      setCode(await sessionsCommand(options));
    });
  sessions
    .command('rm')
    .description('remove sessions, with what the engine has of them')
    .argument('<session...>', 'ids, beginnings of them, or `last`')
    .option('--session-dir <folder>', 'where sessions are kept')
    .action(async (names: string[], options: Record<string, unknown>) => {
      const { removeSessionsCommand } = await import('./commands/sessions.ts');
      setCode(await removeSessionsCommand(names, options));
    });

  program
    .command('config')
    .description('print the settings that a run here would have, and where each was said')
    .option('-C, --cd <folder>', 'for a run in this folder')
    .option('--config <file>', 'with this agent configuration')
    .option('--no-project', 'without .drydock/config.yaml of the base commit')
    .option('--json', 'print one JSON object')
    .action(async (options: Record<string, unknown>) => {
      const { configCommand } = await import('./commands/config.ts');
      setCode(await configCommand(options));
    });

  program
    .command('gc')
    .description('remove what nobody needs any more: leftovers of crashes, old sessions, old images')
    .option('--dry-run', 'only say what would be removed')
    .option('--all', 'containers too that a resume could still go on in')
    .option('--older-than <age>', 'sessions that were last used so long ago (default 30d)')
    .option('--keep-size <size>', 'the oldest sessions, until all together take no more (default 5g)')
    .option('--images-older-than <age>', 'images that were made so long ago (default 14d)')
    .option('--session-dir <folder>', 'where sessions are kept')
    .action(async (options: Record<string, unknown>) => {
      const { gcCommand } = await import('./commands/gc.ts');
      setCode(await gcCommand(options));
    });

  addEvalCommands(program, setCode);
  addBotCommands(program, setCode);

  program
    .command('completion')
    .description('print a script by which a shell completes this command line')
    .addArgument(new Argument('<shell>', 'which').choices(['bash', 'zsh', 'fish']))
    .action(async (shell: string) => {
      const { completionCommand } = await import('./commands/completion.ts');
      setCode(await completionCommand(program, shell));
    });

  program
    .command('doctor')
    .description('check the engine, the image, the keys and the disk; say what is wrong and how to mend it')
    .action(async () => {
      const { doctorCommand } = await import('./commands/doctor.ts');
      setCode(await doctorCommand());
    });

  return program;
}

/** `help NAME` for a NAME that is no command is taken as NAME alone, which says so and what may be meant. */
function unknownInHelp(program: Command, argv: string[]): string[] {
  let command = program;
  for (const [index, word] of argv.entries()) {
    if (command.commands.length === 0) break;
    if (word === 'help') {
      const asked = argv[index + 1];
      if (asked === undefined || asked.startsWith('-') || asked === 'help' || subcommand(command, asked)) break;
      return argv.toSpliced(index, 1);
    }
    const next = subcommand(command, word);
    if (next === undefined) break;
    command = next;
  }
  return argv;
}

function subcommand(command: Command, name: string): Command | undefined {
  return command.commands.find((each) => each.name() === name);
}

/** Runs the command line (without node and script name) and gives the exit code. Never throws. */
export async function main(argv: string[]): Promise<number> {
  tolerateClosedPipe();
  let code = 0;
  try {
    const program = build((value) => {
      code = value;
    });
    await program.parseAsync(unknownInHelp(program, argv), { from: 'user' });
    return code;
  } catch (error) {
    // commander has printed its own message; only help and version end well.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    const { line, exitCode } = explain(error);
    process.stderr.write(`drydock: ${line}\n`);
    return exitCode;
  }
}
