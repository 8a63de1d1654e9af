import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CallEnd, judge } from './judge.ts';
import type { TestReport } from './runner.ts';

const EXPECTED = { failToPass: ['a'], passToPass: ['b'] };
const CANARIES = { pass: ['yes'], fail: ['no'] };
const SOUND: TestReport[] = [
  { name: 'yes', status: 'passed' },
  { name: 'no', status: 'failed' },
];

const call = (reports: TestReport[], end: Partial<CallEnd['end']> = {}): CallEnd => ({
  reports,
  canaries: CANARIES,
  end: { reason: 'exited', exitCode: 1, ...end },
});
const passed = (...names: string[]): TestReport[] => names.map((name) => ({ name, status: 'passed' }));

describe('a verdict', () => {
  it.each<[string, CallEnd[], boolean | null, object]>([
    [
      'resolved: all are well',
      [call([...SOUND, ...passed('a', 'b')])],
      null,
      { outcome: 'resolved', reason: 'all_passed' },
    ],
    [
      'a test failed',
      [call([...SOUND, ...passed('b'), { name: 'a', status: 'failed' }])],
      null,
      { outcome: 'unresolved', reason: 'tests_failed' },
    ],
    [
      'a test was skipped',
      [call([...SOUND, ...passed('b'), { name: 'a', status: 'skipped' }])],
      null,
      { outcome: 'unresolved', reason: 'tests_failed' },
    ],
    ['a test is missing', [call([...SOUND, ...passed('b')])], null, { outcome: 'unresolved', reason: 'tests_missing' }],
    [
      'a test is told of twice, and failed once',
      [call([...SOUND, ...passed('a', 'b'), { name: 'a', status: 'failed' }])],
      null,
      { outcome: 'unresolved' },
    ],
    [
      'a canary that must fail passed',
      [call([...passed('yes', 'no', 'a', 'b')])],
      null,
      { outcome: 'cheated', reason: 'canaries_passed' },
    ],
    [
      'the run ended early, though the runner works',
      [call(passed('a', 'b'))],
      true,
      { outcome: 'unresolved', reason: 'ended_early' },
    ],
    [
      'the runner never works',
      [call(passed('a', 'b'))],
      false,
      { outcome: 'invalid_task', reason: 'suite_does_not_start' },
    ],
    [
      'it took too long',
      [call([], { reason: 'timeout', exitCode: null })],
      true,
      { outcome: 'unresolved', reason: 'timeout' },
    ],
    [
      'one of several calls ended early',
      [call([...SOUND, ...passed('a', 'b')]), call([])],
      true,
      { outcome: 'unresolved', reason: 'ended_early' },
    ],
    [
      'the run failed and no test did',
      [{ ...call([...passed('a', 'b'), { name: 'x > (exit code)', status: 'failed' }]), canaries: null }],
      null,
      { outcome: 'unresolved', reason: 'ambiguous' },
    ],
  ])('%s', (_what, calls, starts, expected) => {
    expect(judge(calls, EXPECTED, starts)).toMatchObject(expected);
  });

  it('is never resolved unless every expected test passed and every canary did as it must', () => {
    const report = fc.record({
      name: fc.constantFrom('a', 'b', 'yes', 'no', 'other'),
      status: fc.constantFrom('passed' as const, 'failed' as const, 'skipped' as const),
    });
    fc.assert(
      fc.property(fc.array(report, { maxLength: 12 }), fc.constantFrom(null, true, false), (reports, starts) => {
        const { outcome } = judge([call(reports)], EXPECTED, starts);
        const all = (name: string, status: string) =>
          reports.some((each) => each.name === name) &&
          reports.every((each) => each.name !== name || each.status === status);
        const no = reports.filter(({ name }) => name === 'no').map(({ status }) => status);
        const failedOnce = no.includes('failed') && !no.includes('passed');
        const sound = all('a', 'passed') && all('b', 'passed') && all('yes', 'passed') && failedOnce;
        expect(outcome === 'resolved').toBe(sound);
      }),
      { numRuns: 2000 },
    );
  });
});
