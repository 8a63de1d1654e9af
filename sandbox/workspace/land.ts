/** A finished commit into the user's repository as a new branch, and as nothing else. */
import { createReadStream } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SimpleGit } from 'simple-git';
import { openGit, runGit } from './git.ts';
import { missingObjects, type Repository, repositorySettings } from './repository.ts';
import { readTrustedRef, setTrustedRef, type TrustedRepository, trustedSettings } from './trusted.ts';

export type LandRequest = {
  commit: string;
  /** A commit of the user's repository that `commit` descends from. */
  base: string;
  /** The branch that is wanted, such as `drydock/4f2a`. */
  name: string;
  /** Where the session has left its branch, as far as it knows; null: it knows of none. */
  from: { branch: string; commit: string } | null;
};

/** `note` says in one line why the branch has another name than the one asked for; null: it has that name. */
export type LandedBranch = { branch: string; note: string | null };

/**
 * The commit that the session's branch was last to stand at, in the trusted repository. Set before the branch is, for the
 * process may be killed before it can say that it has made or moved it.
 */
export const LANDED_REF = 'refs/drydock/landed';

/**
 * Makes a branch of `commit`, or moves the session's own on to it where that is as it was left and checked out nowhere.
 * Objects go in as one pack, and a new ref is made only if it does not exist: no fetch (which runs upload-pack and looks at
 * remotes), no FETCH_HEAD, no hook. Throws `RepositoryError` where the base has gone.
 */
export async function landBranch(
  repository: Repository,
  trusted: TrustedRepository,
  request: LandRequest,
): Promise<LandedBranch> {
  const settings = repositorySettings(repository);
  const git = await openGit(settings);
  await git.raw(['rev-parse', '--verify', '--quiet', `${request.base}^{tree}`]).catch((error: unknown) => {
    throw missingObjects(repository, request.base, error);
  });
  const pack = join(trusted.gitDir, 'land.pack');
  try {
    const stdin = `${request.commit}\n^${request.base}\n`;
    const args = ['pack-objects', '--revs', '--thin', '--stdout', '--delta-base-offset', '--quiet'];
    await writeFile(pack, await runGit(args, { ...trustedSettings(trusted), stdin, maxBytes: MAX_PACK_BYTES }));
    await runGit(['index-pack', '--stdin', '--fix-thin'], { ...settings, stdin: createReadStream(pack) });
  } finally {
    await rm(pack, { force: true });
  }
  const own = await ownBranch(git, trusted, request);
  await setTrustedRef(trusted, LANDED_REF, request.commit);
  if (own !== null) {
    const ref = `refs/heads/${own.branch}`;
    // With its old value: it is moved only from there, even if someone moved it a moment ago.
    await git.raw(['update-ref', '-m', 'drydock: moved on', ref, request.commit, own.commit]);
    return { branch: own.branch, note: null };
  }
  const listing = await git.raw(['for-each-ref', '--format=%(refname:strip=2)', 'refs/heads/']);
  const { branch, note } = freeBranchName(request.name, new Set(listing.split('\n').filter((line) => line !== '')));
  // The zero id: the ref must not exist, even if someone made it a moment ago.
  await git.raw([
    'update-ref',
    '-m',
    'drydock: landed',
    `refs/heads/${branch}`,
    request.commit,
    '0'.repeat(request.commit.length),
  ]);
  return { branch, note };
}

/** The session's branch, where it stands as the session has left it; null: there is none such. */
async function ownBranch(
  git: SimpleGit,
  trusted: TrustedRepository,
  { from, name }: LandRequest,
): Promise<LandRequest['from']> {
  if (from && (await isUntouched(git, from))) return from;
  const commit = await readTrustedRef(trusted, LANDED_REF);
  const unsaid = commit === null ? null : { branch: from?.branch ?? name, commit };
  return unsaid !== null && (await isUntouched(git, unsaid)) ? unsaid : null;
}

/** A branch that is checked out is its user's: moving it would show their files as changed. */
async function isUntouched(git: SimpleGit, { branch, commit }: { branch: string; commit: string }): Promise<boolean> {
  const format = '--format=%(objectname) %(worktreepath)';
  return (await git.raw(['for-each-ref', format, `refs/heads/${branch}`])) === `${commit} \n`;
}

/** What was received is at most this large (`receive.ts`), and a pack of it smaller. */
const MAX_PACK_BYTES = 1024 * 1024 * 1024;

/** A name close to `wanted` that git can create: a ref cannot be both a branch and a folder of branches. */
export function freeBranchName(wanted: string, taken: ReadonlySet<string>): LandedBranch {
  const parts = wanted.split('/');
  const blocking = parts
    .slice(1)
    .map((_, index) => parts.slice(0, index + 1).join('/'))
    .find((name) => taken.has(name));
  const name = blocking === undefined ? wanted : wanted.replaceAll('/', '-');
  const folders = new Set(
    [...taken].flatMap((branch) =>
      branch
        .split('/')
        .slice(1)
        .map((_, i) =>
          branch
            .split('/')
            .slice(0, i + 1)
            .join('/'),
        ),
    ),
  );
  let branch = name;
  for (let n = 2; taken.has(branch) || folders.has(branch); n++) branch = `${name}-${n}`;
  if (branch === wanted) return { branch, note: null };
  const why =
    blocking === undefined ? `a branch ${wanted} exists` : `the branch ${blocking} stands in the way of ${wanted}`;
  return { branch, note: `${why}; the result is on ${branch}` };
}
