/**
 * The tree on its way out: a pack from the sandbox is taken into the trusted repository, checked, and its tree becomes a
 * commit of ours on the real base. Everything in the pack is untrusted.
 */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { SandboxError } from '../sandbox.ts';
import { GitError, runGit } from './git.ts';
import { type CommitPerson, type TrustedRepository, trustedSettings, writeCommit } from './trusted.ts';
import { splitZero } from './zero.ts';

export type ReceiveRequest = {
  /** The pack on the host; null when the sandbox reported a tree that the host has already. */
  pack: string | null;
  /** The tree that the sandbox reported. */
  tree: string;
  /** The commit that ours is made on: the real base, or the snapshot of the user's uncommitted work. */
  base: string;
  message: string;
  author: CommitPerson;
  /** Seconds since 1970; the time of the call when it is left out. */
  time?: number;
  /** Cap of the pack, and of the files that it adds or changes together. */
  maxBytes?: number;
};

export type ReceivedTree = {
  /** Our commit. */
  commit: string;
  tree: string;
  /** Whether `tree` differs from the base's. */
  changed: boolean;
  /** Symlinks that are new or point elsewhere than in the base. They are kept as they are and followed by nothing. */
  symlinks: string[];
};

/** Far more than a change that a person reviews, and small enough for a laptop's disk. */
const MAX_BYTES = 1024 * 1024 * 1024;

/** Takes the sandbox's tree in. Throws `SandboxError` (`export_failed`) that names what is refused. */
export async function receiveTree(trusted: TrustedRepository, request: ReceiveRequest): Promise<ReceivedTree> {
  const { pack, tree, base, message, author, time, maxBytes = MAX_BYTES } = request;
  if (pack !== null) await unpack(trusted, pack, maxBytes);
  const output = await compare(trusted, base, tree);
  const entries = parseRaw(output);
  const gitlinks = entries.filter((entry) => entry.mode === GITLINK).map((entry) => entry.path);
  if (gitlinks.length > 0) throw refuse(`it adds or moves submodules: ${gitlinks.join(', ')}`);
  await checkSizes(trusted, entries, maxBytes);
  const symlinks = entries.filter((entry) => entry.mode === '120000').map((entry) => entry.path);
  const ours = await writeCommit(trusted, {
    tree,
    parents: [base],
    message,
    author,
    ...(time !== undefined && { time }),
  });
  return { commit: ours, tree, changed: output.length > 0, symlinks };
}

const GITLINK = '160000';

/** A checkpoint is taken in beside the agent's next command. */
const background = (trusted: TrustedRepository) => ({ ...trustedSettings(trusted), background: true });

function refuse(why: string, cause?: unknown): SandboxError {
  return new SandboxError('export_failed', `the sandbox's tree was refused: ${why}`, '', { cause });
}

/** Feeds the pack to index-pack: no fetch, which would write refs that the sandbox names. */
async function unpack(trusted: TrustedRepository, pack: string, maxBytes: number): Promise<void> {
  const { size } = await stat(pack);
  if (size > maxBytes) throw refuse(`its pack has ${size} bytes, more than ${maxBytes}`);
  // `--strict` turns every finding of fsck into an error: names like .git or .., broken modes, hostile .gitmodules.
  const args = ['index-pack', '--stdin', '--fix-thin', '--strict', `--max-input-size=${maxBytes}`];
  try {
    await runGit(args, { ...background(trusted), stdin: createReadStream(pack) });
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    throw refuse(error.message, error);
  }
}

/** What of `tree` differs from the base. All that the walk needs must be there, and `tree` must be one. */
async function compare(trusted: TrustedRepository, base: string, tree: string): Promise<Buffer> {
  const args = ['diff-tree', '-r', '-z', '--raw', '--no-renames', '--full-index', base, `${tree}^{tree}`];
  try {
    return await runGit(args, background(trusted));
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    throw refuse(`its tree ${tree} is not whole: ${error.message}`, error);
  }
}

type RawEntry = { mode: string; id: string; path: string };

/** Parses `diff-tree --raw -z`: what each changed path is afterwards; deletions are left out. */
function parseRaw(output: Buffer): RawEntry[] {
  const records = splitZero(output);
  const entries: RawEntry[] = [];
  for (let i = 0; i + 1 < records.length; i += 2) {
    const [, mode = '', , id = ''] = (records[i] ?? '').toString().split(' ');
    if (mode !== '000000') entries.push({ mode, id, path: (records[i + 1] ?? '').toString() });
  }
  return entries;
}

/** A pack of a few megabytes can hold terabytes of zeros; this stops them before a diff or a checkout unpacks them. */
async function checkSizes(trusted: TrustedRepository, entries: RawEntry[], maxBytes: number): Promise<void> {
  if (entries.length === 0) return;
  const stdin = entries.map((entry) => `${entry.id}\n`).join('');
  const args = ['cat-file', '--batch-check=%(objecttype) %(objectsize)', '--buffer'];
  const lines = (await runGit(args, { ...background(trusted), stdin })).toString().split('\n');
  let total = 0;
  entries.forEach((entry, index) => {
    const [, size] = /^blob (\d+)$/.exec(lines[index] ?? '') ?? [];
    if (size === undefined) throw refuse(`${entry.path} is missing`);
    total += Number(size);
  });
  if (total > maxBytes) throw refuse(`its changed files have ${total} bytes, more than ${maxBytes}`);
}
