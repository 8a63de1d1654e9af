/** `drydock bot`: its commands and what they take. */
import { type Command, InvalidArgumentError } from 'commander';

function number(text: string): number {
  const value = Number(text);
  if (!/^\d{1,15}$/.test(text) || value < 1) throw new InvalidArgumentError('It is not the number of an issue.');
  return value;
}

/** Which forge. In a job of GitHub Actions the environment says it. */
function forgeFlags(command: Command): Command {
  return command
    .option('--repository <owner/name>', 'of GitHub')
    .option('--api <url>', 'of GitHub (default: https://api.github.com); of GitHub Enterprise: https://HOST/api/v3')
    .option(
      '--remote <url>',
      'what git talks to (default: the server of the API); without --repository: a plain git remote, which has only branches',
    );
}

/** What began it. In a job of GitHub Actions the environment says it. */
function triggerFlags(command: Command): Command {
  return command
    .option('--event <file>', "the payload of a GitHub event (default: the job's own)")
    .option('--event-name <name>', 'which event it is: issues, issue_comment, …')
    .option('--issue <number>', 'work on this issue, whatever its labels are', number)
    .option('--pull <number>', 'work on this pull request of the bot', number)
    .option('--task <text>', 'work on this, without an issue');
}

/** How the agent is. All other settings come from files and the environment, as with `drydock run`. */
function agentFlags(command: Command): Command {
  return command
    .option('-m, --model <name>', 'anthropic:NAME, openai:NAME or openai-chat:NAME')
    .option('--context-window <tokens>', 'for a model that the catalogue does not know')
    .option('--config <file>', 'an agent configuration: settings as in docs/settings.md')
    .option('--session-dir <folder>', 'keep sessions here (default: the user state folder)')
    .option('--json', 'print events as JSON Lines on stdout (docs/events.md)');
}

const DRY_RUN = 'change nothing, and print what would be published';

/** Adds the commands. */
export function addBotCommands(program: Command, setCode: (code: number) => void): void {
  const bot = program
    .command('bot')
    .description('from an issue or a comment to a draft pull request, in three phases with separate credentials');

  forgeFlags(triggerFlags(bot.command('collect')))
    .description('freeze what is asked for into a job; needs a token that can read')
    .requiredOption('--out <folder>', 'where the job goes')
    .action(async (options: Record<string, unknown>) => {
      const { botCollectCommand } = await import('./commands/bot/collect.ts');
      setCode(await botCollectCommand(options));
    });

  agentFlags(bot.command('work').description('work on a job in the sandbox; needs the key of a model, and no token'))
    .argument('<job>', 'the folder that `bot collect` has written')
    .option('--out <folder>', 'where the result goes (default: `result` in the folder of the job)')
    .action(async (job: string, options: Record<string, unknown>) => {
      const { botWorkCommand } = await import('./commands/bot/work.ts');
      setCode(await botWorkCommand(job, options));
    });

  forgeFlags(bot.command('publish'))
    .description('check a result, push it and open or update the draft pull request; needs a token that can write')
    .argument('<job>', 'the folder that `bot collect` has written')
    .option('--result <folder>', 'the folder that `bot work` has written (default: `result` in that one)')
    .option('--dry-run', DRY_RUN)
    .action(async (job: string, options: Record<string, unknown>) => {
      const { botPublishCommand } = await import('./commands/bot/publish.ts');
      setCode(await botPublishCommand(job, options));
    });

  agentFlags(forgeFlags(triggerFlags(bot.command('run'))))
    .description('all three, each in a process with its own credentials')
    .requiredOption('--out <folder>', 'where job and result go')
    .option('--dry-run', DRY_RUN)
    .action(async (options: Record<string, unknown>, command: Command) => {
      const { botRunCommand } = await import('./commands/bot/run.ts');
      setCode(await botRunCommand(options, command));
    });
}
