/**
 * The tree on its way out: a bundle from the sandbox is unpacked into the trusted repository, checked, and its tree
 * becomes a commit of ours on the real base. Everything in the bundle is untrusted.
 */
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { SandboxError } from '../sandbox.ts';
import { GitError, runGit } from './git.ts';
import { type CommitPerson, type TrustedRepository, trustedSettings, writeCommit } from './trusted.ts';
import { splitZero } from './zero.ts';

export type ReceiveRequest = {
  /** The bundle on the host; null when the sandbox reported a tree that the host has already. */
  bundle: string | null;
  /** The tree that the sandbox reported. */
  tree: string;
  /** The commit that ours is made on: the real base, or the snapshot of the user's uncommitted work. */
  base: string;
  message: string;
  author: CommitPerson;
  /** Cap of the bundle, and of the files that it adds or changes together. */
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
  const { bundle, tree, base, message, author, maxBytes = MAX_BYTES } = request;
  if (bundle !== null) await unpack(trusted, bundle, maxBytes);
  const output = await compare(trusted, base, tree);
  const entries = parseRaw(output);
  const gitlinks = entries.filter((entry) => entry.mode === GITLINK).map((entry) => entry.path);
  if (gitlinks.length > 0) throw refuse(`it adds or moves submodules: ${gitlinks.join(', ')}`);
  await checkSizes(trusted, entries, maxBytes);
  const symlinks = entries.filter((entry) => entry.mode === '120000').map((entry) => entry.path);
  const ours = await writeCommit(trusted, { tree, parents: [base], message, author });
  return { commit: ours, tree, changed: output.length > 0, symlinks };
}

const GITLINK = '160000';

function refuse(why: string, cause?: unknown): SandboxError {
  return new SandboxError('export_failed', `the sandbox's tree was refused: ${why}`, '', { cause });
}

/**
 * Feeds the pack inside the bundle to index-pack. Not `git fetch`: up to git 2.45 a fetch from a bundle ignores
 * fetch.fsckObjects, it writes refs that the bundle names, and it wants prerequisites that some ref reaches.
 */
async function unpack(trusted: TrustedRepository, bundle: string, maxBytes: number): Promise<void> {
  const { size } = await stat(bundle);
  if (size > maxBytes) throw refuse(`its bundle has ${size} bytes, more than ${maxBytes}`);
  const start = await packOffset(bundle);
  // `--strict` turns every finding of fsck into an error: names like .git or .., broken modes, hostile .gitmodules.
  const args = ['index-pack', '--stdin', '--fix-thin', '--strict', `--max-input-size=${maxBytes}`];
  try {
    await runGit(args, { ...trustedSettings(trusted), stdin: createReadStream(bundle, { start }) });
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    throw refuse(error.message, error);
  }
}

/**
 * A header has a line for the prerequisite and one for the tip. After the prerequisite's id git writes the whole first
 * paragraph of its message, and a base commit whose message is one long list has been met.
 */
const MAX_HEADER_BYTES = 8 * 1024 * 1024;
const HEADER_CHUNK_BYTES = 64 * 1024;
const PACK_START = '\n\nPACK';

async function packOffset(bundle: string): Promise<number> {
  const file = await open(bundle);
  try {
    const header = Buffer.alloc(MAX_HEADER_BYTES);
    for (let filled = 0; filled < MAX_HEADER_BYTES; ) {
      const { bytesRead } = await file.read(header, filled, HEADER_CHUNK_BYTES, filled);
      const from = Math.max(0, filled - PACK_START.length);
      filled += bytesRead;
      const end = header.subarray(0, filled).indexOf(PACK_START, from);
      if (!/^# v[23] git bundle\n/.test(header.toString('latin1', 0, 32))) throw refuse('it is not a git bundle');
      if (end >= 0) return end + 2;
      if (bytesRead === 0) throw refuse('its bundle has no pack');
    }
    throw refuse(`its bundle's header has more than ${MAX_HEADER_BYTES} bytes`);
  } finally {
    await file.close();
  }
}

/** What of `tree` differs from the base. All that the walk needs must be there, and `tree` must be one. */
async function compare(trusted: TrustedRepository, base: string, tree: string): Promise<Buffer> {
  const args = ['diff-tree', '-r', '-z', '--raw', '--no-renames', '--full-index', base, `${tree}^{tree}`];
  try {
    return await runGit(args, trustedSettings(trusted));
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
  const lines = (await runGit(args, { ...trustedSettings(trusted), stdin })).toString().split('\n');
  let total = 0;
  entries.forEach((entry, index) => {
    const [, size] = /^blob (\d+)$/.exec(lines[index] ?? '') ?? [];
    if (size === undefined) throw refuse(`${entry.path} is missing`);
    total += Number(size);
  });
  if (total > maxBytes) throw refuse(`its changed files have ${total} bytes, more than ${maxBytes}`);
}
