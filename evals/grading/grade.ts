/**
 * Grading: a patch in, a verdict out. In a fresh container of the task's image, without network, that the agent never saw: only its
 * patch is put on the base, then the task's tests and the runner's configuration. The verdict is made here, on the host.
 */
import { randomBytes } from 'node:crypto';
import {
  createDockerSandbox,
  DEFAULT_LIMITS,
  type DockerSandbox,
  type Engine,
  type Output,
  SandboxError,
  WORKSPACE,
} from '../../sandbox/index.ts';
import type { ReadyBase } from '../base.ts';
import type { Task, TestPlan } from '../task.ts';
import { type CallEnd, isComplete, judge, type Verdict } from './judge.ts';
import type { Runner, TestCall } from './runner.ts';
import { runnerOf } from './runners.ts';
import { applyScript, CHANGED_PATHS, clearScript, DOES_NOT_APPLY, matches, restoreScript } from './workspace.ts';

/** A verdict, and what it is made of. `log` is what the commands printed, bounded. */
export type Grade = Verdict & { log: string; testMs: number };

export type GradeRequest = {
  task: Task;
  base: ReadyBase;
  /** Null: Drydock's own. */
  image: string | null;
  /** Path of the Dockerfile of Drydock's own image. */
  dockerfile: string;
  patch: Buffer;
  /** The label under which the container can be found. */
  sessionId: string;
  owner: string;
  /** Variables of the tests, such as a time zone. */
  testEnv?: Readonly<Record<string, string>>;
  signal: AbortSignal;
};

/** What is kept of what a command prints, and what is read of a report. */
const MAX_LOG_BYTES = 256 * 1024;
const MAX_REPORT_BYTES = 32 * 1024 ** 2;
/** Git on a workspace, and the harness's own files. */
const HOUSEKEEPING_MS = 120_000;

/** Grades a patch. Throws `SandboxError` where the sandbox itself fails: then there is no verdict. */
export async function grade(engine: Engine, request: GradeRequest): Promise<Grade> {
  const { tests } = request.task;
  if (tests.kind !== 'runner') throw new Error(`a plan of kind ${tests.kind} is not graded yet`);
  const runner = runnerOf(tests.runner);
  return inSandbox(engine, request, async (sandbox) => {
    const log: string[] = [];
    const applied = await applyPatch(sandbox, request.patch, false, log);
    if (!applied) {
      const detail = 'git apply refuses it';
      const tests = judge([], { failToPass: [], passToPass: [] }, null).tests;
      return { outcome: 'unresolved', reason: 'patch_does_not_apply', detail, tests, log: log.join(''), testMs: 0 };
    }
    await putTestsIn(sandbox, tests, runner, log);
    const startedAt = performance.now();
    await prepare(sandbox, tests, log);
    const calls = await runCalls(sandbox, runner, tests.files, tests.timeoutMs, log);
    const testMs = performance.now() - startedAt;
    const starts = calls.every(isComplete) ? null : await startsWithoutPatch(engine, request, tests, runner);
    return { ...judge(calls, tests, starts), log: log.join(''), testMs };
  });
}

async function inSandbox<T>(
  engine: Engine,
  request: GradeRequest,
  work: (sandbox: DockerSandbox) => Promise<T>,
): Promise<T> {
  const { task, base, image, dockerfile, sessionId, owner, testEnv = {}, signal } = request;
  const { memoryBytes, cpus } = task.limits;
  const limits = {
    ...DEFAULT_LIMITS,
    ...(memoryBytes === null ? {} : { memoryBytes }),
    ...(cpus === null ? {} : { cpus }),
  };
  const sandbox = createDockerSandbox(Promise.resolve(engine), {
    ...{ sessionId, owner, image, dockerfile, limits, env: { ...testEnv }, network: 'none' },
    onProgress: () => undefined,
  });
  const dispose = () => void sandbox.dispose().catch(() => undefined);
  signal.addEventListener('abort', dispose, { once: true });
  try {
    signal.throwIfAborted();
    await sandbox.importRepository({ ...base.pack, branch: 'main', objectFormat: base.repository.objectFormat });
    return await work(sandbox);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof SandboxError) throw error;
    throw new SandboxError(
      'lost',
      `grading ${task.id} broke off: ${error instanceof Error ? error.message : error}`,
      '',
      {
        cause: error,
      },
    );
  } finally {
    signal.removeEventListener('abort', dispose);
    await sandbox.dispose();
  }
}

/** False: it does not fit. */
async function applyPatch(sandbox: DockerSandbox, patch: Buffer, loosely: boolean, log: string[]): Promise<boolean> {
  // git takes a patch of nothing for a fault.
  if (patch.length === 0) return true;
  const file = `/tmp/${newNonce()}.patch`;
  await sandbox.writeFile(file, patch);
  const command = applyScript(file, loosely);
  const { exitCode, reason, output } = await sandbox.exec({ command, timeoutMs: HOUSEKEEPING_MS });
  log.push(section('git apply', exitCode), textOf(output));
  if (reason === 'exited' && exitCode === 0) return true;
  if (reason === 'exited' && exitCode === DOES_NOT_APPLY) return false;
  throw new SandboxError('lost', `the patch could not be put in: ${reason}, exit ${exitCode}`);
}

/** Puts the runner's configuration back to the base, and lays the task's tests over the workspace. */
async function putTestsIn(
  sandbox: DockerSandbox,
  { overlay, restore }: Extract<TestPlan, { kind: 'runner' }>,
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
  if (executable.length > 0)
    await sandbox.exec({ command: `chmod +x -- ${executable.map((path) => `'${path}'`).join(' ')}` });
}

async function prepare(
  sandbox: DockerSandbox,
  { prepare: command, timeoutMs }: Extract<TestPlan, { kind: 'runner' }>,
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
  log.push(section(call.command, exitCode), printed.slice(-MAX_LOG_BYTES));
  return { reports: call.parse(report, exitCode), canaries: call.canaries, end: { reason, exitCode } };
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
  tests: Extract<TestPlan, { kind: 'runner' }>,
  runner: Runner,
): Promise<boolean> {
  return inSandbox(engine, { ...request, sessionId: `${request.sessionId}-probe` }, async (sandbox) => {
    await putTestsIn(sandbox, tests, runner, []);
    await prepare(sandbox, tests, []);
    const calls = await runCalls(sandbox, runner, [], tests.timeoutMs, []);
    return calls.every(isComplete);
  });
}

function newNonce(): string {
  return `d${randomBytes(12).toString('hex')}`;
}

function section(command: string, exitCode: number | null): string {
  return `\n$ ${command.split('\n')[0]}  [exit ${exitCode ?? 'unknown'}]\n`;
}

function textOf({ head, tail, totalBytes }: Output): string {
  const missing = totalBytes - head.length - tail.length;
  return `${head.toString('utf8')}${missing > 0 ? `\n[${missing} bytes left out]\n` : ''}${tail.toString('utf8')}`;
}
