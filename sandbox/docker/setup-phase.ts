/**
 * The set-up phase: commands that run once, as root with the engine's default capabilities, in a container of their own,
 * before the agent's. What they leave is kept as an image. The workspace of that container is a volume that goes with it,
 * so that what is in there is in no image.
 */
import { createReadStream } from 'node:fs';
import type Docker from 'dockerode';
import type { Setup } from '../recipe/recipe.ts';
import { SandboxError, WORKSPACE } from '../sandbox.ts';
import { BASE_ENV, DEFAULT_LIMITS, message, OWNED, PODMAN_ULIMITS, removeContainer } from './container.ts';
import { createDemux } from './demux.ts';
import { isPodman } from './engine.ts';
import type { Image } from './image.ts';
import { imageLabels } from './labels.ts';
import { orGivenUp } from './reports.ts';

export type SetupRequest = {
  image: Image;
  /** `NAME:TAG` of the image to make. */
  name: string;
  key: string;
  setup: Setup;
  /** Variables that the commands see. They are not kept: the agent's container gets its own. */
  env: Record<string, string>;
  /** Path of a tar with the files that the workspace holds. */
  files: string;
};

/** So many of a failing command's last lines are told. */
const LAST_LINES = 8;
/** Enough to see what a package manager does; what comes after is run, and not shown. */
const MAX_SHOWN_LINES = 2000;
/** Of one line. */
const MAX_LINE_CHARACTERS = 400;

/**
 * As the sandbox runs commands: by bash where the image has it. Both streams are one, or an error could be told before what
 * went before it.
 */
const SHELL = 'exec 2>&1; if command -v bash >/dev/null; then exec bash -c "$1"; else exec /bin/sh -c "$1"; fi';

/** The container's configuration; pure. Its variables, user and command are the image's, because the snapshot keeps them. */
export function setupConfig({ image, key, setup }: SetupRequest, podman: boolean): Docker.ContainerCreateOptions {
  return {
    Image: image.id,
    // As long as this process is connected, as the sandbox itself.
    Entrypoint: ['/bin/sh', '-c', 'echo ready; exec cat >/dev/null'],
    Cmd: [],
    Labels: imageLabels('setup', key),
    ...OWNED,
    HostConfig: {
      Init: true,
      AutoRemove: true,
      NetworkMode: setup.network === 'full' ? 'bridge' : 'none',
      // Without a name: it goes with the container.
      Mounts: [{ Type: 'volume', Source: '', Target: WORKSPACE }],
      Memory: DEFAULT_LIMITS.memoryBytes,
      MemorySwap: DEFAULT_LIMITS.memoryBytes,
      PidsLimit: DEFAULT_LIMITS.pids,
      ...(podman ? { Ulimits: PODMAN_ULIMITS } : {}),
      LogConfig: { Type: 'none', Config: {} },
    },
  };
}

/**
 * Runs the commands and keeps the result as `request.name`; nothing is kept where one fails. Throws `SandboxError` that
 * names the command, and at once where the signal is aborted. Leaves no container.
 */
export async function runSetup(
  docker: Docker,
  request: SetupRequest,
  onProgress: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const { image, setup } = request;
  const [repo = '', tag = ''] = request.name.split(':');
  const container = await createContainer(docker, request);
  try {
    await orGivenUp('the set-up', signal, async () => {
      await startUp(container, image);
      await container.putArchive(createReadStream(request.files), { path: WORKSPACE });
      const show = shower(onProgress);
      for (const command of setup.commands) {
        onProgress(`set-up: ${command}`);
        await runCommand(container, command, request.env, show);
      }
      await container.commit({ repo, tag, Entrypoint: image.entrypoint, Cmd: image.cmd });
    });
  } catch (error) {
    if (error instanceof SandboxError) throw error;
    const text = `the set-up broke off: ${message(error)}`;
    const hint = 'its container may have run out of memory; `drydock doctor` checks the engine';
    throw new SandboxError('setup_failed', text, hint, { cause: error });
  } finally {
    await removeContainer(container);
  }
}

async function createContainer(docker: Docker, request: SetupRequest): Promise<Docker.Container> {
  try {
    return await docker.createContainer(setupConfig(request, await isPodman(docker)));
  } catch (error) {
    const text = `the engine did not create a container for the set-up: ${message(error)}`;
    throw new SandboxError('create_failed', text, '', { cause: error });
  }
}

/** Starts it and holds its main process: with our connection the container ends. */
async function startUp(container: Docker.Container, image: Image): Promise<void> {
  try {
    const stream = await container.attach({ stream: true, stdin: true, stdout: true, stderr: true, hijack: true });
    const ready = new Promise<void>((resolve, reject) => {
      let said = '';
      stream.on('data', (chunk: Buffer) => {
        said += chunk.toString('latin1');
        if (said.includes('ready')) resolve();
      });
      const over = () => reject(new Error('its main process ended at once'));
      stream.on('close', over).on('end', over).on('error', over);
    });
    await Promise.all([ready, container.start()]);
  } catch (error) {
    const text = `the container of image ${image.name} did not start for the set-up: ${message(error)}`;
    const hint = 'the image needs a POSIX shell at /bin/sh with cat';
    throw new SandboxError('image_unusable', text, hint, { cause: error });
  }
}

async function runCommand(
  container: Docker.Container,
  command: string,
  env: Record<string, string>,
  show: (line: string) => void,
): Promise<void> {
  const exec = await container.exec({
    Cmd: ['/bin/sh', '-c', SHELL, 'setup', command],
    Env: Object.entries({ ...BASE_ENV, ...env }).map(([name, value]) => `${name}=${value}`),
    User: '0:0',
    WorkingDir: WORKSPACE,
    AttachStdout: true,
    AttachStderr: true,
    Tty: false,
  });
  const last: string[] = [];
  const lines = splitLines((line) => {
    last.push(line);
    if (last.length > LAST_LINES) last.shift();
    show(line);
  });
  const demux = createDemux((_, data) => lines.take(data));
  for await (const chunk of await exec.start({ hijack: true, stdin: false, Tty: false })) {
    demux(Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk));
  }
  lines.end();
  const { ExitCode: exitCode } = await exec.inspect();
  if (exitCode === 0) return;
  const end = exitCode === null ? 'did not end by itself' : `failed with exit code ${exitCode}`;
  const output = last.length === 0 ? 'it said nothing' : `its last lines: ${last.join(' / ')}`;
  throw new SandboxError(
    'setup_failed',
    `the set-up command ${JSON.stringify(command)} ${end}; ${output}`,
    `set-up commands see the lockfiles and manifests of the base commit in ${WORKSPACE}, and nothing else of it`,
  );
}

/** Shows so many lines, then says once that there are more. */
function shower(onProgress: (line: string) => void): (line: string) => void {
  let shown = 0;
  return (line) => {
    shown += 1;
    if (shown <= MAX_SHOWN_LINES) onProgress(`  ${line}`);
    else if (shown === MAX_SHOWN_LINES + 1) onProgress('  (more output is not shown)');
  };
}

/** Cuts output into lines that are not blank and not too long; a bar that is drawn over itself is a line each time. */
function splitLines(onLine: (line: string) => void): { take(data: Buffer): void; end(): void } {
  const decoder = new TextDecoder();
  let rest = '';
  const give = (line: string) => {
    if (line.trim() !== '') onLine(line.slice(0, MAX_LINE_CHARACTERS).trimEnd());
  };
  return {
    take(data) {
      const lines = `${rest}${decoder.decode(data, { stream: true })}`.split(/[\r\n]/);
      // What is cut off in any case need not be kept.
      rest = (lines.pop() ?? '').slice(0, MAX_LINE_CHARACTERS);
      for (const line of lines) give(line);
    },
    end: () => give(rest),
  };
}
