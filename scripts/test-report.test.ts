import { describe, expect, it } from 'vitest';
import { count, filesToRunAgain, type TestReport } from './test-report.ts';

/** `{ 'a.test.ts': { 'adds': true } }`: which tests of which files passed; null for a file that could not be loaded. */
function report(files: Record<string, Record<string, boolean> | null>): TestReport {
  const testResults = Object.entries(files).map(([name, tests]) => {
    const assertionResults = Object.entries(tests ?? {}).map(([fullName, ok]) => ({
      fullName,
      status: ok ? 'passed' : 'failed',
    }));
    const status = tests !== null && Object.values(tests).every(Boolean) ? ('passed' as const) : ('failed' as const);
    return { name, status, assertionResults };
  });
  return { testResults };
}

describe('a test run', () => {
  it('counts tests, and a file that cannot be loaded as one that failed', () => {
    const first = report({ a: { x: true, y: false }, b: { z: true }, c: null });
    expect(count(first, null)).toEqual({ passed: 2, failed: 2, once: [] });
  });

  it('takes what a file did alone in place of what it did at first, and names what failed only then', () => {
    const first = report({ a: { x: true, y: false, v: false }, b: { z: true } });
    const again = report({ a: { x: true, y: true, v: false } });
    expect(count(first, again)).toEqual({ passed: 3, failed: 1, once: ['y'] });
  });

  it('counts what fails only the second time as failed', () => {
    const first = report({ a: { x: true, y: false } });
    expect(count(first, report({ a: { x: false, y: true } }))).toEqual({ passed: 1, failed: 1, once: ['y'] });
  });

  it('runs a few failed files again, and none where many failed', () => {
    expect(filesToRunAgain(report({ a: { x: false }, b: { x: true }, c: null }))).toEqual(['a', 'c']);
    expect(filesToRunAgain(report({ a: null, b: null, c: null, d: null }))).toEqual([]);
  });
});
