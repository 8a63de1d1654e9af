/** Puts the Docker backend together: engine, image, container, lanes; one `Sandbox` for the rest of Drydock. */
import { stat } from 'node:fs/promises';
import type Docker from 'dockerode';
import type { EgressOptions } from '../egress/proxy.ts';
import { type LimitBreach, type PlacedFile, type Sandbox, SandboxError, WORKSPACE } from '../sandbox.ts';
import type { KnownImport } from '../workspace/index.ts';
import { claimContainer } from './adopt.ts';
import {
  attachLane,
  type Belonging,
  type ContainerLimits,
  DEFAULT_LIMITS,
  message,
  removeContainer,
  type StartedContainer,
  startContainer,
} from './container.ts';
import { isPodman } from './engine.ts';
import * as files from './files.ts';
import { ensureImage, type Image } from './image.ts';
import { findImport, type ImportCache, isWorthKeeping, type KeptImport, keepImport } from './import-cache.ts';
import { type Lane, openLane } from './lane.ts';
import { createLanePool, type LanePool } from './lanes.ts';
import { placeFiles } from './place.ts';
import { prepareImage, type RecipeSource } from './prepare.ts';
import { createProcesses, type Processes } from './processes.ts';
import type { Relay } from './relay.ts';
import { countFiles, readSpace, writtenBytes } from './space.ts';
import { exportFrom, importInto } from './transfer.ts';
import { createWatchdog, type Watchdog } from './watchdog.ts';

export type DockerSandboxOptions = Belonging & {
  /**
   * Set where an earlier run of the session may have left something on the engine: the container that can be taken over, by
   * its id, or null. What else there is goes.
   */
  claim?: { container: string | null };
  /** An image of the user's, or null for Drydock's own, which is built from `dockerfile` when it is missing. */
  image: string | null;
  /** Path on the host. */
  dockerfile: string;
  /** What is done beyond taking that image, by what commit. */
  source?: RecipeSource;
  /** The last stands for the policy `allow`. */
  network: 'none' | 'full' | EgressOptions;
  /** Variables that the user passes through by name; nothing else of the host's environment enters. */
  env: Record<string, string>;
  limits?: ContainerLimits;
  /** What will be imported, so that a kept import can be started from; without it none is used or made. */
  cache?: ImportCache;
  onProgress: (line: string) => void;
  /** Called when the sandbox has met a limit; the model is told in the output of its commands. */
  onBreach?: (breach: LimitBreach) => void;
};

export type DockerSandbox = Sandbox & {
  /**
   * Resolves when the engine has long work to do, or none any more: time to start programs, each of which stops this
   * process for some 10 ms.
   */
  readonly busy: Promise<void>;
  /** Resolves when the container runs and its first lane answers; rejects with `SandboxError`. */
  readonly ready: Promise<void>;
  /** Resolves with the container's id, and whether it was taken over with all its files; rejects as `ready` does. */
  readonly container: Promise<{ id: string; adopted: boolean }>;
  /** Resolves when the container has ended, with the reason where Drydock itself stopped it. */
  readonly gone: Promise<SandboxError | null>;
  /** Resolves with what the sandbox has of the repository before the import; rejects as `ready` does. */
  readonly known: Promise<KnownImport | null>;
  /**
   * Puts files below `folder`, which lies at the container's root: there commands can read and not change them. Only after the
   * import: what is kept of that for other sandboxes must not hold them. Throws `SandboxError`.
   */
  place(folder: string, files: readonly PlacedFile[]): Promise<void>;
};

/** A request to the engine has left this process after so long. */
const REQUEST_SENT_MS = 5;

type Running = {
  docker: Docker;
  image: Image;
  kept: KeptImport | null;
  started: StartedContainer;
  pool: LanePool;
  processes: Processes;
  watchdog: Watchdog;
  first: Lane;
};

/**
 * Starts a sandbox on an engine. Returns at once: every operation waits until the container is there, so that it is
 * created while the first model request is under way. `connect` is awaited first, so that even loading the engine's
 * client stays off the caller's path.
 */
export function createDockerSandbox(connect: Promise<Docker>, options: DockerSandboxOptions): DockerSandbox {
  let disposed: Promise<void> | undefined;
  const givenUp = new AbortController();
  let container: Docker.Container | undefined;
  const egress = typeof options.network === 'string' ? null : options.network;
  let relay: Promise<Relay> | undefined;
  let hopeless: SandboxError | null = null;
  let goneResolve: (why: SandboxError | null) => void = () => undefined;
  const gone = new Promise<SandboxError | null>((resolve) => {
    goneResolve = resolve;
  });
  let busyResolve: () => void = () => undefined;
  const busy = new Promise<void>((resolve) => {
    busyResolve = resolve;
  });

  let foundContainer: (found: { id: string; adopted: boolean }) => void = () => undefined;
  const found = new Promise<{ id: string; adopted: boolean }>((resolve) => {
    foundContainer = resolve;
  });
  let foundKept: (kept: KeptImport | null) => void = () => undefined;
  const known = new Promise<KeptImport | null>((resolve) => {
    foundKept = resolve;
  });

  const start = async (): Promise<Running> => {
    const docker = await connect;
    const onProgress = (line: string) => {
      busyResolve();
      options.onProgress(line);
    };
    const [image, podman] = await Promise.all([
      prepareImage(docker, { ...options, onProgress }, givenUp.signal),
      isPodman(docker),
    ]);
    if (disposed) throw new SandboxError('lost', 'the sandbox was given up before it started');
    const limits = options.limits ?? DEFAULT_LIMITS;
    const { sessionId, claim } = options;
    if (claim) busyResolve();
    const adopted = claim
      ? await claimContainer(docker, { sessionId, ...claim, user: image.user, pidsLimit: limits.pids })
      : null;
    const kept = options.cache && !adopted ? await findImport(docker, image, options.cache) : null;
    foundKept(kept);
    const out = egress === null ? null : await wayOut(docker, { ...options, onProgress }, egress, givenUp.signal);
    const wanted = {
      image: kept?.image ?? image.name,
      ...belonging(options),
      network: options.network === 'full' ? 'full' : 'none',
      limits,
      podman,
    } as const;
    const env = {
      ...(image.home === null ? {} : { HOME: image.home }),
      ...options.source?.recipe.env,
      ...options.env,
      ...out?.env,
    };
    // The request is only sent once this turn of the event loop is over.
    const started =
      adopted ?? (await startContainer(docker, wanted, () => void setTimeout(busyResolve, REQUEST_SENT_MS)));
    container = started.container;
    foundContainer({ id: container.id, adopted: adopted !== null });
    started.gone.then(() => goneResolve(hopeless));
    relay = out?.open(started.container.id, podman);
    // Commands hear of a failure; the repository goes in without them.
    relay?.catch(() => undefined);
    const pool = createLanePool(async () => {
      try {
        return await openLane(await attachLane(started.container, image.user, env));
      } catch (error) {
        if (error instanceof SandboxError) throw error;
        const text = `no shell could be had in the sandbox: ${message(error)}`;
        throw new SandboxError('lost', text, 'go on with `drydock resume`', { cause: error });
      }
    }, limits.pids);
    const first = await pool.acquire();
    pool.release(first, false);
    const onBreach = options.onBreach ?? (() => undefined);
    const stop = async (breach: LimitBreach) => {
      hopeless = new SandboxError('lost', breach.text, 'raise the limit with --disk, or have the task write less');
      goneResolve(hopeless);
      await removeContainer(started.container);
    };
    const watchdog = createWatchdog({
      limits,
      space: () => readSpace(processes),
      written: () => writtenBytes(started.container),
      files: () => countFiles(processes),
      onStanding: (breach) => processes.warn(breach),
      onHopeless: (breach) => {
        onBreach(breach);
        return stop(breach);
      },
      onBreach: async (breach) => {
        onBreach(breach);
        if (!(await processes.endAll(breach))) await stop(breach);
      },
    });
    const noSpace = () => watchdog.fullDisk();
    const processes = createProcesses(pool, { own: started.own, limits, onBreach, noSpace });
    void pool.reserve().then(watchdog.begin);
    started.gone.then(() => {
      watchdog.stop();
      pool.close();
      // Nothing is left to relay for. What cannot be removed now ends with its connection.
      if (!disposed) relay?.then((out) => out.close()).catch(() => undefined);
    });
    return { docker, image, kept, started, pool, first, processes, watchdog };
  };

  const running = start();
  running.then(busyResolve, busyResolve);
  const ready = running.then(() => undefined);
  const foundOrFailed = Promise.race([found, running.then(() => found)]);
  const knownOrFailed = Promise.race([known, running.then(() => known)]);
  // Whoever awaits `ready` or an operation sees the failure; nobody may be there yet when it happens.
  for (const promise of [running, ready, foundOrFailed, knownOrFailed]) promise.catch(() => undefined);

  /** For commands of the agent, which wait until there is a way out where one is due. */
  const connected = async (): Promise<Running> => {
    const ready = await running;
    const failure = (await relay)?.failure();
    if (failure) throw failure;
    return ready;
  };

  /** Does what the runtime asks for once more where it broke off in a sandbox that was full, or that a rescue emptied. */
  const twice = async <T>(work: (processes: Processes) => Promise<T>): Promise<T> => {
    const { pool, processes } = await running;
    const before = pool.rescues();
    try {
      return await work(processes);
    } catch (error) {
      // A script that does nothing has the rescue made where it is due; that it fails too says nothing more.
      await processes.internal({ script: ':' }).catch(() => undefined);
      if (pool.rescues() === before) throw error;
      return work(processes);
    }
  };

  return {
    info: {
      backend: 'docker',
      image: options.image,
      network: typeof options.network === 'string' ? options.network : 'allow',
      allow: egress?.allow ?? [],
      workspace: WORKSPACE,
    },
    busy,
    ready,
    gone,
    container: foundOrFailed,
    known: knownOrFailed,
    exec: async (command, signal) => {
      const { processes, watchdog } = await connected();
      await watchdog.before();
      const ended = processes.exec(command, signal);
      watchdog.during(ended);
      return ended;
    },
    spawn: async (command) => {
      const { processes, watchdog } = await connected();
      await watchdog.before();
      const process = await processes.spawn(command);
      watchdog.during(process.ended);
      return process;
    },
    readFile: (path, { maxBytes } = {}) => twice((processes) => files.readFile(processes, path, maxBytes)),
    writeFile: (path, data) => twice((processes) => files.writeFile(processes, path, data)),
    list: (path) => twice((processes) => files.list(processes, path)),
    importRepository: async (source) => {
      const { docker, image, kept, started, first, processes } = await running;
      if (!first.hello.git) throw noGit(image.name);
      try {
        await importInto(processes, source, kept?.commit ?? null);
      } catch (error) {
        // Nobody else is to start from it. Where it cannot be removed, the failure that is thrown says enough.
        if (kept)
          await docker
            .getImage(kept.image)
            .remove({ force: true })
            .catch(() => undefined);
        throw error;
      }
      const { cache } = options;
      if (!cache || source.pack === null || source.files !== source.base || image.workspaceIsVolume) return;
      if (!isWorthKeeping((await stat(source.pack.pack)).size)) return;
      options.onProgress('keeping the imported files for later runs, once');
      const made = { commit: source.base, tagsDigest: source.tagsDigest };
      await keepImport(docker, started.container, processes, image, cache, made).catch((error: unknown) => {
        options.onProgress(`note: the imported files could not be kept: ${message(error)}`);
      });
    },
    place: async (folder, files) => placeFiles((await running).started.container, folder, files),
    exportTree: (request) => twice((processes) => exportFrom(processes, request)),
    dispose() {
      // An image that is being built is not waited for.
      givenUp.abort();
      disposed ??= (async () => {
        const state = await running.catch(() => undefined);
        state?.watchdog.stop();
        state?.pool.close();
        const out = await relay?.catch(() => undefined); // One that did not start is not there to be closed.
        try {
          await out?.close();
        } finally {
          // After the relay: Podman removes no container whose network another one uses.
          if (container) await removeContainer(container);
        }
      })();
      return disposed;
    },
  };
}

/** What a sandbox under the policy `allow` needs: variables for its commands, and a relay once it runs. */
async function wayOut(
  docker: Docker,
  options: DockerSandboxOptions,
  egress: EgressOptions,
  signal: AbortSignal,
): Promise<{ env: Readonly<Record<string, string>>; open(sandboxId: string, podman: boolean): Promise<Relay> }> {
  const { PROXY_ENV, startRelay } = await import('./relay.ts');
  // Always Drydock's own: what an image of somebody else's holds must not decide about the way out.
  const own = ensureImage(docker, { ...options, image: null }, signal);
  own.catch(() => undefined); // `open` waits for it and fails with it.
  return {
    env: PROXY_ENV,
    open: async (sandboxId, podman) => {
      const { name: image } = await own;
      return startRelay(docker, { ...egress, ...belonging(options), image, sandboxId, podman });
    },
  };
}

function belonging({ sessionId, owner }: DockerSandboxOptions): Belonging {
  return { sessionId, ...(owner === undefined ? {} : { owner }) };
}

function noGit(image: string): SandboxError {
  return new SandboxError(
    'image_unusable',
    `the image ${image} has no git, which bringing a repository in and its changes out needs`,
    'use an image with git, or leave out --image',
  );
}
