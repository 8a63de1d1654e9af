/** Writing to stdout so that nothing is lost when the process ends, and a reader that left is no crash. */

/** Resolves when the data is handed over, or when nobody reads any more. */
export function writeOut(data: string | Buffer): Promise<void> {
  return new Promise((resolve) => {
    process.stdout.write(data, () => resolve());
  });
}

/** A closed pipe (`drydock show | head`) ends quietly; called once at the start. */
export function tolerateClosedPipe(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
}
