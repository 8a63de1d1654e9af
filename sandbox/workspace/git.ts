/**
 * The one hardened way to run git on the host. Every call runs no hook, no file-system monitor, no lazy fetch, no
 * automatic maintenance and no transport but `file`, takes no optional lock, and ignores what the caller's environment
 * says about repositories (`GIT_DIR` and the like, set when Drydock is started from a hook).
 *
 * Two doors lead to the same settings. `openGit` gives simple-git, for the work after a run. `runGit` starts git
 * directly, because simple-git has no bytes on stdout (paths and file contents are bytes, not UTF-8) and no streamed
 * stdin, and because loading it costs about 80 ms up to the first answer, while a session's start may wait for about 40.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setPriority } from 'node:os';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { SimpleGit } from 'simple-git';

/** An environment as `process.env` has it. */
export type Environment = Readonly<Record<string, string | undefined>>;

const NOTHING: Buffer = Buffer.alloc(0);

/** git could not be started, failed, or was stopped. `message` is one line. */
export class GitError extends Error {
  readonly kind: 'missing' | 'failed' | 'timeout' | 'too_much_output';
  readonly exitCode: number | null;
  readonly stderr: string;
  /** What git had written before it failed. */
  readonly stdout: Buffer;
  constructor(kind: GitError['kind'], message: string, exitCode: number | null = null, stderr = '', stdout = NOTHING) {
    super(message);
    this.name = 'GitError';
    this.kind = kind;
    this.exitCode = exitCode;
    this.stderr = stderr;
    this.stdout = stdout;
  }
}

/** Configuration that overrides the user's in every call. */
const CONFIGURATION: readonly (readonly [string, string])[] = [
  ['core.hooksPath', '/dev/null'], // below /dev/null there can be no hook, ever
  ['core.fsmonitor', ''], // empty turns it off in every version; 'false' was the name of a program before git 2.36
  ['core.untrackedCache', 'false'],
  ['core.splitIndex', 'false'], // a split index writes a shared file into the user's git folder
  ['core.quotePath', 'true'],
  ['gc.auto', '0'],
  ['maintenance.auto', 'false'],
  ['protocol.allow', 'never'],
  ['protocol.file.allow', 'always'],
  ['commit.gpgSign', 'false'],
  ['submodule.recurse', 'false'],
  ['i18n.commitEncoding', 'UTF-8'],
];

/** What the caller's environment may tell git: where programs, the home and the user's own configuration are. */
const PASSED = /^(PATH|HOME|XDG_CONFIG_HOME|TMPDIR|USER|LOGNAME|GIT_CONFIG_(GLOBAL|SYSTEM|NOSYSTEM|(KEY|VALUE)_\d+))$/;

/** Used where the user has not said who they are, so that git never refuses to write a commit or a reflog. */
export const IDENTITY = { name: 'Drydock', email: 'drydock@localhost' };

export type GitSettings = {
  /** The caller's environment; only what git needs is taken from it. */
  env: Environment;
  /** Where git runs; the repository is looked for from here up when `gitDir` is not given. */
  cwd: string;
  /** The repository, given outright. git then asks nobody who owns it. */
  gitDir?: string;
  workTree?: string;
  /** Variables for this call only, such as `GIT_INDEX_FILE`. */
  variables?: Readonly<Record<string, string>>;
  /** Configuration for this call only. */
  config?: readonly (readonly [string, string])[];
};

/** The whole environment of a git process: nothing else is inherited. */
export function gitEnvironment(settings: GitSettings): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [name, value] of Object.entries(settings.env)) {
    if (value !== undefined && PASSED.test(name)) result[name] = value;
  }
  // GIT_CONFIG_COUNT (git 2.31) and not `-c`: a key may hold '=', and the last entry wins over all files.
  const inherited = Number.parseInt(settings.env.GIT_CONFIG_COUNT ?? '0', 10) || 0;
  const pairs = [...CONFIGURATION, ...(settings.config ?? [])];
  pairs.forEach(([key, value], index) => {
    result[`GIT_CONFIG_KEY_${inherited + index}`] = key;
    result[`GIT_CONFIG_VALUE_${inherited + index}`] = value;
  });
  return {
    ...result,
    GIT_CONFIG_COUNT: String(inherited + pairs.length),
    GIT_OPTIONAL_LOCKS: '0',
    GIT_TERMINAL_PROMPT: '0',
    GIT_NO_LAZY_FETCH: '1',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_AUTHOR_NAME: IDENTITY.name,
    GIT_AUTHOR_EMAIL: IDENTITY.email,
    GIT_COMMITTER_NAME: IDENTITY.name,
    GIT_COMMITTER_EMAIL: IDENTITY.email,
    LC_ALL: 'C',
    ...(settings.gitDir === undefined ? {} : { GIT_DIR: settings.gitDir }),
    ...(settings.workTree === undefined ? {} : { GIT_WORK_TREE: settings.workTree }),
    ...settings.variables,
  };
}

export type GitCall = GitSettings & {
  stdin?: string | Buffer | Readable;
  /** More than this on stdout is an error. */
  maxBytes?: number;
  timeoutMs?: number;
  /** Exit codes that are answers, not failures. */
  accept?: readonly number[];
  /** Gives way to whatever else runs on the machine. */
  background?: boolean;
};

/** The lowest priority of a process, on every system that Node knows. */
const LOWEST_PRIORITY = 19;

/** stdout is never larger than this: what is larger goes to a file. */
const MAX_OUTPUT_BYTES = 256 * 1024 * 1024;
const MAX_STDERR_BYTES = 64 * 1024;
/** A hostile pack can keep git busy for as long as it likes; no honest call comes near this. */
const TIMEOUT_MS = 10 * 60_000;

/** Runs git to its end and gives what it wrote to stdout. Throws `GitError`. */
export async function runGit(args: readonly string[], call: GitCall): Promise<Buffer> {
  const child = spawn('git', args, {
    cwd: call.cwd,
    env: gitEnvironment(call),
    stdio: [call.stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  if (call.background && child.pid !== undefined) {
    try {
      setPriority(child.pid, LOWEST_PRIORITY);
    } catch {
      // It has ended, or the system forbids it: then it runs as everything else does.
    }
  }
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill('SIGKILL');
  }, call.timeoutMs ?? TIMEOUT_MS);
  const maxBytes = call.maxBytes ?? MAX_OUTPUT_BYTES;
  const stdout: Buffer[] = [];
  let bytes = 0;
  let stderr = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= maxBytes) stdout.push(chunk);
    else child.kill('SIGKILL');
  });
  child.stderr?.setEncoding('utf8');
  child.stderr?.on('data', (text: string) => {
    if (stderr.length < MAX_STDERR_BYTES) stderr += text;
  });
  const fed = child.stdin && call.stdin !== undefined ? feed(child.stdin, call.stdin) : null;
  let code: number | null;
  try {
    [code] = await once(child, 'close');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new GitError('missing', `git could not be started in ${call.cwd}: ${why}`);
  } finally {
    clearTimeout(timer);
  }
  if (bytes > maxBytes) throw new GitError('too_much_output', `git ${args[0]} wrote more than ${maxBytes} bytes`);
  if (late) throw new GitError('timeout', `git ${args[0]} did not end in time and was stopped`);
  if (code === null) throw new GitError('failed', `git ${args[0]} was killed by a signal`);
  if (code !== 0 && !call.accept?.includes(code)) {
    throw failure(args, code, stderr, Buffer.concat(stdout));
  }
  const unread = await fed;
  if (unread !== null) throw new GitError('failed', `git ${args[0]}: its input could not be read: ${unread.message}`);
  return Buffer.concat(stdout);
}

/** Sends stdin. A git that ends without reading all of it says why on stderr, so a broken pipe is no error here. */
async function feed(stdin: NodeJS.WritableStream, input: string | Buffer | Readable): Promise<Error | null> {
  try {
    // One chunk for what is held in memory: `Readable.from(text)` would send it character by character.
    await pipeline(typeof input === 'string' || Buffer.isBuffer(input) ? [input] : input, stdin);
    return null;
  } catch (error) {
    if (!(error instanceof Error)) return new Error(String(error));
    const closed = 'code' in error && (error.code === 'EPIPE' || error.code === 'ERR_STREAM_PREMATURE_CLOSE');
    return closed ? null : error;
  }
}

function failure(args: readonly string[], code: number, stderr: string, stdout: Buffer): GitError {
  const lines = stderr.split('\n').filter((line) => line !== '');
  const line = lines.find((candidate) => /^(fatal|error):/.test(candidate)) ?? lines[0] ?? `exit code ${code}`;
  return new GitError('failed', `git ${args[0]}: ${line}`, code, stderr, stdout);
}

/**
 * simple-git in the same environment. Of its guards only those are lifted that stand against our own settings; the
 * rest (programs named in arguments, aliases, editors, ssh commands, other transports) stay as a second lock.
 */
export async function openGit(settings: GitSettings): Promise<SimpleGit> {
  const { simpleGit } = await import('simple-git');
  const environment = gitEnvironment(settings);
  return simpleGit({
    baseDir: settings.cwd,
    allowEnvironment: Object.keys(environment), // built above from a list of what may pass, never inherited
    unsafe: {
      allowUnsafeConfigEnvCount: true, // the settings above travel in GIT_CONFIG_COUNT
      allowUnsafeConfigPaths: true, // GIT_CONFIG_GLOBAL and GIT_CONFIG_SYSTEM, where the user has set them
      allowUnsafeHooksPath: true, // set to /dev/null above
      allowUnsafeFsMonitor: true, // emptied above
      allowUnsafeProtocolOverride: true, // narrowed to `file` above
      allowUnsafeFilter: true, // emptied in `apply.ts`
    },
    timeout: { block: TIMEOUT_MS },
  }).env(environment);
}
