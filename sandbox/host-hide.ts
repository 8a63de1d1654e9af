/**
 * Keeps this process's keys from commands of the same user, who may otherwise read `/proc/PID/environ` and
 * `/proc/PID/mem` of all their processes, attach to them, or have Node start its debugger with SIGUSR1.
 *
 * A process that was started from a file which its user may execute but not read is not dumpable: the kernel gives those
 * files to root and refuses to attach. So Node replaces itself by a copy of itself of that kind, in the same process.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, constants, copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { SandboxError } from './sandbox.ts';

const FOLDER_PREFIX = 'drydock-node-';

/**
 * Returns where there is nothing (left) to do: the process is hidden, is root's (whose commands run as another user), or
 * the system is not Linux. Else it does not return: the program starts anew, hidden, with the same arguments. To be called
 * before anything is opened or read. Throws `SandboxError`.
 */
export function hideProcess(): void {
  if (process.platform !== 'linux' || process.getuid?.() === 0) return;
  const own = dirname(process.execPath);
  if (basename(own).startsWith(FOLDER_PREFIX)) {
    // The copy is not needed any more; the kernel keeps it until this process ends.
    rmSync(own, { recursive: true, force: true });
    if (isHidden()) return;
    throw notHidden(new Error('a program that its user may not read is open to them all the same'));
  }
  let folder: string | undefined;
  try {
    folder = mkdtempSync(join(tmpdir(), FOLDER_PREFIX));
    const copy = join(folder, 'node');
    copyFileSync(process.execPath, copy, constants.COPYFILE_FICLONE);
    chmodSync(copy, 0o111);
    // A file system may forbid programs, and a Node that looks for its libraries beside itself finds none.
    const { status, error } = spawnSync(copy, ['--version'], { env: {} });
    if (status !== 0) throw error ?? new Error(`the copy ${copy} does not run`);
    const [, ...args] = process.argv;
    process.execve?.(copy, [copy, '--disable-sigusr1', ...process.execArgv, ...args], process.env);
    throw new Error('this Node cannot replace itself');
  } catch (error) {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
    throw notHidden(error);
  }
}

function notHidden(error: unknown): SandboxError {
  const why = error instanceof Error ? error.message : String(error);
  return new SandboxError(
    'create_failed',
    `the keys cannot be kept from commands on the host: ${why}`,
    'set TMPDIR to a folder where programs may run, or leave out --sandbox host',
    { cause: error },
  );
}

/** A process that is not dumpable cannot even open this file of its own; without `/proc` nobody can. */
function isHidden(): boolean {
  try {
    readFileSync('/proc/self/environ');
    return false;
  } catch (error) {
    if (error instanceof Error && 'code' in error && ['EACCES', 'ENOENT'].includes(String(error.code))) return true;
    throw error;
  }
}
