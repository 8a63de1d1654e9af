/** Commits from and to a git remote: the only place where git on the host talks to another machine. */
import { type Environment, GitError, type GitSettings, runGit } from './git.ts';
import { isBranchName, isRefName } from './ref-name.ts';
import { nameOfRemote, nowhere, type RemoteAccess, remoteSettings } from './remote-address.ts';
import { explainRemote, RemoteError } from './remote-error.ts';
import { type TrustedRepository, trustedSettings } from './trusted.ts';

/** A question is answered at once; the slowest forges need some seconds. */
const ASK_MS = 60_000;
/** A large repository over a slow line. */
const TRANSFER_MS = 30 * 60_000;

const COMMIT = /^([0-9a-f]{40}|[0-9a-f]{64})$/;

/** The commit of a branch of the remote; null: it has no such branch. Throws `RemoteError`. */
export async function readRemoteHead(access: RemoteAccess, branch: string, env: Environment): Promise<string | null> {
  const ref = refOf(branch);
  const lines = await ask(access, env, [ref]);
  // A pattern also fits at the end of longer names.
  const line = lines.find(([, name]) => name === ref);
  return line?.[0] ?? null;
}

/** The branch that the remote's HEAD names; null: none, or an empty repository's. Throws `RemoteError`. */
export async function readRemoteDefaultBranch(access: RemoteAccess, env: Environment): Promise<string | null> {
  const lines = await ask(access, env, ['HEAD'], ['--symref']);
  const [, branch] = /^ref: refs\/heads\/(.*)$/.exec(lines.find(([, name]) => name === 'HEAD')?.[0] ?? '') ?? [];
  return branch !== undefined && isBranchName(branch) ? branch : null;
}

/** Gives lines of `ls-remote`, each as what stands before and after the tab. */
async function ask(access: RemoteAccess, env: Environment, patterns: string[], options: string[] = []) {
  const { address, ...settings } = remoteSettings(access, nowhere(env));
  const args = ['ls-remote', '--quiet', ...options, '--', address, ...patterns];
  const output = await call(args, { ...settings, timeoutMs: ASK_MS }, 'cannot read', access);
  const lines = output
    .toString()
    .split('\n')
    .filter((line) => line !== '');
  return lines.map((line): [string, string] => {
    const [value = '', name = ''] = line.split('\t');
    if (COMMIT.test(value) || value.startsWith('ref: ')) return [value, name];
    throw new RemoteError('unreachable', `cannot read ${nameOfRemote(access.url)}: it gave no list of refs`);
  });
}

/** What is fetched: a branch by its name or a commit by its full id, and the ref of ours that then points at it. */
export type Fetch = { from: { branch: string } | { commit: string }; to: string };

/**
 * Fetches into `refs/drydock/…` of the trusted repository, and writes nothing else there. `depth` 1 leaves the history out.
 *
 * Objects are not held against git's rules for new ones (`fsckObjects` is off, whatever the user prefers): old histories hold
 * zero-padded modes and odd dates, every forge gives them out, and a bot that cannot read such a repository is no use. What those
 * rules guard is a checkout, and nothing here is ever checked out on the host. That each object is what its id says, and that none
 * is missing, git always checks. Throws `RemoteError`.
 */
export async function fetchCommits(
  trusted: TrustedRepository,
  access: RemoteAccess,
  fetches: readonly Fetch[],
  { depth }: { depth?: number } = {},
): Promise<void> {
  const specs = fetches.map(({ from, to }) => {
    if (!to.startsWith('refs/drydock/') || !isRefName(to)) {
      throw new RemoteError('address', `${to} is no ref under refs/drydock/`);
    }
    return `+${'branch' in from ? refOf(from.branch) : idOf(from.commit)}:${to}`;
  });
  const config: [string, string][] = [
    ['fetch.fsckObjects', 'false'],
    ['transfer.fsckObjects', 'false'],
    ['fetch.writeCommitGraph', 'false'],
    ['fetch.prune', 'false'],
  ];
  const { address, ...settings } = remoteSettings(access, { ...trustedSettings(trusted), config });
  const options = ['--quiet', '--no-tags', '--no-write-fetch-head', '--no-recurse-submodules', '--no-auto-maintenance'];
  const args = ['fetch', ...options, ...(depth === undefined ? [] : [`--depth=${depth}`]), '--', address, ...specs];
  await call(args, { ...settings, timeoutMs: TRANSFER_MS }, 'cannot fetch from', access);
}

/** `expected`: where the remote's branch must be; null: nowhere yet. */
export type PushRequest = { branch: string; commit: string; expected: string | null };

/** `already`: the branch is there already. `stale`: where it is instead of where it was expected; null: nowhere. */
export type Pushed = 'pushed' | 'already' | { stale: string | null };

/**
 * Moves a branch of the remote from `expected` on to `commit`, or makes it. Never anything but forwards: `commit` must come after
 * `expected`, or nothing is sent. Whatever goes wrong on the way, the remote is asked where its branch is: an answer can be lost
 * when the push was not. Throws `RemoteError`.
 */
export async function pushWithLease(
  trusted: TrustedRepository,
  access: RemoteAccess,
  { branch, commit, expected }: PushRequest,
): Promise<Pushed> {
  const ref = refOf(branch);
  const name = nameOfRemote(access.url);
  if (expected !== null && !(await comesAfter(trusted, idOf(expected), idOf(commit)))) {
    throw new RemoteError('refused', `cannot push to ${name}: ${short(commit)} does not come after ${short(expected)}`);
  }
  const { address, ...settings } = remoteSettings(access, trustedSettings(trusted));
  const options = ['--porcelain', '--no-verify', '--no-follow-tags', '--recurse-submodules=no', '--no-signed'];
  // git names what it sees as a forced update where the lease is missing; with the check above it can only go forwards.
  const lease = `--force-with-lease=${ref}:${expected ?? ''}`;
  const args = ['push', ...options, lease, '--', address, `${idOf(commit)}:${ref}`];
  try {
    const output = await runGit(args, { ...settings, timeoutMs: TRANSFER_MS });
    const flag = output
      .toString()
      .split('\n')
      .find((line) => line.includes(`:${ref}\t`))?.[0];
    if (flag === '=') return 'already';
    if (flag === ' ' || flag === '*') return 'pushed';
    throw new GitError('failed', 'git push: it did not say what has become of the branch', 0, '', output);
  } catch (error) {
    if (!(error instanceof GitError) || error.kind === 'missing') throw error;
    return afterFailure(trusted, access, { branch, commit, expected }, error);
  }
}

async function afterFailure(
  trusted: TrustedRepository,
  access: RemoteAccess,
  { branch, commit, expected }: PushRequest,
  error: GitError,
): Promise<Pushed> {
  const why = explainRemote(error, 'cannot push to', nameOfRemote(access.url));
  let now: string | null;
  try {
    now = await readRemoteHead(access, branch, trusted.env);
  } catch (second) {
    if (!(second instanceof RemoteError)) throw second;
    throw why;
  }
  if (now === commit) return 'pushed';
  if (now !== expected) return { stale: now };
  throw why;
}

async function comesAfter(trusted: TrustedRepository, ancestor: string, commit: string): Promise<boolean> {
  try {
    await runGit(['merge-base', '--is-ancestor', ancestor, commit], trustedSettings(trusted));
    return true;
  } catch (error) {
    // 1: it does not; 128: one of them is not here, so that nobody knows.
    if (error instanceof GitError && error.kind === 'failed') return false;
    throw error;
  }
}

async function call(
  args: string[],
  settings: GitSettings & { timeoutMs: number },
  doing: string,
  access: RemoteAccess,
): Promise<Buffer> {
  try {
    return await runGit(args, settings);
  } catch (error) {
    if (!(error instanceof GitError) || error.kind === 'missing') throw error;
    throw explainRemote(error, doing, nameOfRemote(access.url));
  }
}

function refOf(branch: string): string {
  if (isBranchName(branch)) return `refs/heads/${branch}`;
  throw new RemoteError('address', `${JSON.stringify(branch)} is not a name of a branch`);
}

function idOf(commit: string): string {
  if (COMMIT.test(commit)) return commit;
  throw new RemoteError('address', `${JSON.stringify(commit)} is not the full id of a commit`);
}

const short = (commit: string) => commit.slice(0, 12);
