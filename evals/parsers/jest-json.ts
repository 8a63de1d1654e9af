/** The report of `jest --json`, and of vitest's json reporter, which has the same shape. */
import { z } from 'zod';
import type { TestReport, TestStatus } from '../grading/runner.ts';
import { nameOfFile, readJsonReport } from './json-report.ts';

const REPORT = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      assertionResults: z.array(
        z.object({ ancestorTitles: z.array(z.string()), title: z.string(), status: z.string() }),
      ),
    }),
  ),
});

/**
 * The tests of a report, with names such as `FILE > describe > test`; FILE is relative to `root`, the workspace. A file that
 * failed with no failed test in it (it does not parse, or a hook threw) is a failed test by the name of the file.
 */
export function parseJestJson(report: string, root: string): TestReport[] {
  const files = readJsonReport(report, REPORT)?.testResults ?? [];
  return files.flatMap((file) => {
    const name = nameOfFile(root, file.name);
    const tests = file.assertionResults.map(({ ancestorTitles, title, status }) => ({
      name: [name, ...ancestorTitles, title].join(' > '),
      status: statusOf(status),
    }));
    const hasFailed = tests.some(({ status }) => status === 'failed');
    return file.status === 'failed' && !hasFailed ? [...tests, { name, status: 'failed' as const }] : tests;
  });
}

function statusOf(status: string): TestStatus {
  return status === 'passed' || status === 'failed' ? status : 'skipped';
}
