/** The place that a run works in: a sandbox, how it is filled, and how its result is taken out and handed over. */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  applyToWorkTree,
  type CommitPerson,
  createDockerSandbox,
  createHostSandbox,
  type DockerSandboxOptions,
  diffFile,
  diffStat,
  type FileChange,
  gate,
  inspectRepository,
  landBranch,
  locateEngine,
  makeBundle,
  openEngine,
  openTrusted,
  type ProcessSandbox,
  type Repository,
  RepositoryError,
  readIdentity,
  receiveTree,
  SandboxError,
  setTrustedRef,
  snapshotChanges,
  type TrustedRepository,
  treeOf,
} from '../sandbox/index.ts';

/** How the result is handed over. */
export type Delivery = {
  /** The name of the local branch to make; null: none. */
  branch: string | null;
  /** Whether to put the change into the working tree too. */
  apply: boolean;
  /** The commit's message. */
  message: string;
};

/** What came of the work; all null and empty where nothing changed. */
export type Harvest = {
  commit: string | null;
  tree: string | null;
  branch: string | null;
  files: FileChange[];
  patch: Buffer | null;
  flattened: string[];
  /** Lines that a person should read: another branch name than asked for, files that git could not record. */
  remarks: string[];
  /** Why the change could not be put into the working tree as asked; null: it was, or was not asked for. */
  notApplied: string | null;
};

export const NOTHING: Harvest = {
  commit: null,
  tree: null,
  branch: null,
  files: [],
  patch: null,
  flattened: [],
  remarks: [],
  notApplied: null,
};

export type Workplace = {
  /** Its operations wait until the repository is in. */
  sandbox: ProcessSandbox;
  /** Rejects when the sandbox could not be had or filled. */
  filled: Promise<unknown>;
  /** Resolves when the sandbox has gone without being asked to. */
  gone: Promise<void>;
  /** Takes the result out and hands it over. Throws `SandboxError` and `RepositoryError`. */
  harvest(delivery: Delivery): Promise<Harvest>;
  dispose(): Promise<void>;
};

/** Where the work starts: `base` is HEAD, or a snapshot of the user's uncommitted files on top of it. */
export type Start = { base: string; tree: string | null };

export type DockerWorkplaceOptions = {
  /** The session's folder, where the trusted repository and bundles live. */
  dir: string;
  repository: Repository;
  /** Called with the trusted repository; decides where the work starts. */
  start: (trusted: TrustedRepository, author: CommitPerson) => Promise<Start>;
  sandbox: DockerSandboxOptions;
  env: NodeJS.ProcessEnv;
  /** Resolves once the first model request is on its way: starting programs and loading the engine's client hold it up. */
  requested: Promise<void>;
};

/** A container with the repository in it. The result leaves as a tree and lands as one commit on the base. */
export function openDockerWorkplace(options: DockerWorkplaceOptions): Workplace {
  const { dir, repository, env } = options;
  const connected = options.requested.then(async () => openEngine(await locateEngine(env)));
  const sandbox = createDockerSandbox(connected, options.sandbox);

  const prepare = async () => {
    const [trusted, author] = await Promise.all([
      openTrusted(join(dir, 'workspace.git'), repository),
      readIdentity(repository),
    ]);
    const start = await options.start(trusted, author);
    const file = join(dir, 'import.bundle');
    const bundle = await makeBundle(trusted, repository, {
      commit: start.base,
      tree: start.tree,
      history: 'full',
      file,
    });
    return { trusted, author, start, bundle };
  };
  const prepared = options.requested.then(prepare);
  const filled = Promise.all([prepared, sandbox.ready]).then(async ([{ bundle }]) => {
    await sandbox.importRepository({
      bundle: bundle.file,
      base: bundle.base,
      files: bundle.files,
      branch: repository.branch ?? 'work',
      objectFormat: repository.objectFormat,
    });
    await rm(bundle.file, { force: true });
  });
  // Whoever waits for `filled` hears of a failure; until somebody does it must not end the process.
  for (const promise of [connected, prepared, filled]) promise.catch(() => undefined);

  return {
    sandbox: gate(sandbox, filled),
    filled,
    gone: sandbox.gone,
    dispose: () => sandbox.dispose(),
    async harvest(delivery) {
      await filled;
      const { trusted, author, start, bundle } = await prepared;
      const file = join(dir, 'export.bundle');
      const exported = await sandbox.exportTree(bundle.base, file);
      // All that is left happens on the host; removing a container takes as long. `dispose` reports how it went.
      sandbox.dispose().catch(() => undefined);
      const { flattened } = exported;
      const remarks = exported.skipped.map(({ path, reason }) => `not taken along: ${path} (${reason})`);
      if (!exported.changed) {
        // A resumed session that went back to its base must not go on from the old checkpoint the next time.
        const back = start.tree === null ? {} : { commit: start.base, tree: await treeOf(trusted, start.base) };
        return { ...NOTHING, ...back, remarks, flattened };
      }
      const received = await receiveTree(trusted, {
        bundle: file,
        commit: exported.commit,
        parent: bundle.base,
        base: start.base,
        message: delivery.message,
        author,
      });
      await rm(file, { force: true });
      if (!received.changed) return { ...NOTHING, remarks, flattened };
      await setTrustedRef(trusted, 'refs/drydock/result', received.commit);
      const result = await describe(dir, trusted, start.base, received.commit);
      const landed =
        delivery.branch === null
          ? null
          : await landBranch(repository, trusted, {
              commit: received.commit,
              base: repository.head,
              name: delivery.branch,
            });
      if (landed?.note) remarks.push(landed.note);
      const notApplied = delivery.apply ? await tryToApply(repository, result.patchFile) : null;
      await rm(result.patchFile, { force: true });
      return {
        commit: received.commit,
        tree: received.tree,
        branch: landed?.branch ?? null,
        files: result.files,
        patch: result.patch,
        flattened,
        remarks,
        notApplied,
      };
    },
  };
}

/** The user's own folder, without isolation. The result is there already; with git it is also shown as a patch. */
export function openHostWorkplace(options: {
  dir: string;
  root: string;
  repository: Repository | null;
  env: Record<string, string>;
}): Workplace {
  const { dir, repository } = options;
  const sandbox = createHostSandbox({ root: options.root, env: options.env });
  const before = repository === null ? Promise.resolve(null) : look(dir, repository);
  before.catch(() => undefined);
  return {
    sandbox: gate(sandbox, before),
    filled: before,
    gone: new Promise(() => undefined),
    dispose: () => sandbox.dispose(),
    async harvest() {
      const base = await before;
      if (base === null || repository === null) return NOTHING;
      // The agent may have committed, so HEAD is read anew.
      const after = await look(dir, await inspectRepository(options.root, repository.env));
      const result = await describe(dir, after.trusted, base.commit, after.commit);
      await rm(result.patchFile, { force: true });
      if (result.files.length === 0) return NOTHING;
      return { ...NOTHING, commit: after.commit, files: result.files, patch: result.patch };
    },
  };
}

/** The work tree as it is now, as a commit in the trusted repository. */
async function look(dir: string, repository: Repository): Promise<{ trusted: TrustedRepository; commit: string }> {
  const trusted = await openTrusted(join(dir, 'workspace.git'), repository);
  const snapshot = await snapshotChanges(trusted, repository, await readIdentity(repository));
  return { trusted, commit: snapshot ?? repository.head };
}

/** A change that does not apply is no loss, since the branch has it: why, or null. */
async function tryToApply(repository: Repository, patchFile: string): Promise<string | null> {
  try {
    await applyToWorkTree(repository, patchFile);
    return null;
  } catch (error) {
    if (error instanceof RepositoryError) return error.message;
    throw error;
  }
}

async function describe(dir: string, trusted: TrustedRepository, base: string, commit: string) {
  const patchFile = join(dir, 'result.patch');
  const [files] = await Promise.all([diffStat(trusted, base, commit), diffFile(trusted, base, commit, patchFile)]);
  return { files, patchFile, patch: await readFile(patchFile) };
}

/** The error for a sandbox that ended by itself. */
export function sandboxGone(): SandboxError {
  return new SandboxError(
    'lost',
    'the sandbox ended by itself (the engine stopped it, or it ran out of memory)',
    'go on with `drydock resume`; `drydock doctor` checks the engine',
  );
}
