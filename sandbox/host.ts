/** The `host` backend's processes and files: in place, for a machine that already is a sandbox. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { Socket } from 'node:net';
import { constants } from 'node:os';
import { join, resolve } from 'node:path';
import { HEADLESS_ENV } from './headless.ts';
import { filesAs, ownFiles } from './host-files.ts';
import { killTree, MARKER_VARIABLE, type Mark, newMarks } from './host-tree.ts';
import type { HostUser } from './host-user.ts';
import { untilMarker } from './marker.ts';
import { createOutputBuffer } from './output.ts';
import { refusal, refusedProcess } from './refused.ts';
import { type ProcessEnd, type ProcessSandbox, SandboxError, type SandboxProcess, type Spawn } from './sandbox.ts';

/** How long output is waited for after a command whose wrapper could not say that this was all, since it was killed. */
const GRACE_MS = 250;
/** How many graces are given while output still arrives; after that whoever writes is on its own. */
const MAX_GRACES = 8;
/** The same where the wrapper has said so: it comes, unless somebody has stopped what it comes through. */
const MARKER_MS = 30_000;

/** Variables that may hold a key; a command of the model does not inherit them. */
const SECRET_NAME =
  /^(ANTHROPIC|OPENAI)_|(^|_)(API_?KEY|ACCESS_KEY|PRIVATE_KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS?)(_|$)/i;

/**
 * $0 is the shell, $1 the folder, $2 the command, $3 the mark, a limit of file locks (bash and dash have letters of their own
 * for it; there is none where the system has no such limit), $4 what is written between two NULs after all output. stdout
 * and stderr are one real pipe: Node would give a socket, which programs cannot open as /dev/stdout or /dev/stderr. The
 * command is not exec'ed, so that `cat` is not its child.
 */
const MARK = '{ ulimit -x "$3" || ulimit -w "$3"; } 2>/dev/null;';
const RUN = `${MARK} cd -- "$1" && "$0" -c "$2"; code=$?; printf '\\000%s\\000' "$4"; exit $code`;
const BASH_WRAPPER = `exec > >(exec cat) 2>&1; ${RUN}`;
/** A POSIX shell has no process substitution: there the socket stays. */
const SH_WRAPPER = `exec 2>&1; ${RUN}`;

/**
 * `root` is the absolute workspace folder; `env` is added to what commands inherit. `user`: whom commands run as, and files
 * are read and written as; null: this process's own.
 */
export type HostSandboxOptions = { root: string; env?: Record<string, string>; user?: HostUser | null };

/** What another user gets says who they are; the caller's own folders are closed to them. */
function inheritedEnvironment(user: HostUser | null): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (value !== undefined && !SECRET_NAME.test(name) && !(user && name.startsWith('XDG_'))) kept[name] = value;
  }
  return user ? { ...kept, HOME: user.home, USER: user.name, LOGNAME: user.name } : kept;
}

function findShell(): 'bash' | 'sh' {
  const folders = (process.env.PATH ?? '/usr/bin:/bin').split(':');
  return folders.some((folder) => existsSync(join(folder, 'bash'))) ? 'bash' : 'sh';
}

function exitCodeOf(code: number | null, signal: NodeJS.Signals | null): number | null {
  return signal === null ? code : 128 + constants.signals[signal];
}

/**
 * Resolves when all output of the command has come: `marked` says so, or stdout has ended. Where neither will come, since a
 * background child holds stdout open and the wrapper was killed, a grace is given.
 */
function outputComplete(
  { stdout, signalCode }: ChildProcess,
  marked: Promise<void>,
  bytesSeen: () => number,
): Promise<void> {
  return new Promise((resolve) => {
    if (stdout === null || stdout.closed) return resolve();
    let timer: NodeJS.Timeout | undefined;
    const done = () => {
      clearTimeout(timer);
      resolve();
    };
    stdout.once('close', done);
    marked.then(done);
    const giveGrace = (left: number, seen: number): void => {
      timer = setTimeout(() => {
        // After a timer, data that already waits is read before an immediate runs: a slow machine loses nothing.
        setImmediate(() => (bytesSeen() === seen || left === 1 ? done() : giveGrace(left - 1, bytesSeen())));
      }, GRACE_MS);
    };
    if (signalCode === null) timer = setTimeout(done, MARKER_MS);
    else giveGrace(MAX_GRACES, bytesSeen());
  });
}

/** Resolves once the child runs; rejects with what kept it from starting. */
function started(child: ChildProcess): Promise<void> {
  return new Promise((done, fail) => {
    child.once('spawn', done);
    child.once('error', fail);
  });
}

function hostProcess(
  child: ChildProcess,
  command: Spawn,
  { mark, marker, user }: { mark: Mark; marker: Buffer; user: HostUser | null },
): SandboxProcess {
  const buffer = createOutputBuffer(command.maxOutputBytes);
  const startedAt = performance.now();
  let bytes = 0;
  let over = false;
  let alive = true;
  let killedBy: 'timeout' | 'killed' | null = null;

  const take = (data: Buffer) => {
    buffer.push(data);
    command.onOutput?.(data);
  };
  const output = untilMarker(marker, take);
  const marked = new Promise<void>((done) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      // What a surviving background child writes later is read and dropped: it must neither block nor die of SIGPIPE.
      if (!over && output.push(chunk)) done();
    });
  });

  const killAll = (reason: 'timeout' | 'killed'): Promise<void> => {
    killedBy ??= reason;
    return killTree(mark, user, alive ? child.pid : undefined);
  };
  const timer =
    command.timeoutMs === undefined ? undefined : setTimeout(() => void killAll('timeout'), command.timeoutMs);

  const ended = new Promise<ProcessEnd>((done) => {
    child.once('exit', async (code, signal) => {
      alive = false;
      clearTimeout(timer);
      const durationMs = Math.round(performance.now() - startedAt);
      const reason = killedBy ?? 'exited';
      await outputComplete(child, marked, () => bytes);
      over = true;
      take(output.rest());
      // Neither a child that lives on nor an open stdin keeps this program alive.
      if (child.stdout instanceof Socket) child.stdout.unref();
      child.stdin?.destroy();
      done({ exitCode: exitCodeOf(code, signal), reason, output: buffer.whole(), durationMs });
    });
  });

  return {
    command: command.command,
    ended,
    poll: () => buffer.take(over),
    write(data) {
      if (!child.stdin?.writable) return false;
      child.stdin.write(data);
      return true;
    },
    closeStdin: () => child.stdin?.end(),
    async kill() {
      await killAll('killed');
      await ended;
    },
  };
}

/** Runs commands and reads and writes files on this machine, in `root`. There is no isolation: use it in a sandbox. */
export function createHostSandbox({ root, env = {}, user = null }: HostSandboxOptions): ProcessSandbox {
  const identity = user ? { uid: user.uid, gid: user.gid } : {};
  const inherited = inheritedEnvironment(user);
  const shell = findShell();
  const wrapper = shell === 'bash' ? BASH_WRAPPER : SH_WRAPPER;
  const marks = newMarks();
  const absolute = (path: string): string => resolve(root, path);
  const live = new Set<SandboxProcess>();
  let disposed = false;

  async function start(command: Spawn): Promise<SandboxProcess> {
    if (disposed) throw new SandboxError('lost', 'the sandbox has been closed');
    const refused = refusal(command.command);
    if (refused) return refusedProcess(command.command, refused);
    const mark = marks.next();
    const variables = {
      ...inherited,
      ...HEADLESS_ENV,
      ...env,
      ...command.env,
      [MARKER_VARIABLE]: (process.env[MARKER_VARIABLE] ?? '') + mark.text,
    };
    try {
      const folder = absolute(command.cwd ?? '.');
      const end = randomBytes(9).toString('hex');
      const args = [folder, command.command, `${mark.lockLimits[0]}`, end];
      const child = spawn(shell, ['-c', wrapper, shell, ...args], {
        ...identity,
        cwd: root,
        env: variables,
        detached: true,
        stdio: [command.stdin ? 'pipe' : 'ignore', 'pipe', 'ignore'],
      });
      // The command has closed its stdin (EPIPE): `write` reports it from then on.
      child.stdin?.on('error', () => child.stdin?.destroy());
      await started(child);
      const running = hostProcess(child, command, { mark, marker: Buffer.from(`\0${end}\0`), user });
      live.add(running);
      void running.ended.then(() => live.delete(running));
      return running;
    } catch (error) {
      const cause = error instanceof Error ? error.message : String(error);
      throw new SandboxError('lost', `cannot run a command in ${root}: ${cause}`, 'Check that the folder exists.', {
        cause: error,
      });
    }
  }

  return {
    spawn: start,
    async exec(command, signal) {
      if (signal?.aborted) {
        return { exitCode: null, reason: 'killed', output: createOutputBuffer(0).whole(), durationMs: 0 };
      }
      const child = await start(command);
      const onAbort = (): void => void child.kill();
      signal?.addEventListener('abort', onAbort, { once: true });
      const end = await child.ended;
      signal?.removeEventListener('abort', onAbort);
      return end;
    },
    ...(user ? filesAs(user, absolute) : ownFiles(absolute)),
    async dispose() {
      disposed = true;
      await Promise.all([...live].map((running) => running.kill()));
      await killTree(marks.all, user); // What finished commands have left in the background.
    },
  };
}
