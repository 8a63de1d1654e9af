/**
 * What the attacks are carried out on: the sandbox as it is in production, and the same one with exactly one defence taken
 * away, where the attack must succeed, so that no test passes because its tool does not work. All are removed when the test
 * file is done; should that fail, they end with this process.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { afterAll, vi } from 'vitest';
import { DEFAULT_LIMITS } from '../../sandbox/docker/container.ts';
import { createDemux } from '../../sandbox/docker/demux.ts';
import {
  createDockerSandbox,
  type DockerSandbox,
  locateEngine,
  openEngine,
  SESSION_LABEL,
} from '../../sandbox/index.ts';
import { ROOT } from '../harness.ts';

export type Target = {
  sandbox: DockerSandbox;
  docker: Docker;
  container: Docker.Container;
  /** Runs a command as the model’s are, for a minute and a half at most; gives its exit code and its output. */
  run(command: string): Promise<{ code: number | null; text: string }>;
  /** Runs a command as root, as if a process had broken out of the agent's user; gives its output. */
  asRoot(command: string): Promise<string>;
};

export type TargetSettings = {
  memoryBytes?: number;
  cpus?: number;
  pids?: number;
  /** Takes a defence away from the container's configuration. */
  without?: (config: Docker.ContainerCreateOptions) => void;
};

// Each of these tests makes containers, on a machine that may be busy.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const open = new Set<DockerSandbox>();
afterAll(async () => {
  await Promise.all([...open].map((sandbox) => sandbox.dispose()));
});

/** Enough for every tool here, little for the machine. */
const SMALL = { memoryBytes: 512 * 1024 ** 2, cpus: 0, pids: 256 };

/** Starts a sandbox; as in production, with smaller limits, where nothing is taken away. */
export async function startTarget({ without, ...limits }: TargetSettings = {}): Promise<Target> {
  const docker = await openEngine(await locateEngine(process.env));
  const create = docker.createContainer.bind(docker);
  docker.createContainer = (config: Docker.ContainerCreateOptions) => {
    without?.(config);
    return create(config);
  };
  const sessionId = `attack-${randomBytes(6).toString('hex')}`;
  const sandbox = createDockerSandbox(Promise.resolve(docker), {
    sessionId,
    image: null,
    dockerfile: join(ROOT, 'Dockerfile'),
    network: 'none',
    env: {},
    limits: { ...DEFAULT_LIMITS, ...SMALL, ...limits },
    onProgress: () => undefined,
  });
  open.add(sandbox);
  await sandbox.ready;
  const [found] = await docker.listContainers({ filters: { label: [`${SESSION_LABEL}=${sessionId}`] } });
  if (!found) throw new Error('the sandbox has no container');
  const container = docker.getContainer(found.Id);
  return {
    sandbox,
    docker,
    container,
    async run(command) {
      const { exitCode, output } = await sandbox.exec({ command, timeoutMs: 90_000 });
      return { code: exitCode, text: Buffer.concat([output.head, output.tail]).toString() };
    },
    asRoot: (command) => plainExec(container, command, '0:0'),
  };
}

/** Runs a command as `docker exec` does, without our lanes; gives its output, once all that hold it have ended. */
export async function plainExec(container: Docker.Container, command: string, user: string): Promise<string> {
  const exec = await container.exec({ Cmd: ['bash', '-c', `exec 2>&1; ${command}`], User: user, AttachStdout: true });
  const stream = await exec.start({});
  let said = '';
  const push = createDemux((_source, data) => {
    said += data.toString();
  });
  for await (const chunk of stream) push(Buffer.from(chunk));
  return said;
}

/** The part of a container's configuration where the defences are. */
export function hostConfig(config: Docker.ContainerCreateOptions): Docker.HostConfig {
  config.HostConfig ??= {};
  return config.HostConfig;
}

export const PROBE = '/tmp/probe';

/** Builds `probe.c` in a sandbox, and makes sure that it runs, for the agent's user and for root. */
export async function buildProbe({ sandbox, run, asRoot }: Target): Promise<void> {
  await sandbox.writeFile(`${PROBE}.c`, readFileSync(join(import.meta.dirname, 'probe.c')));
  const built = await run(`gcc -o ${PROBE} ${PROBE}.c && chmod 0755 ${PROBE} && ${PROBE} self`);
  const root = await asRoot(`${PROBE} self`);
  if (built.text !== 'granted\n' || root !== 'granted\n') throw new Error(`no probe: ${built.text} ${root}`);
}
