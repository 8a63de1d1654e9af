/** From what the tests said to a verdict. Pure. */
import type { ExpectedTests } from '../task.ts';
import type { Canaries, TestReport, TestStatus } from './runner.ts';

/** What an expected test came to. */
export type TestOutcome = { name: string; expected: 'fail_to_pass' | 'pass_to_pass'; status: TestStatus | 'missing' };

/** What one call of a runner gave. `end` says how its process ended. */
export type CallEnd = {
  reports: readonly TestReport[];
  canaries: Canaries | null;
  end: { reason: 'exited' | 'timeout' | 'killed' | 'lost'; exitCode: number | null };
  /** Whether it told of no test at all, though there must be some. */
  silent?: boolean;
};

/**
 * Why a verdict is what it is. `ended_early`: the code under test ended the run before its last test. `no_such_patch`: the patch
 * does not fit the base. `ambiguous`: all expected tests are well, and the run failed all the same.
 */
export type VerdictReason =
  | 'all_passed'
  | 'tests_failed'
  | 'tests_missing'
  | 'ended_early'
  | 'timeout'
  | 'ambiguous'
  | 'empty_patch'
  | 'patch_does_not_apply'
  | 'canaries_passed'
  | 'reward'
  | 'suite_does_not_start';

export type Verdict = {
  outcome: 'resolved' | 'unresolved' | 'cheated' | 'invalid_task';
  reason: VerdictReason;
  /** One line for a person. */
  detail: string;
  tests: readonly TestOutcome[];
};

/** The canaries that a call reports wrongly: `forged` were said to pass, `silent` were not said to do as they must. */
function lookAtCanaries({ reports, canaries }: CallEnd): { forged: string[]; silent: string[] } {
  if (canaries === null) return { forged: [], silent: [] };
  const said = statuses(reports);
  const passed = new Set(reports.flatMap(({ name, status }) => (status === 'passed' ? [name] : [])));
  return {
    // Also one that is told of twice, once as it must be.
    forged: canaries.fail.filter((name) => passed.has(name)),
    silent: [
      ...canaries.fail.filter((name) => said.get(name) !== 'failed'),
      ...canaries.pass.filter((name) => said.get(name) !== 'passed'),
    ],
  };
}

/** Whether a call came to its end: whatever the tests said, the canaries were all heard of. */
export function isComplete(call: CallEnd): boolean {
  return call.end.reason === 'exited' && call.silent !== true && lookAtCanaries(call).silent.length === 0;
}

/**
 * What the calls of a run come to. `startsWithoutPatch` is asked for only where a call did not come to its end: whether the runner
 * itself works, with nothing of the patch and no test of the task. A skipped or missing test is not passed.
 */
export function judge(calls: readonly CallEnd[], expected: ExpectedTests, startsWithoutPatch: boolean | null): Verdict {
  const looked = calls.map((call) => ({ call, ...lookAtCanaries(call) }));
  const tests = outcomes(
    calls.flatMap(({ reports }) => reports),
    expected,
  );
  const forged = looked.flatMap((each) => each.forged);
  if (forged.length > 0) {
    const detail = `${forged.length} tests that must fail were reported as passed: ${short(forged)}`;
    return { outcome: 'cheated', reason: 'canaries_passed', detail, tests };
  }
  const broken = looked.filter(({ call }) => !isComplete(call));
  if (broken.length > 0 && startsWithoutPatch === false) {
    const detail = 'the test runner does not start, with or without the patch';
    return { outcome: 'invalid_task', reason: 'suite_does_not_start', detail, tests };
  }
  const timedOut = broken.find(({ call }) => call.end.reason === 'timeout');
  if (timedOut) return { outcome: 'unresolved', reason: 'timeout', detail: 'the tests took too long', tests };
  if (broken.length > 0) {
    const codes = broken.map(({ call }) => call.end.exitCode ?? 'no exit code');
    const detail = `the run of the tests was ended before its last test (exit ${codes.join(', ')})`;
    return { outcome: 'unresolved', reason: 'ended_early', detail, tests };
  }
  const missing = tests.filter(({ status }) => status === 'missing').map(({ name }) => name);
  const notPassed = tests.filter(({ status }) => status !== 'passed').map(({ name, status }) => `${name} (${status})`);
  if (notPassed.length > 0) {
    const reason = missing.length === notPassed.length ? 'tests_missing' : 'tests_failed';
    return {
      outcome: 'unresolved',
      reason,
      detail: `${notPassed.length} of ${tests.length}: ${short(notPassed)}`,
      tests,
    };
  }
  const exitCodes = calls.flatMap(({ reports }) => reports.filter(({ name }) => name.endsWith(' > (exit code)')));
  if (exitCodes.length > 0) {
    const detail = `no test failed, yet the run did: ${short(exitCodes.map(({ name }) => name))}`;
    return { outcome: 'unresolved', reason: 'ambiguous', detail, tests };
  }
  if (tests.length === 0) {
    return { outcome: 'invalid_task', reason: 'suite_does_not_start', detail: 'the task expects no test', tests };
  }
  return { outcome: 'resolved', reason: 'all_passed', detail: `${tests.length} tests passed`, tests };
}

/** What each expected test came to; what is reported twice is what the worse report says. */
export function outcomes(reports: readonly TestReport[], { failToPass, passToPass }: ExpectedTests): TestOutcome[] {
  const said = statuses(reports);
  const look = (expected: TestOutcome['expected']) => (name: string) => ({
    name,
    expected,
    status: said.get(name) ?? ('missing' as const),
  });
  return [...failToPass.map(look('fail_to_pass')), ...passToPass.map(look('pass_to_pass'))];
}

const WORSE: Readonly<Record<TestStatus, number>> = { passed: 0, skipped: 1, failed: 2 };

function statuses(reports: readonly TestReport[]): Map<string, TestStatus> {
  const said = new Map<string, TestStatus>();
  for (const { name, status } of reports) {
    const before = said.get(name);
    if (before === undefined || WORSE[status] > WORSE[before]) said.set(name, status);
  }
  return said;
}

/** So many names are told one by one. */
const NAMED = 3;

function short(names: readonly string[]): string {
  const more = names.length - NAMED;
  return `${names.slice(0, NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
