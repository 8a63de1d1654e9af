/** The report of mocha's json reporter. */
import { z } from 'zod';
import type { TestReport } from '../grading/runner.ts';
import { nameOfFile, readJsonReport } from './json-report.ts';

const TEST = z.object({ fullTitle: z.string(), file: z.string().nullish() });
const REPORT = z.object({
  tests: z.array(TEST),
  pending: z.array(TEST),
  failures: z.array(TEST),
  passes: z.array(TEST),
});

/**
 * The tests of a report, with names such as `FILE > describe test`: mocha's report joins the titles with a space. FILE is
 * relative to `root`, the workspace. Hooks that failed are among the failures. A test of which the report says nothing more
 * than that it is there (the run was ended) is not named.
 */
export function parseMochaJson(report: string, root: string): TestReport[] {
  const read = readJsonReport(report, REPORT);
  if (read === null) return [];
  const named = (tests: readonly z.infer<typeof TEST>[], status: TestReport['status']) =>
    tests.map(({ file, fullTitle }) => ({
      name: typeof file === 'string' ? `${nameOfFile(root, file)} > ${fullTitle}` : fullTitle,
      status,
    }));
  return [...named(read.passes, 'passed'), ...named(read.pending, 'skipped'), ...named(read.failures, 'failed')];
}
