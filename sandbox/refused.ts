/** Commands that no shell can be given. */
import type { SandboxProcess } from './sandbox.ts';

/** A command's text travels as one argument, which Linux caps at 128 KiB. */
const MAX_COMMAND_BYTES = 120_000;

/** Why a command cannot be run at all; null: it can. */
export function refusal(text: string): string | null {
  if (text.includes('\0')) return 'the command contains a NUL byte, which no shell can take';
  const bytes = Buffer.byteLength(text);
  if (bytes <= MAX_COMMAND_BYTES) return null;
  return `the command is ${bytes} bytes long, over the limit of ${MAX_COMMAND_BYTES}: write it to a file and run that`;
}

/** A process that never ran: shells report 126 for what they cannot execute. */
export function refusedProcess(command: string, why: string): SandboxProcess {
  const head = Buffer.from(`${why}\n`);
  const output = { head, tail: Buffer.alloc(0), totalBytes: head.length };
  return {
    command,
    ended: Promise.resolve({ exitCode: 126, reason: 'exited', output, durationMs: 0 }),
    poll: () => output,
    write: () => false,
    closeStdin: () => undefined,
    kill: () => Promise.resolve(),
  };
}
