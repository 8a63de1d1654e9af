/** What the engine is asked for: the container's configuration, its start, its lanes and its removal. */
import type { Duplex } from 'node:stream';
import type Docker from 'dockerode';
import { HEADLESS_ENV } from '../headless.ts';
import { SandboxError, WORKSPACE } from '../sandbox.ts';
import { LANE_SHELL } from './lane-script.ts';

/** Everything that is made on an engine for a session carries this label with the session's id. */
export const SESSION_LABEL = 'drydock.session';

/** The label that says which process a container was made by, as JSON; `leftovers.ts` reads it. */
export const OWNER_LABEL = 'drydock.owner';

/** `owner`: the text of `OWNER_LABEL`; without it nobody knows whether the maker still lives. */
export type Belonging = { sessionId: string; owner?: string };

/** The labels by which what was made for a session is found again. */
export function sessionLabels({ sessionId, owner }: Belonging): Record<string, string> {
  return { [SESSION_LABEL]: sessionId, ...(owner === undefined ? {} : { [OWNER_LABEL]: owner }) };
}

/** `cpus`: 0 stands for all. `diskBytes` and `inodes` are what may be written on top of the image. */
export type ContainerLimits = { memoryBytes: number; cpus: number; pids: number; diskBytes: number; inodes: number };

/**
 * Enough for a compiler and a test runner, little enough to leave the host alone: 4 GiB, every core but accounted,
 * 1,024 processes (a fork bomb ends there), 20 GiB of files and two million of them.
 */
export const DEFAULT_LIMITS: ContainerLimits = {
  memoryBytes: 4 * 1024 ** 3,
  cpus: 0,
  pids: 1024,
  diskBytes: 20 * 1024 ** 3,
  inodes: 2_000_000,
};

export type ContainerOptions = Belonging & {
  image: string;
  network: 'none' | 'full';
  limits: ContainerLimits;
  podman: boolean;
};

/**
 * Podman raises these to the kernel's maximum where they are not named, which fails on a machine that does not let root
 * do so (a container, say). Most machines allow more than this; processes are counted over all containers of a user.
 */
export const PODMAN_ULIMITS = [
  { Name: 'nofile', Soft: 16_384, Hard: 16_384 },
  { Name: 'nproc', Soft: 32_768, Hard: 32_768 },
];

/** The home of an agent's user that the image does not know. */
export const FALLBACK_HOME = '/home/agent';

/** Variables that every command gets. */
export const BASE_ENV: Record<string, string> = {
  ...HEADLESS_ENV,
  // In an image of somebody else's /workspace belongs to root; git then trusts it only when told to.
  GIT_CONFIG_COUNT: '1',
  GIT_CONFIG_KEY_0: 'safe.directory',
  GIT_CONFIG_VALUE_0: '*',
};

/** Root's, beside the lane shell: the agent's user can neither open nor replace what lies here. */
const ROOT_FOLDER = LANE_SHELL.slice(0, LANE_SHELL.lastIndexOf('/'));
/** A pipe whose writers keep the container alive: the holder, which waits for the owner's end, or the keeper of a new owner. */
const OWNED_PIPE = `${ROOT_FOLDER}/owned`;
/** The pid of the main process, and of the newest of these writers. */
const MAIN_PID = `${ROOT_FOLDER}/main`;
const HOLDER_PID = `${ROOT_FOLDER}/holder`;

/**
 * Waits for the end of its stdin, which the engine closes when the owner or its connection dies, then for the grace.
 * Builtins and `exec` only: in a sandbox that a command has filled nothing can be forked.
 */
function hold(graceSeconds: number): string {
  return `while read -r line; do :; done; exec sleep ${graceSeconds}`;
}

/**
 * How long a container outlives its owner. Long enough to notice a crash, open the lid again and type `resume`, short
 * enough that what is forgotten costs no memory for long.
 */
const GRACE_SECONDS = 600;

/**
 * The main process. It runs as root without any capability, so that no command of the agent's user can kill it;
 * prepares what an image that is not ours lacks (the lane shell, the workspace); then lives, and the container with it, as
 * long as anybody holds the pipe open: the holder until the grace after its owner's end has passed, or a keeper. The holder
 * is a child of a shell that has ended, so that the init process buries it.
 * The last chmod fails where the folder belongs to the agent's user already, which is as well; the first one is for images
 * whose root folder is closed to its own owner (Fedora's, and Podman's of those made from scratch).
 */
export function mainScript(graceSeconds = GRACE_SECONDS): string {
  return `umask 022
[ -x ${LANE_SHELL} ] || { chmod u+w / 2>/dev/null; mkdir -p ${ROOT_FOLDER} &&
  cp "$(readlink -f /bin/sh)" ${LANE_SHELL}.new && chmod 0111 ${LANE_SHELL}.new && mv ${LANE_SHELL}.new ${LANE_SHELL}; }
mkdir -p ${WORKSPACE} ${FALLBACK_HOME}
chmod 0777 ${WORKSPACE} ${FALLBACK_HOME} 2>/dev/null || :
[ -p ${OWNED_PIPE} ] || mkfifo -m 0600 ${OWNED_PIPE} || exit
exec 4<&0
( (exec 3>${OWNED_PIPE} 4<&-; ${hold(graceSeconds)}) <&4 >/dev/null 2>&1 & echo $! >${HOLDER_PID})
echo $$ >${MAIN_PID}
read -r holder <${HOLDER_PID} && echo "ready $$ $holder"
exec cat <${OWNED_PIPE} >/dev/null 4<&-`;
}

/**
 * What a new owner has run as root, on an attached exec: it takes the holder's place, so that the container stays until that
 * owner is gone too, and for the grace after that.
 */
export function keeperScript(graceSeconds = GRACE_SECONDS): string {
  return `exec 3>${OWNED_PIPE} || exit
read -r before <${HOLDER_PID} && kill -KILL "$before" 2>/dev/null
echo $$ >${HOLDER_PID}
read -r main <${MAIN_PID} && echo "kept $main $$"
${hold(graceSeconds)}`;
}

/**
 * A container with a stdin that its owner is attached to, and that the engine closes when the owner or its connection dies:
 * so its main process knows, and ends with its owner, or after a grace.
 */
export const OWNED = {
  OpenStdin: true,
  StdinOnce: true,
  AttachStdin: true,
  AttachStdout: true,
  AttachStderr: true,
  Tty: false,
} as const;

/** The container's configuration; pure, so that a test can hold it against the promises in SECURITY.md. */
export function containerConfig(options: ContainerOptions): Docker.ContainerCreateOptions {
  const { limits } = options;
  return {
    Image: options.image,
    User: '0:0',
    Entrypoint: ['/bin/sh', '-c', mainScript()],
    Cmd: [],
    WorkingDir: '/',
    Env: Object.entries(BASE_ENV).map(([name, value]) => `${name}=${value}`),
    Labels: sessionLabels(options),
    ...OWNED,
    HostConfig: {
      Init: true,
      AutoRemove: true,
      NetworkMode: options.network === 'full' ? 'bridge' : 'none',
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      Memory: limits.memoryBytes,
      MemorySwap: limits.memoryBytes,
      ...(limits.cpus > 0 ? { NanoCpus: Math.round(limits.cpus * 1e9) } : {}),
      PidsLimit: limits.pids,
      ...(options.podman ? { Ulimits: PODMAN_ULIMITS } : {}),
      LogConfig: { Type: 'none', Config: {} },
    },
  };
}

/** More than this before the ready line is an image that talks; it is not kept. */
const MAX_GREETING_BYTES = 4096;

/**
 * A container that runs, with the pids of our own processes in it. `gone` resolves when it has ended, for whatever reason,
 * or is out of reach.
 */
export type StartedContainer = { container: Docker.Container; own: readonly number[]; gone: Promise<void> };

/**
 * Creates and starts the container and waits until its main process is ready; `onStart` is called when the engine has
 * been asked to start it, which then takes half a second. Throws `SandboxError`.
 */
export async function startContainer(
  docker: Docker,
  options: ContainerOptions,
  onStart: () => void,
): Promise<StartedContainer> {
  const container = await createContainer(docker, options);
  try {
    const stream = await container.attach({ stream: true, stdin: true, stdout: true, stderr: true, hijack: true });
    const { gone, numbers } = listen(stream, 'ready');
    const starting = container.start();
    onStart();
    const [own] = await Promise.all([numbers, starting]);
    return { container, own, gone };
  } catch (error) {
    await removeContainer(container);
    throw new SandboxError(
      'image_unusable',
      `the container of image ${options.image} did not start: ${message(error)}`,
      'the image needs a POSIX shell at /bin/sh with cat, cp, mkdir, mkfifo, readlink and sleep',
      { cause: error },
    );
  }
}

/** Listens to a script of ours for a line of `word` and numbers. `numbers` rejects when the stream ends before. */
export function listen(
  stream: NodeJS.ReadableStream,
  word: string,
): { gone: Promise<void>; numbers: Promise<number[]> } {
  let said = '';
  const gone = new Promise<void>((resolve) => {
    stream.on('close', resolve);
    stream.on('end', resolve);
    stream.on('error', () => resolve());
  });
  const line = new RegExp(`${word}((?: \\d+)+)\\n`);
  const numbers = new Promise<number[]>((resolve, reject) => {
    stream.on('data', (chunk: Buffer) => {
      if (said.length > MAX_GREETING_BYTES) return;
      said += chunk.toString('latin1');
      const found = line.exec(said)?.[1];
      if (found !== undefined) resolve(found.trim().split(' ').map(Number));
    });
    gone.then(() => reject(new Error(words(said))));
  });
  return { gone, numbers };
}

/**
 * Asks for a quota on the disk first: whether the storage driver has one only its answer says (3 ms; asking for the
 * engine's `/info` takes ten times as long). Where it has none, the watchdog is the limit.
 */
async function createContainer(docker: Docker, options: ContainerOptions): Promise<Docker.Container> {
  const config = containerConfig(options);
  const StorageOpt = { size: String(options.limits.diskBytes) };
  try {
    return await docker.createContainer({ ...config, HostConfig: { ...config.HostConfig, StorageOpt } });
  } catch (error) {
    if (statusOf(error) === 404) throw createError(error, options.image);
    return docker.createContainer(config).catch((refusal: unknown) => {
      throw createError(refusal, options.image);
    });
  }
}

/**
 * Starts a lane's shell on an attached exec, with variables that are not the container's (an image that is made of that
 * would hold them), and returns the raw multiplexed stream. */
export async function attachLane(
  container: Docker.Container,
  user: string,
  env: Record<string, string>,
): Promise<Duplex> {
  const exec = await container.exec({
    Cmd: [LANE_SHELL],
    Env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    Tty: false,
    User: user,
    WorkingDir: '/',
  });
  return exec.start({ hijack: true, stdin: true, Tty: false });
}

/** Kills and removes a container. That it is gone already, or on its way, is what was wanted. */
export async function removeContainer(container: Docker.Container): Promise<void> {
  try {
    await container.remove({ force: true, v: true });
  } catch (error) {
    const status = statusOf(error);
    if (status !== 404 && status !== 409) throw error;
    await container.wait({ condition: 'removed' }).catch((late: unknown) => {
      if (statusOf(late) !== 404) throw late;
    });
  }
}

/** The HTTP status of an engine's answer, where the error is one. */
export function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('statusCode' in error)) return undefined;
  return typeof error.statusCode === 'number' ? error.statusCode : undefined;
}

/** The engine's own words, without docker-modem's preamble. */
export function message(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text
    .replace(/^\(HTTP code \d+\) [^-]*- /, '')
    .trim()
    .replace(/\s+/g, ' ');
}

function words(said: string): string {
  const text = said.replace(/[^\x20-\x7e]+/g, ' ').trim();
  return text === '' ? 'its main process ended at once' : text;
}

function createError(error: unknown, image: string): SandboxError {
  if (statusOf(error) === 404) {
    return new SandboxError(
      'image_missing',
      `the engine has no image ${image}`,
      `pull or build it first (docker pull ${image}), or leave out --image to use Drydock's own`,
      { cause: error },
    );
  }
  return new SandboxError('create_failed', `the engine did not create a container: ${message(error)}`, '', {
    cause: error,
  });
}
