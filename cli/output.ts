/**
 * Writing to stdout so that nothing is lost when the process ends. A reader that left is no crash, and neither is a full
 * disk: the run goes on to its end, so that its work is handed over.
 */

/** Resolves when the data is handed over, or when it cannot be written any more. */
export function writeOut(data: string | Buffer): Promise<void> {
  return new Promise((resolve) => {
    process.stdout.write(data, () => resolve());
  });
}

/** What the process ends with when its output could not be written and nothing else went wrong. */
export const UNWRITTEN_EXIT_CODE = 2;

/**
 * A closed pipe (`drydock show | head`) ends quietly; what else keeps output from being written is told once, as the
 * last line, and makes the exit code one of failure. Called once at the start.
 */
export function tolerateClosedPipe(): void {
  let first: Error | null = null;
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') first ??= error;
    });
  }
  process.once('exit', (code) => {
    if (first === null) return;
    const hint = 'write it elsewhere; a finished run is kept, see `drydock show`';
    process.stderr.write(`drydock: the output could not be written: ${first.message} — ${hint}\n`);
    if (code === 0) process.exitCode = UNWRITTEN_EXIT_CODE;
  });
}
