import type { TestStatus } from '../grading/runner.ts';

/** What a log says of its tests, by their names. The last that it says of a name counts, as in SWE-bench. */
export type LogResults = Map<string, TestStatus>;

/** Reads a log of tests. Pure; what it does not know it passes over. */
export type LogParser = (log: string) => LogResults;

// Colours and the like: CSI sequences.
// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is what is looked for
const CSI = /\u001b\[[0-9;?]*[A-Za-z]/g;

/**
 * The lines of a log, without colours and without space at their end. What is printed is in the hands of the code that is tested:
 * reading a line has to take a time that grows with its length alone, so patterns must not try a run of space twice.
 */
export function linesOf(log: string): string[] {
  return log
    .replace(CSI, '')
    .split('\n')
    .map((line) => line.trimEnd());
}

/** A text without its last word, where that, from the last `start` on, looks like `pattern`: such as how long a test took. */
export function withoutEnd(text: string, start: string, pattern: RegExp): string {
  const at = text.lastIndexOf(start);
  return at > 0 && /\s/.test(text.charAt(at - 1)) && pattern.test(text.slice(at)) ? text.slice(0, at).trimEnd() : text;
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
