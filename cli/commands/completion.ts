/** `drydock completion`: the script for a shell. */
import type { Command } from 'commander';
import { fishScript } from '../completion/fish.ts';
import { bashScript, zshScript } from '../completion/posix.ts';
import { describeCommands } from '../completion/words.ts';
import { writeOut } from '../output.ts';

const SCRIPTS: Readonly<Record<string, typeof fishScript>> = { bash: bashScript, zsh: zshScript, fish: fishScript };

/** Prints it. `shell` is one of those above: the command line takes no other. */
export async function completionCommand(program: Command, shell: string): Promise<number> {
  await writeOut(SCRIPTS[shell]?.(describeCommands(program)) ?? '');
  return 0;
}
