/** What the model is told when its sandbox is not the one that it knew, or not as it knew it. */
import type { SessionState } from '../session/index.ts';
import type { Change } from './lasting.ts';
import type { Log } from './turn.ts';

/** How much of a command is quoted. */
const COMMAND_CHARACTERS = 80;

/** Logs the end of every process that went with the sandbox, and what the model must know. */
export function tellOfChange(change: Change, { processes }: SessionState, log: Log): void {
  logLost(processes, log);
  log({ type: 'notice', reason: 'sandbox_replaced', text: changeNotice(change, processes) });
}

/** Logs the end of every process that an earlier run has left without one, and tells a model that works on the host. */
export function tellOfLost({ processes }: SessionState, onHost: boolean, log: Log): void {
  logLost(processes, log);
  const running = named(processes).join(', ');
  if (!onHost || running === '') return;
  const text = `The run was cut off and goes on. These processes have no handle any more and may still be running: ${running}.`;
  log({ type: 'notice', reason: 'process_ended', text });
}

function logLost(processes: SessionState['processes'], log: Log): void {
  for (const handle of Object.keys(processes)) log({ type: 'process.ended', handle, exitCode: null, reason: 'lost' });
}

function named(processes: SessionState['processes']): string[] {
  return Object.entries(processes).map(([handle, command]) => `${handle} (${quoted(command)})`);
}

/** The words. `processes` are those that were running, by handle. */
export function changeNotice(change: Change, processes: SessionState['processes']): string {
  const files =
    change === 'adopted'
      ? 'The run was cut off and goes on in the same sandbox. All files are as they were, also those that git ignores and those outside the repository.'
      : 'The sandbox ended unexpectedly. This is a new one with the files of the last checkpoint, or of the base commit where there is none: look at the files before you rely on earlier edits. Files that git ignores, installed packages and everything outside the repository are gone.';
  const running = named(processes);
  const ended =
    running.length === 0
      ? 'No process from before is running.'
      : `No process from before is running: ${running.join(', ')} ${running.length === 1 ? 'is' : 'are'} gone.`;
  return `${files} ${ended} A call that was interrupted may have had effects.`;
}

/** A command in one short line. */
export function quoted(command: string): string {
  const line = command.trim().replace(/\s+/g, ' ');
  return line.length <= COMMAND_CHARACTERS ? line : `${line.slice(0, COMMAND_CHARACTERS - 1)}…`;
}
