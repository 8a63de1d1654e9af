/**
 * How tests are run so that the answer can be trusted. A run has canaries of ours beside the tests: some that pass and some that
 * must fail, under names that nobody can know beforehand. They stand in the process of the code that is tested, so
 * that code which has every assertion hold, ends the process early or writes the report itself shows by them. Code that
 * is made to fool just these tests, from inside their process, cannot be told by this; see docs/evals.md.
 */

export type TestStatus = 'passed' | 'failed' | 'skipped';

/** What a run said of a test; `message` says why it failed, where the runner tells. */
export type TestReport = { name: string; status: TestStatus; message?: string };

/** A file that the harness writes before the call. Absolute, or relative to the workspace. */
export type HarnessFile = { path: string; text: string };

/** One process that runs tests. */
export type TestCall = {
  files: readonly HarnessFile[];
  /** Shell text, run in the workspace. */
  command: string;
  /** Where the report is written; null: it is what the command prints. A runner of ours prints it: see `readReportLines`. */
  report: string | null;
  /** Reads it, given the exit code too. Throws nothing: what cannot be read is no report. */
  parse: (report: string, exitCode: number | null) => TestReport[];
  /** What lines of a printed report begin with; they are kept out of the log. */
  prefix?: string;
  /** Null: the tests are processes of their own, which no code that they test can reach into. */
  canaries: Canaries | null;
};

/** Names of the canaries, as the report has them. */
export type Canaries = { pass: readonly string[]; fail: readonly string[] };

export type Runner = {
  /** Base names of files that decide how tests are run, `*` for any part: they are put back to the base. */
  configuration: readonly string[];
  /** The calls for these files. `folder` is absolute and the harness's own; `nonce` cannot be guessed. */
  calls: (files: readonly string[], place: { folder: string; workspace: string; nonce: string }) => TestCall[];
};

/**
 * Reads the lines of a report in what a process printed: each begins with the prefix, and is one JSON value. They are printed, and not
 * written into a file, since what is printed cannot be taken back: code under test can add a line, which then has to be
 * believed beside the runner's own. A line that is cut says nothing.
 */
export function readReportLines(printed: string, prefix: string): TestReport[] {
  return printed.split('\n').flatMap((line) => {
    if (!line.startsWith(prefix)) return [];
    let value: unknown;
    try {
      value = JSON.parse(line.slice(prefix.length));
    } catch {
      return [];
    }
    if (typeof value !== 'object' || value === null || !('name' in value) || !('status' in value)) return [];
    const { name, status } = value;
    const known = status === 'passed' || status === 'failed' || status === 'skipped';
    if (typeof name !== 'string' || !known) return [];
    const message = 'message' in value && typeof value.message === 'string' ? value.message : '';
    return [message === '' ? { name, status } : { name, status, message }];
  });
}
