/** From any error to one line for stderr and an exit code. */
import { SettingsError } from '../agent/index.ts';
import { ModelConfigError } from '../models/index.ts';
import { GitError, RepositoryError, SandboxError } from '../sandbox/index.ts';
import { SessionError } from '../session/index.ts';
import { noCommands } from './render/runner-commands.ts';
import { printable } from './render/text.ts';

/** The command line asks for something that cannot be had. */
export class UsageError extends Error {
  readonly hint: string;
  constructor(message: string, hint = '') {
    super(message);
    this.name = 'UsageError';
    this.hint = hint;
  }
}

/** One line with the way out, and the documented exit code (docs/cli.md). */
export function explain(error: unknown): { line: string; exitCode: number } {
  if (error instanceof SandboxError) return { line: withHint(error.message, error.hint), exitCode: 4 };
  if (
    error instanceof UsageError ||
    error instanceof SettingsError ||
    error instanceof RepositoryError ||
    error instanceof SessionError
  ) {
    return { line: withHint(error.message, error.hint), exitCode: 2 };
  }
  // By their names: only the commands of `eval` and `bot` load those folders.
  if (error instanceof Error && error.name === 'TaskError' && 'hint' in error && typeof error.hint === 'string') {
    return { line: withHint(error.message, error.hint), exitCode: 2 };
  }
  if (error instanceof Error && error.name === 'BotError' && 'hint' in error && typeof error.hint === 'string') {
    const isForge = 'kind' in error && error.kind === 'forge';
    return { line: withHint(error.message, error.hint), exitCode: isForge ? 6 : 2 };
  }
  if (error instanceof GitError) {
    const hint = error.kind === 'missing' ? 'install git 2.31 or newer, and put it on PATH' : '';
    return { line: withHint(error.message, hint), exitCode: 2 };
  }
  if (error instanceof ModelConfigError) return { line: error.message, exitCode: 2 };
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { line: `internal error, please report it: ${text}`, exitCode: 1 };
}

/** Puts a message and its hint on one line, safe to print: a message may quote a provider, a path or a command. */
export function withHint(message: string, hint: string): string {
  const flat = noCommands(
    printable(message)
      .trim()
      .replace(/\s*\n\s*/g, ' '),
  );
  return hint === '' ? flat : `${flat} — ${hint}`;
}
