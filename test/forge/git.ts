/** git as a person or a program at another machine would run it, against a double on the loopback. */
import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { promisify } from 'node:util';

/** How git ended and what it said. */
export type GitEnd = { code: number; stdout: string; stderr: string };

/**
 * Runs git to its end. Never blocks: a double in the same process has to answer meanwhile. `token` is sent as GitHub takes it,
 * and no other credentials or settings of the machine have a part.
 */
export async function clientGit(
  cwd: string,
  args: readonly string[],
  token?: string,
  stdin?: string | Buffer,
): Promise<GitEnd> {
  const settings: [string, string][] = [
    ['credential.helper', ''],
    ['user.name', 'Ada'],
    ['user.email', 'ada@example.org'],
    ['init.defaultBranch', 'main'],
    ['commit.gpgSign', 'false'],
  ];
  if (token !== undefined) {
    const pair = Buffer.from(`x-access-token:${token}`).toString('base64');
    settings.push(['http.extraHeader', `Authorization: Basic ${pair}`]);
  }
  const env: Record<string, string> = {
    PATH: process.env.PATH ?? '',
    HOME: cwd,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    GIT_CONFIG_COUNT: String(settings.length),
    LC_ALL: 'C',
  };
  settings.forEach(([key, value], index) => {
    env[`GIT_CONFIG_KEY_${index}`] = key;
    env[`GIT_CONFIG_VALUE_${index}`] = value;
  });
  try {
    const running = promisify(execFile)('git', args, { cwd, env, maxBuffer: 64 * 1024 * 1024 });
    // git may end without reading all of it: then the pipe breaks, and git says why.
    running.child.stdin?.on('error', () => {});
    running.child.stdin?.end(stdin);
    return { code: 0, ...(await running) };
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'number') throw error;
    const said = (name: 'stdout' | 'stderr') => String(name in error ? Reflect.get(error, name) : '');
    return { code: error.code, stdout: said('stdout'), stderr: said('stderr') };
  }
}

/** The same, where it must go well; gives its stdout without the last line break. */
export async function git(
  cwd: string,
  args: readonly string[],
  token?: string,
  stdin?: string | Buffer,
): Promise<string> {
  const end = await clientGit(cwd, args, token, stdin);
  if (end.code !== 0) throw new Error(`git ${args.join(' ')}: ${end.stderr}`);
  return end.stdout.replace(/\n$/, '');
}

/** Makes a bare repository with an unborn `main`. */
export async function initBare(gitDir: string): Promise<void> {
  mkdirSync(gitDir, { recursive: true });
  await git(gitDir, ['init', '-q', '--bare', '-b', 'main']);
}
