/** JUnit XML: what pytest, vitest, mocha, node:test, Maven, Gradle and many others can write. */
import type { TestReport, TestStatus } from '../grading/runner.ts';
import { readXml } from './xml.ts';

/**
 * The tests of a JUnit report, with names such as `CLASSNAME > NAME`, both as the report has them. An error counts as a failure.
 * A test that is both skipped and failed (node:test writes a failed TODO so) is `skipped`. A report that is no well-formed
 * XML has no tests, since tools write it at the end: one that was cut is of a run that did not end.
 */
export function parseJunit(report: string): TestReport[] {
  const tests: TestReport[] = [];
  let open: { name: string; seen: Set<string> } | null = null;
  for (const event of readXml(report) ?? []) {
    if (event.kind === 'close') {
      if (event.name !== 'testcase' || open === null) continue;
      tests.push({ name: open.name, status: statusOf(open.seen) });
      open = null;
    } else if (event.name === 'testcase') {
      const parts = [event.attributes.get('classname') ?? '', event.attributes.get('name') ?? ''];
      open = { name: parts.filter((part) => part !== '').join(' > '), seen: new Set() };
    } else {
      open?.seen.add(event.name);
    }
  }
  return tests;
}

function statusOf(seen: ReadonlySet<string>): TestStatus {
  if (seen.has('skipped')) return 'skipped';
  return seen.has('failure') || seen.has('error') ? 'failed' : 'passed';
}
