/** A commit of the session's handed over to its user: as a branch, as a patch, and into the working tree. */
import { randomUUID } from 'node:crypto';
import { readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  applyToWorkTree,
  diffFile,
  isInWorkTree,
  landBranch,
  type Repository,
  readTrustedRef,
  setTrustedRef,
  type TrustedRepository,
} from '../sandbox/index.ts';
import type { SessionState } from '../session/index.ts';

/** How the result is handed over. */
export type Delivery = {
  /** The name of the local branch to make; null: none. */
  branch: string | null;
  /** Where the session has left its branch: moved on where nobody else has touched it. Null: it has none yet. */
  landed: { branch: string; commit: string } | null;
  /**
   * Whether the change goes into the working tree too: as what differs from the base (or, where that does not fit, from what
   * the session has put there), or only as what differs from the latter.
   */
  apply: 'no' | 'from_base' | 'from_applied';
};

/** What became of a result that changes files. */
export type Delivered = {
  branch: string | null;
  /** Whether the working tree has the change. */
  applied: boolean;
  patch: Buffer | null;
  /** Lines that a person should read: another branch name than asked for. */
  remarks: string[];
  /** What could not be done as asked, and why. The work itself is safe. */
  problems: string[];
};

/** What is handed over: `commit`, whose base is `base`. `dir` is the session's folder. */
export type Deliverable = {
  dir: string;
  trusted: TrustedRepository;
  repository: Repository;
  base: string;
  commit: string;
};

/** Hands a commit over. What goes wrong is told in `problems`, since the work is not lost by it. Never throws. */
export async function deliver(work: Deliverable, delivery: Delivery): Promise<Delivered> {
  const { dir, trusted, repository, base, commit } = work;
  const problems: string[] = [];
  const attempt = <T>(what: string, work: Promise<T>): Promise<T | null> =>
    work.catch((error: unknown) => {
      problems.push(`${what}: ${oneLine(error)}`);
      return null;
    });
  const patch = await attempt('the patch could not be made', makePatch(dir, trusted, base, commit));
  const { branch: name, landed: from, apply } = delivery;
  const landed =
    name === null
      ? null
      : await attempt(
          `the branch ${name} could not be made`,
          landBranch(repository, trusted, { commit, base: repository.head, name, from }),
        );
  const applied =
    apply !== 'no' &&
    (await attempt('the change was not put into the working tree', putIntoWorkTree(work, apply))) !== null;
  return { branch: landed?.branch ?? null, applied, patch, remarks: landed?.note ? [landed.note] : [], problems };
}

/** The patch from `base` to `commit`, byte for byte. */
export async function makePatch(
  dir: string,
  trusted: TrustedRepository,
  base: string,
  commit: string,
): Promise<Buffer> {
  // A name of its own: whoever looks at the work of a running session makes one too.
  const file = join(dir, `result-${randomUUID()}.patch`);
  try {
    await diffFile(trusted, base, commit, file);
    return await readFile(file);
  } finally {
    await rm(file, { force: true });
  }
}

/** The name of a session's branch where nothing stands in its way. */
export function branchName(sessionId: string): string {
  return `drydock/${sessionId}`;
}

/** Where a session has left its branch; null: it has none. */
export function landedBranch({ exported }: SessionState): Delivery['landed'] {
  const { branch = null, commit = null } = exported ?? {};
  return branch === null || commit === null ? null : { branch, commit };
}

/** The commit whose files were last put into the working tree. */
export const APPLIED_REF = 'refs/drydock/applied';

/** The commit whose files the session has last put into the working tree; null: none. */
export function appliedCommit(trusted: TrustedRepository): Promise<string | null> {
  return readTrustedRef(trusted, APPLIED_REF);
}

/**
 * Puts the change into the working tree. Where the whole does not fit, the tree may hold what an earlier run of the session
 * put there: then what has come since is tried, and the refusal of the whole is told where that does not fit either. False: it
 * was there already. Throws `RepositoryError`; nothing is changed then.
 */
export async function putIntoWorkTree(work: Deliverable, how: 'from_base' | 'from_applied'): Promise<boolean> {
  const { dir, trusted, repository, base, commit } = work;
  const patchFile = join(dir, 'apply.patch');
  let changed = false;
  const apply = async (from: string) => {
    await diffFile(trusted, from, commit, patchFile);
    // git refuses a patch without a change.
    if ((await stat(patchFile)).size === 0) return;
    // A patch may fit a second time, at another place, where it has been applied.
    if (from === base && applied === commit && (await isInWorkTree(repository, patchFile))) return;
    await applyToWorkTree(repository, patchFile);
    changed = true;
  };
  const applied = await appliedCommit(trusted);
  try {
    if (how === 'from_applied') await apply(applied ?? base);
    else {
      await apply(base).catch(async (refusal: unknown) => {
        if (applied === null) throw refusal;
        await apply(applied).catch(() => {
          throw refusal;
        });
      });
    }
    await setTrustedRef(trusted, APPLIED_REF, commit);
    return changed;
  } finally {
    await rm(patchFile, { force: true });
  }
}

/** What git says may have several lines; it ends up in a line for a person. */
function oneLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.trim().replace(/\s*\n\s*/g, ' ');
}
