/** The place that a run works in: a sandbox, how it is filled, and how its result is taken out and handed over. */
import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type CommitPerson,
  createDockerSandbox,
  createHostSandbox,
  type DockerSandboxOptions,
  diffStat,
  type Engine,
  type ExportedTree,
  type FileChange,
  gate,
  type HostUser,
  type ImportCache,
  inspectRepository,
  isAncestor,
  makePack,
  openTrusted,
  type PlacedFile,
  type ProcessSandbox,
  type Repository,
  readIdentity,
  receiveTree,
  SandboxError,
  setTrustedRef,
  snapshotChanges,
  type TrustedRepository,
  treeOf,
} from '../sandbox/index.ts';
import { type Delivered, type Delivery, deliver, makePatch } from './delivery.ts';
import { forgetSandbox, type SandboxRecord, writeRecord } from './record.ts';
import { placeOnHost } from './skills/index.ts';

/** What came of the work; all null and empty where nothing changed. */
export type Harvest = {
  commit: string | null;
  tree: string | null;
  files: FileChange[];
  flattened: string[];
  /** Lines that a person should read: files that git could not record. */
  remarks: string[];
};

export const NOTHING: Harvest = { commit: null, tree: null, files: [], flattened: [], remarks: [] };

export type Workplace = {
  /** Its operations wait until the repository is in. */
  sandbox: ProcessSandbox;
  /** Rejects when the sandbox could not be had or filled. */
  filled: Promise<unknown>;
  /** Whether the sandbox is an earlier one that was taken over; rejects where none could be had. */
  adopted: Promise<boolean>;
  /** Resolves when the sandbox has gone without being asked to, with the reason where it was stopped for one. */
  gone: Promise<SandboxError | null>;
  /**
   * Saves the files as they are now, as a commit that is safe in the session's folder, while the work goes on; null where
   * they are as they were last saved. `recorded` is called when they may change again. Throws as `harvest` does.
   */
  checkpoint(message: string, recorded: () => void): Promise<Harvest | null>;
  /** Takes the result out, as a commit that is safe in the session's folder. Throws `SandboxError`, `RepositoryError`. */
  harvest(message: string): Promise<Harvest>;
  /** Hands that commit over, also after `dispose`. What goes wrong here is told in `problems`, since the work is not lost by it. */
  deliver(commit: string, delivery: Delivery): Promise<Delivered>;
  /** Ends the sandbox; may be called twice. */
  dispose(): Promise<void>;
};

/**
 * How a workplace is opened: not before `after`, since loading the engine's client would hold up the first model request;
 * and whether it takes over what an earlier sandbox of the session has left, or the place of one that was lost (`again`).
 */
export type OpenWorkplace = (how: { after: Promise<void>; claim: boolean; again: boolean }) => Workplace;

/** In the session's folder. */
const IMPORT_FOLDER = 'import';
const EXPORT_PACK = 'export.pack';
const CHECKPOINT_PACK = 'checkpoint.pack';

/** In the trusted repository: a ref for each checkpoint, so that its objects are never pruned. */
const CHECKPOINT_REFS = 'refs/drydock/checkpoints/';

/** Where the work starts: `base` is HEAD, or a snapshot of the user's uncommitted files on top of it. */
export type Start = { base: string; tree: string | null };

/** What lies beside the workspace; called when there is time for it. */
export type Beside = { folder: string; files: () => Promise<PlacedFile[]> };

export type DockerWorkplaceOptions = {
  /** The session's folder, where the trusted repository and packs live. */
  dir: string;
  repository: Repository;
  /** The commit that the work is about: HEAD when the session was made. */
  base: string;
  /** Called with the trusted repository; decides where the work starts. */
  start: (trusted: TrustedRepository, author: CommitPerson) => Promise<Start>;
  sandbox: Omit<DockerSandboxOptions, 'cache' | 'claim'>;
  /** Gives the engine's client, unless the signal is aborted before. */
  connect: (signal: AbortSignal) => Promise<Engine>;
  /** Set after a crash: the sandbox to take over, or null for none. What else the session has on the engine goes. */
  claim?: { record: SandboxRecord | null };
  version: string;
  skills?: Beside;
};

/** A container with the repository in it. The result leaves as a tree and lands as one commit on the base. */
export function openDockerWorkplace(options: DockerWorkplaceOptions): Workplace {
  const { dir, repository, base, claim, version, skills } = options;
  const left = new AbortController();
  const connected = options.connect(left.signal);
  const cache: ImportCache = {
    repository: createHash('sha256').update(repository.commonDir).digest('hex'),
    commit: base,
    history: repository.shallow || repository.partial ? 'none' : 'full',
    isAncestor: (commit) => isAncestor(repository, commit, base),
  };
  const sandbox = createDockerSandbox(connected, {
    ...options.sandbox,
    cache,
    ...(claim ? { claim: { container: claim.record?.container ?? null } } : {}),
  });
  const adopted = sandbox.container.then((container) => container.adopted);

  const prepare = async () => {
    const [trusted, author, beside] = await Promise.all([
      openTrusted(join(dir, 'workspace.git'), repository),
      readIdentity(repository),
      skills?.files(),
    ]);
    const start = await options.start(trusted, author);
    if (claim?.record && (await adopted))
      return { trusted, author, start, beside, pack: null, base: claim.record.base };
    const pack = await makePack(trusted, repository, {
      commit: start.base,
      tree: start.tree,
      history: 'full',
      folder: join(dir, IMPORT_FOLDER),
      known: await sandbox.known,
    });
    return { trusted, author, start, beside, pack, base: pack.base };
  };
  const prepared = sandbox.busy.then(prepare);
  const filled = Promise.all([prepared, sandbox.container, sandbox.ready]).then(
    async ([{ pack, start, beside }, { id }]) => {
      if (pack === null) return;
      await sandbox.importRepository({
        ...pack,
        branch: repository.branch ?? 'work',
        objectFormat: repository.objectFormat,
      });
      // Not before the import is kept: an image of it must hold nothing of the user's.
      if (skills && beside) await sandbox.place(skills.folder, beside);
      await writeRecord(dir, { version, container: id, commit: start.base, base: pack.base });
      await rm(join(dir, IMPORT_FOLDER), { recursive: true, force: true });
    },
  );
  // Whoever waits for `filled` hears of a failure; until somebody does it must not end the process.
  for (const promise of [connected, adopted, prepared, filled]) promise.catch(() => undefined);

  /** The tree of the last checkpoint, of this run or an earlier one; null: there is none, so a resume starts at the base. */
  let saved: string | null = null;
  /** What of this sandbox has been taken in last, and what came of it. */
  let last: { tree: string; harvest: Harvest } | null = null;
  const exportTo = async (name: string, recorded?: () => void): Promise<ExportedTree> => {
    await filled;
    const { start, base } = await prepared;
    saved ??= start.tree;
    return sandbox.exportTree({
      base,
      packPath: join(dir, name),
      known: last?.tree ?? null,
      ...(recorded ? { recorded } : {}),
    });
  };
  const receive = async (exported: ExportedTree, name: string, message: string): Promise<Harvest> => {
    const { trusted, author, start } = await prepared;
    const { flattened, tree } = exported;
    const remarks = exported.skipped.map(({ path, reason }) => `not taken along: ${path} (${reason})`);
    if (last && tree === last.tree) return { ...last.harvest, flattened, remarks };
    const file = join(dir, name);
    const { base } = start;
    const changed =
      exported.as === 'base'
        ? null
        : await receiveTree(trusted, { pack: exported.as === 'new' ? file : null, tree, base, message, author });
    await rm(file, { force: true });
    const harvest = changed
      ? { commit: changed.commit, tree, files: await diffStat(trusted, base, changed.commit) }
      : // An earlier checkpoint holds more: a resume must not go on from that.
        { commit: saved === null ? null : base, tree: saved === null ? null : await treeOf(trusted, base), files: [] };
    if (harvest.commit !== null) {
      await setTrustedRef(trusted, `${CHECKPOINT_REFS}${harvest.commit}`, harvest.commit);
      saved = harvest.tree;
    }
    last = { tree, harvest: { ...harvest, flattened, remarks } };
    return last.harvest;
  };

  return {
    sandbox: gate(sandbox, filled),
    filled,
    adopted,
    gone: sandbox.gone,
    async dispose() {
      left.abort();
      await sandbox.dispose();
      await forgetSandbox(dir);
    },
    async checkpoint(message, recorded) {
      const exported = await exportTo(CHECKPOINT_PACK, recorded);
      if (exported.tree !== saved) return receive(exported, CHECKPOINT_PACK, message);
      await rm(join(dir, CHECKPOINT_PACK), { force: true });
      return null;
    },
    async harvest(message) {
      const exported = await exportTo(EXPORT_PACK);
      return receive(exported, EXPORT_PACK, message);
    },
    async deliver(commit, delivery) {
      const { trusted, start } = await prepared;
      return deliver({ dir, trusted, repository, base: start.base, commit }, delivery);
    },
  };
}

/** The user's own folder, without isolation. The result is there already; with git it is also shown as a patch. */
export function openHostWorkplace(options: {
  dir: string;
  root: string;
  repository: Repository | null;
  env: Record<string, string>;
  user: HostUser | null;
  skills?: Beside;
}): Workplace {
  const { dir, repository, user, skills } = options;
  const sandbox = createHostSandbox({ root: options.root, env: options.env, user });
  const before = repository === null ? Promise.resolve(null) : look(dir, repository, user);
  const placed = skills?.files().then((files) => placeOnHost(skills.folder, files));
  const filled = Promise.all([before, placed]);
  // Whoever waits for `filled` hears of a failure; until somebody does it must not end the process.
  for (const promise of [before, filled]) promise.catch(() => undefined);
  return {
    sandbox: gate(sandbox, filled),
    filled,
    adopted: Promise.resolve(false),
    gone: new Promise(() => undefined),
    async dispose() {
      await sandbox.dispose();
      await placed?.catch(() => undefined); // `filled` has told of it.
      if (skills) await rm(skills.folder, { recursive: true, force: true });
    },
    // The files are where they belong.
    checkpoint: async () => null,
    async harvest() {
      const base = await before;
      if (base === null || repository === null) return NOTHING;
      // The agent may have committed, so HEAD is read anew.
      const after = await look(dir, await inspectRepository(options.root, repository.env), user);
      const files = await diffStat(after.trusted, base.commit, after.commit);
      return files.length === 0 ? NOTHING : { ...NOTHING, commit: after.commit, files };
    },
    async deliver(commit) {
      // The files are in the user's folder already.
      const base = await before;
      const patch = base === null ? null : await makePatch(dir, base.trusted, base.commit, commit);
      return { branch: null, applied: true, patch, remarks: [], problems: [] };
    },
  };
}

/**
 * The work tree as it is now, as a commit in the trusted repository. Where commands run as another user, who may have
 * configured filters, none of them runs as this one.
 */
async function look(
  dir: string,
  repository: Repository,
  user: HostUser | null,
): Promise<{ trusted: TrustedRepository; commit: string }> {
  const trusted = await openTrusted(join(dir, 'workspace.git'), repository);
  const snapshot = await snapshotChanges(trusted, repository, await readIdentity(repository), user === null);
  return { trusted, commit: snapshot ?? repository.head };
}

/** The error for a sandbox that ended by itself. */
export function sandboxGone(): SandboxError {
  return new SandboxError(
    'lost',
    'the sandbox ended by itself (the engine stopped it, or it ran out of memory)',
    'go on with `drydock resume`; `drydock doctor` checks the engine',
  );
}
