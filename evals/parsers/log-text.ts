import type { TestStatus } from '../grading/runner.ts';

/** What a log says of its tests, by their names. The last that it says of a name counts, as in SWE-bench. */
export type LogResults = Map<string, TestStatus>;

/** Reads a log of tests. Pure; what it does not know it passes over. */
export type LogParser = (log: string) => LogResults;

// Colours and the like: CSI sequences.
// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is what is looked for
const CSI = /\u001b\[[0-9;?]*[A-Za-z]/g;

/** The lines of a log, without colours and line ends. */
export function linesOf(log: string): string[] {
  return log.replace(CSI, '').split(/\r?\n/);
}

/** A parser for logs where each result is a line: `read` tells the names and the status that a line is about. */
export function lineParser(read: (line: string) => { names: readonly string[]; status: TestStatus } | null): LogParser {
  return (log) => {
    const results: LogResults = new Map();
    for (const line of linesOf(log)) {
      const found = read(line);
      if (found === null) continue;
      for (const name of found.names) results.set(name, found.status);
    }
    return results;
  };
}
