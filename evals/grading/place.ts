/** A fresh container to grade in, with the base in it, and what all kinds of grading do there. */
import { randomBytes } from 'node:crypto';
import {
  createDockerSandbox,
  DEFAULT_LIMITS,
  type DockerSandbox,
  type Engine,
  type Output,
  SandboxError,
} from '../../sandbox/index.ts';
import type { ReadyBase } from '../base.ts';
import type { SolutionScript, Task } from '../task.ts';
import type { Verdict } from './judge.ts';
import { applyScript, DOES_NOT_APPLY } from './workspace.ts';

/** A verdict, and what it is made of. `log` is what the commands printed, bounded. */
export type Grade = Verdict & { log: string; testMs: number };

export type GradeRequest = {
  task: Task;
  base: ReadyBase;
  /** Null: Drydock's own. */
  image: string | null;
  /** Path of the Dockerfile of Drydock's own image. */
  dockerfile: string;
  /** What is graded: a patch, or a script that does the work in the container. */
  work: Buffer | SolutionScript;
  /** The label under which the container can be found. */
  sessionId: string;
  owner: string;
  /** Variables of the tests, such as a time zone. */
  testEnv?: Readonly<Record<string, string>>;
  signal: AbortSignal;
  /** Takes what is still being cleared away when the verdict is known; left out: the verdict waits for it. */
  later?: (clearing: Promise<void>) => void;
};

/** What is kept of what a command prints, and what is read of a report. */
export const MAX_LOG_BYTES = 256 * 1024;
export const MAX_REPORT_BYTES = 32 * 1024 ** 2;
/** Git on a workspace, and the harness's own files. */
export const HOUSEKEEPING_MS = 120_000;

/** A container with the base in it. `ready` rejects where it could not be made. */
export type GradingPlace = { sandbox: DockerSandbox; ready: Promise<void>; close(): Promise<void> };

/** Begins to make a place, which is closed with the request's signal, or by whoever has opened it. Never throws. */
export function openPlace(engine: Engine, request: Omit<GradeRequest, 'work'>): GradingPlace {
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
  const { objectFormat } = base.repository;
  const ready = signal.aborted
    ? Promise.reject(signal.reason)
    : sandbox.importRepository({ ...base.pack, branch: 'main', objectFormat });
  // Whoever uses the place is told; it may be closed unused.
  ready.catch(() => undefined);
  return {
    sandbox,
    ready,
    close() {
      signal.removeEventListener('abort', dispose);
      return sandbox.dispose();
    },
  };
}

/** Does something in a place, which is closed afterwards. Throws `SandboxError`, and the signal's reason. */
export async function inPlace<T>(
  { sandbox, ready, close }: GradingPlace,
  { task, signal, later }: Pick<GradeRequest, 'task' | 'signal' | 'later'>,
  work: (sandbox: DockerSandbox) => Promise<T>,
): Promise<T> {
  try {
    await ready;
    return await work(sandbox);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof SandboxError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new SandboxError('lost', `grading ${task.id} broke off: ${why}`, '', { cause: error });
  } finally {
    if (later === undefined) await close();
    else later(close());
  }
}

/** Puts in what is graded. False: the patch does not fit. `loosely`: as SWE-bench's own harness does where git refuses it. */
export async function putWorkIn(
  sandbox: DockerSandbox,
  work: GradeRequest['work'],
  loosely: boolean,
  log: string[],
): Promise<boolean> {
  if (!Buffer.isBuffer(work)) {
    await sandbox.place('/solution', [...work.files]);
    const { exitCode, output } = await sandbox.exec({
      command: work.script,
      env: { ...work.env },
      maxOutputBytes: MAX_LOG_BYTES,
    });
    log.push(section('the solution', exitCode), textOf(output));
    return true;
  }
  return putPatchIn(sandbox, work, loosely, log);
}

/** False: it does not fit. */
export async function putPatchIn(
  sandbox: DockerSandbox,
  patch: Buffer,
  loosely: boolean,
  log: string[],
): Promise<boolean> {
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

/** A name that nobody can guess. */
export function newNonce(): string {
  return `d${randomBytes(12).toString('hex')}`;
}

/** The head of a command's output in a log. */
export function section(command: string, exitCode: number | null): string {
  return `\n$ ${command.split('\n')[0]}  [exit ${exitCode ?? 'unknown'}]\n`;
}

/** Output as text, with a note in the place of what was left out. */
export function textOf({ head, tail, totalBytes }: Output): string {
  const missing = totalBytes - head.length - tail.length;
  return `${head.toString('utf8')}${missing > 0 ? `\n[${missing} bytes left out]\n` : ''}${tail.toString('utf8')}`;
}
