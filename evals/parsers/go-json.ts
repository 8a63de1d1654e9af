/** The events of `go test -json`. */
import { z } from 'zod';
import type { TestReport, TestStatus } from '../grading/runner.ts';
import { readJsonReport } from './json-report.ts';

const EVENT = z.object({ Action: z.string(), Package: z.string().optional(), Test: z.string().optional() });
const ENDS: Readonly<Record<string, TestStatus>> = { pass: 'passed', fail: 'failed', skip: 'skipped' };

/**
 * The tests of a report, with names such as `PACKAGE > TestName/subtest`. A test that started and did not end has failed. A
 * package that failed with no failed test in it is a failed test by the package's name. A result of a test that never
 * started is passed over: a test can print one. Lines that are no events are too, since `go` prints some between them.
 */
export function parseGoJson(report: string): TestReport[] {
  const tests = new Map<string, TestStatus>();
  const packages = new Map<string, TestStatus>();
  for (const line of report.split('\n')) {
    const event = line.startsWith('{') ? readJsonReport(line, EVENT) : null;
    if (event?.Package === undefined) continue;
    const status = ENDS[event.Action];
    if (event.Test === undefined) {
      if (status !== undefined) packages.set(event.Package, status);
      continue;
    }
    const name = `${event.Package} > ${event.Test}`;
    if (event.Action === 'run') tests.set(name, 'failed');
    else if (status !== undefined && tests.has(name)) tests.set(name, status);
  }
  const reports = [...tests].map(([name, status]) => ({ name, status }));
  for (const [name, status] of packages) {
    const hasFailed = reports.some((test) => test.status === 'failed' && test.name.startsWith(`${name} > `));
    if (status === 'failed' && !hasFailed) reports.push({ name, status });
  }
  return reports;
}
