/** Grading by a runner of tests: the task's tests and the runner's configuration are put in, then the tests are run beside canaries. */
import { type DockerSandbox, type Engine, SandboxError, shellQuote, WORKSPACE } from '../../sandbox/index.ts';
import type { TestPlan } from '../task.ts';
import { type CallEnd, isComplete, judge } from './judge.ts';
import {
  type Grade,
  type GradeRequest,
  HOUSEKEEPING_MS,
  inPlace,
  MAX_LOG_BYTES,
  MAX_REPORT_BYTES,
  newNonce,
  openPlace,
  putWorkIn,
  section,
  textOf,
} from './place.ts';
import type { Runner, TestCall, TestReport } from './runner.ts';
import { runnerOf } from './runners.ts';
import { CHANGED_PATHS, clearScript, matches, restoreScript } from './workspace.ts';

/** A runner without tests is slow only where the machine is. */
const PROBE_MS = 60_000;

type RunnerPlan = Extract<TestPlan, { kind: 'runner' }>;

/** Grades what is in the workspace. Throws `SandboxError`. */
export async function gradeByRunner(
  engine: Engine,
  request: GradeRequest,
  plan: RunnerPlan,
  sandbox: DockerSandbox,
  log: string[],
): Promise<Grade> {
  const { calls, testMs } = await runPlan(sandbox, plan, log);
  const starts = calls.every(isComplete)
    ? null
    : await startsWithoutPatch(engine, request, plan, runnerOf(plan.runner));
  return { ...judge(calls, plan, starts), log: log.join(''), testMs };
}

/** All that the tests of a plan said of some work. `isWhole`: the run came to its end. `log` is what it printed, bounded. */
export type TestRun = { reports: readonly TestReport[]; isWhole: boolean; log: string; testMs: number };

/**
 * Runs a plan's tests as they are run for a grade, in a container of its own, and gives what they said in place of a verdict; null:
 * the work does not fit the base. What the plan expects is not looked at. Throws `SandboxError`.
 */
export function runTests(engine: Engine, request: GradeRequest, plan: RunnerPlan): Promise<TestRun | null> {
  return inPlace(openPlace(engine, request), request, async (sandbox) => {
    const log: string[] = [];
    if (!(await putWorkIn(sandbox, request.work, false, log))) return null;
    const { calls, testMs } = await runPlan(sandbox, plan, log);
    const reports = calls.flatMap(({ reports, canaries }) => {
      const ours = new Set([...(canaries?.pass ?? []), ...(canaries?.fail ?? [])]);
      return reports.filter(({ name }) => !ours.has(name));
    });
    return { reports, isWhole: calls.every(isComplete), log: log.join(''), testMs };
  });
}

async function runPlan(
  sandbox: DockerSandbox,
  plan: RunnerPlan,
  log: string[],
): Promise<{ calls: CallEnd[]; testMs: number }> {
  const runner = runnerOf(plan.runner);
  await putTestsIn(sandbox, plan, runner, log);
  const startedAt = performance.now();
  await prepare(sandbox, plan, log);
  const calls = await runCalls(sandbox, runner, plan.files, plan.timeoutMs, log);
  return { calls, testMs: performance.now() - startedAt };
}

/** Puts the runner's configuration back to the base, and lays the task's tests over the workspace. */
async function putTestsIn(
  sandbox: DockerSandbox,
  { overlay, restore }: RunnerPlan,
  runner: Runner,
  log: string[],
): Promise<void> {
  const listed = await sandbox.exec({
    command: CHANGED_PATHS,
    timeoutMs: HOUSEKEEPING_MS,
    maxOutputBytes: MAX_REPORT_BYTES,
  });
  const changed = textOf(listed.output)
    .split('\0')
    .filter((path) => path !== '');
  const back = changed.filter((path) => matches(path, [...runner.configuration, ...restore]));
  const laid = overlay.map(({ path }) => path);
  const script = [restoreScript(back), clearScript(laid)].join('\n');
  const { exitCode, output } = await sandbox.exec({ command: script, timeoutMs: HOUSEKEEPING_MS });
  if (exitCode !== 0) throw new SandboxError('lost', `the tests could not be put in: ${textOf(output)}`);
  if (back.length > 0) log.push(`put back to the base: ${back.join(', ')}\n`);
  for (const { path, bytes } of overlay) await sandbox.writeFile(path, bytes);
  const executable = overlay.filter((file) => file.executable).map(({ path }) => path);
  if (executable.length > 0) await sandbox.exec({ command: `chmod +x -- ${executable.map(shellQuote).join(' ')}` });
}

async function prepare(
  sandbox: DockerSandbox,
  { prepare: command, timeoutMs }: RunnerPlan,
  log: string[],
): Promise<void> {
  if (command === null) return;
  const process = await sandbox.spawn({ command, timeoutMs, maxOutputBytes: MAX_LOG_BYTES });
  const { exitCode, output } = await process.ended;
  await process.kill();
  // What it did not make is missed by the tests.
  log.push(section(command, exitCode), textOf(output));
}

async function runCalls(
  sandbox: DockerSandbox,
  runner: Runner,
  files: readonly string[],
  timeoutMs: number,
  log: string[],
): Promise<CallEnd[]> {
  const nonce = newNonce();
  const folder = `/tmp/${newNonce()}`;
  const deadline = performance.now() + timeoutMs;
  const ends: CallEnd[] = [];
  for (const call of runner.calls(files, { folder, workspace: WORKSPACE, nonce })) {
    ends.push(await runCall(sandbox, call, Math.max(1, deadline - performance.now()), log));
  }
  return ends;
}

async function runCall(sandbox: DockerSandbox, call: TestCall, timeoutMs: number, log: string[]): Promise<CallEnd> {
  for (const { path, text } of call.files) await sandbox.writeFile(path, text);
  const maxOutputBytes = call.report === null ? MAX_REPORT_BYTES : MAX_LOG_BYTES;
  const process = await sandbox.spawn({ command: call.command, timeoutMs, maxOutputBytes });
  const { exitCode, reason, output } = await process.ended;
  // Before the report is read: nothing that the tests left running is to touch it, or the next call.
  await process.kill();
  const printed = textOf(output);
  const report = call.report === null ? printed : await readReport(sandbox, call.report);
  log.push(section(call.command, exitCode), withoutReport(printed, call.prefix).slice(-MAX_LOG_BYTES));
  const reports = call.parse(report, exitCode);
  log.push(...failures(reports, call.canaries));
  return { reports, canaries: call.canaries, end: { reason, exitCode } };
}

/** What was printed beside a report. */
function withoutReport(printed: string, prefix: string | undefined): string {
  if (prefix === undefined) return printed;
  const lines = printed.split('\n');
  // Each line of a report has a line end of its own before it.
  return lines
    .filter((line, index) => !line.startsWith(prefix) && !(line === '' && lines[index + 1]?.startsWith(prefix)))
    .join('\n');
}

/** Why tests failed, for who reads the log; canaries fail as they must. */
function failures(reports: readonly TestReport[], canaries: TestCall['canaries']): string[] {
  const expected = new Set(canaries?.fail);
  return reports.flatMap(({ name, status, message }) =>
    status === 'failed' && message !== undefined && !expected.has(name) ? [`✗ ${name}\n${message}\n`] : [],
  );
}

/** Empty where there is none, or it is no file. */
async function readReport(sandbox: DockerSandbox, path: string): Promise<string> {
  try {
    return (await sandbox.readFile(path, { maxBytes: MAX_REPORT_BYTES })).bytes.toString('utf8');
  } catch (error) {
    if (error instanceof SandboxError) throw error;
    return '';
  }
}

/** Whether the runner works in this image at all: on the base, with no test but the canaries. */
function startsWithoutPatch(
  engine: Engine,
  request: GradeRequest,
  tests: RunnerPlan,
  runner: Runner,
): Promise<boolean> {
  return inPlace(
    openPlace(engine, { ...request, sessionId: `${request.sessionId}-probe` }),
    request,
    async (sandbox) => {
      await putTestsIn(sandbox, tests, runner, []);
      await prepare(sandbox, tests, []);
      const calls = await runCalls(sandbox, runner, [], Math.max(tests.timeoutMs, PROBE_MS), []);
      return calls.every(isComplete);
    },
  );
}
