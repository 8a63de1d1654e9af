/** What `npm test` makes of Vitest's JSON reports: `node scripts/test-report.ts files REPORT`, `… counts REPORT [AGAIN]`. */
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { z } from 'zod';

const REPORT = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.enum(['passed', 'failed']),
      assertionResults: z.array(z.object({ fullName: z.string(), status: z.string() })),
    }),
  ),
});
export type TestReport = z.infer<typeof REPORT>;

/** More files than this do not fail by accident. */
const MAX_FILES_AGAIN = 3;

/** The files that are to be run again, alone; none where nothing failed, or so much that it is no accident. */
export function filesToRunAgain(report: TestReport): string[] {
  const failed = report.testResults.filter(({ status }) => status === 'failed').map(({ name }) => name);
  return failed.length <= MAX_FILES_AGAIN ? failed : [];
}

/**
 * How many tests passed and failed, and which failed only in the first run. What `again` has of a file stands in place of
 * the first run's. A file that could not be loaded has no tests that fail: it counts as one.
 */
export function count(
  report: TestReport,
  again: TestReport | null,
): { passed: number; failed: number; once: string[] } {
  const second = new Map(again?.testResults.map((file) => [file.name, file]));
  let passed = 0;
  let failed = 0;
  const once: string[] = [];
  for (const first of report.testResults) {
    const file = second.get(first.name) ?? first;
    const names = (wanted: string, of: typeof file) =>
      of.assertionResults.filter(({ status }) => status === wanted).map(({ fullName }) => fullName);
    const good = names('passed', file);
    const bad = names('failed', file);
    passed += good.length;
    failed += bad.length + (file.status === 'failed' && file.assertionResults.length === 0 ? 1 : 0);
    once.push(...names('failed', first).filter((name) => good.includes(name)));
  }
  return { passed, failed, once };
}

if (import.meta.main) {
  const [what, first = '', second] = process.argv.slice(2);
  const read = (path: string) => REPORT.parse(JSON.parse(readFileSync(path, 'utf8')));
  if (what === 'files') {
    for (const file of filesToRunAgain(read(first))) console.log(relative(process.cwd(), file));
  } else {
    const { passed, failed, once } = count(read(first), second === undefined ? null : read(second));
    for (const name of once) console.error(`failed at first, passed alone; please mend it: ${name}`);
    console.log(`${passed} ${failed}`);
  }
}
