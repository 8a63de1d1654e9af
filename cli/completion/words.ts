/** What the words of the command line can be, read off its own definition. */
import type { Command } from 'commander';
import { z } from 'zod';
import { SETTING_NAMES, settingsSchema } from '../../agent/index.ts';

/** What may stand at a place: one of some words, a file, a folder, a session's id, or what nobody can know beforehand. */
export type Values = readonly string[] | 'files' | 'folders' | 'sessions' | 'unknown';

export type CommandWords = {
  /** Empty for the program itself, `sessions rm` for a command of a command. */
  path: string;
  commands: { name: string; description: string }[];
  /** `values` null: it takes none. */
  options: { flags: string[]; description: string; values: Values | null }[];
  arguments: { values: Values; variadic: boolean }[];
};

/** The program and all its commands. */
export function describeCommands(program: Command): CommandWords[] {
  return [describe(program, ''), ...below(program, '')];
}

function below(command: Command, path: string): CommandWords[] {
  return command.commands.flatMap((inner) => {
    const own = path === '' ? inner.name() : `${path} ${inner.name()}`;
    return [describe(inner, own), ...below(inner, own)];
  });
}

function describe(command: Command, path: string): CommandWords {
  return {
    path,
    commands: command.commands.map((inner) => ({ name: inner.name(), description: inner.description() })),
    // The help option is not among the command's own.
    options: command
      .createHelp()
      .visibleOptions(command)
      .map((option) => ({
        flags: [option.short, option.long].flatMap((flag) => flag ?? []),
        description: option.description,
        values: option.required || option.optional ? optionValues(option.attributeName(), option.flags) : null,
      })),
    arguments: command.registeredArguments.map((argument) => ({
      values: argument.argChoices ?? (argument.name() === 'session' ? 'sessions' : 'unknown'),
      variadic: argument.variadic,
    })),
  };
}

/** `flags` is as it was defined: `--file <path>`. */
function optionValues(attribute: string, flags: string): Values {
  const setting = SETTING_NAMES.find((name) => name === attribute);
  if (setting !== undefined) {
    const { enum: choices } = z.toJSONSchema(settingsSchema.shape[setting], { io: 'input', unrepresentable: 'any' });
    if (choices !== undefined) return choices.map(String);
  }
  if (/<(?:file|path)>$/.test(flags)) return 'files';
  return /<folder>$/.test(flags) ? 'folders' : 'unknown';
}
