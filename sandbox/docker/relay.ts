/**
 * The way out of a sandbox under the policy `allow`. The sandbox has no network; a second container, the relay, shares
 * its loopback and nothing else, and carries connections from there over its attached stdio to the egress proxy in this
 * process. Nothing but that one stream is used, so the engine may be on another machine.
 */
import type Docker from 'dockerode';
import { createEgress, type EgressOptions } from '../egress/proxy.ts';
import { type NetworkEvent, SandboxError } from '../sandbox.ts';
import { type Belonging, message, OWNED, PODMAN_ULIMITS, removeContainer, sessionLabels } from './container.ts';
import { createDemux } from './demux.ts';
import { START } from './relay-frames.ts';
import { RELAY_COMMAND } from './relay-program.ts';
import { createRelayStreams } from './relay-streams.ts';
import { GATEWAY_URL } from './relay-url.ts';

/** Says what a container is for, beside the session's label: `relay`. */
export const ROLE_LABEL = 'drydock.role';

const DIRECT = 'localhost,127.0.0.1,::1';

/**
 * What commands need to find the proxy. curl and git read the lower-case names only for http, others the upper-case
 * ones; Node's own client asks to be told to look. npm, pip, apt, cargo, go and gem need no more.
 */
export const PROXY_ENV: Readonly<Record<string, string>> = {
  HTTP_PROXY: GATEWAY_URL,
  HTTPS_PROXY: GATEWAY_URL,
  http_proxy: GATEWAY_URL,
  https_proxy: GATEWAY_URL,
  NO_PROXY: DIRECT,
  no_proxy: DIRECT,
  NODE_USE_ENV_PROXY: '1',
};

/** Two windows for each connection come to 16 MiB, Python itself to 10. */
const MEMORY_BYTES = 64 * 1024 ** 2;
const MAX_PROCESSES = 8;
/** More of the relay's last words is not kept. */
const MAX_WORDS = 500;
const WAY_OUT = 'go on with `drydock resume`; without a network, if need be: `drydock run --network none`';

export type RelayOptions = EgressOptions & Belonging & { image: string; sandboxId: string; podman: boolean };

export type Relay = {
  /** Why nothing gets out any more; null while it works. */
  failure(): SandboxError | null;
  /** Ends all connections, tells those that were not told, and removes the container. */
  close(): Promise<void>;
};

/** The relay's container; pure, so that a test can hold it against the promises in SECURITY.md. */
export function relayConfig(options: RelayOptions): Docker.ContainerCreateOptions {
  const { image, sandboxId, podman } = options;
  return {
    Image: image,
    User: '65534:65534',
    Entrypoint: [...RELAY_COMMAND],
    Cmd: [],
    WorkingDir: '/',
    Labels: { ...sessionLabels(options), [ROLE_LABEL]: 'relay' },
    ...OWNED,
    HostConfig: {
      AutoRemove: true,
      NetworkMode: `container:${sandboxId}`,
      ReadonlyRootfs: true,
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      Memory: MEMORY_BYTES,
      MemorySwap: MEMORY_BYTES,
      PidsLimit: MAX_PROCESSES,
      ...(podman ? { Ulimits: PODMAN_ULIMITS } : {}),
      LogConfig: { Type: 'none', Config: {} },
    },
  };
}

/** Starts the relay of a running sandbox and waits until it listens. Throws `SandboxError`. */
export async function startRelay(docker: Docker, options: RelayOptions): Promise<Relay> {
  let container: Docker.Container | undefined;
  try {
    container = await docker.createContainer(relayConfig(options));
    return await attachRelay(container, options);
  } catch (error) {
    await container?.remove({ force: true }).catch(() => undefined); // The reason why it did not start says more.
    throw new SandboxError('create_failed', `the network relay did not start: ${message(error)}`, WAY_OUT, {
      cause: error,
    });
  }
}

async function attachRelay(container: Docker.Container, options: RelayOptions): Promise<Relay> {
  const stream = await container.attach({ stream: true, stdin: true, stdout: true, stderr: true, hijack: true });
  let failure: SandboxError | null = null;
  let lastWords = '';
  const fail = (why: string): void => {
    failure ??= new SandboxError('lost', `the network relay ended: ${why}`, WAY_OUT);
    // The end of its stdin ends the relay.
    stream.end();
    streams.close();
  };
  const egress = createEgress({
    ...options,
    onEvent: (event: NetworkEvent) => {
      try {
        options.onEvent(event);
      } catch (error) {
        // What cannot be written down must not go on; this is called from a socket's event, which has no caller.
        fail(`a connection could not be logged: ${message(error)}`);
      }
    },
  });
  let listening: () => void = () => undefined;
  const ready = new Promise<void>((resolve) => {
    listening = resolve;
  });
  const streams = createRelayStreams({
    send: (frame) => {
      if (!failure) stream.write(frame);
    },
    onReady: () => {
      stream.write(START);
      listening();
    },
    onOpen: egress.serve,
  });
  const demux = createDemux((source, data) => {
    if (source === 'stdout') streams.push(data);
    else lastWords = `${lastWords}${data.toString('latin1')}`.slice(-MAX_WORDS);
  });
  stream.on('data', (chunk: Buffer) => {
    if (failure) return;
    try {
      demux(chunk);
    } catch (error) {
      fail(message(error));
    }
  });
  const gone = new Promise<never>((_, reject) => {
    const over = () => {
      fail(lastLine(lastWords) || 'it was killed, or the connection to the engine broke');
      if (failure) reject(failure);
    };
    stream.on('close', over).on('end', over).on('error', over);
  });
  // `failure` tells of it too.
  gone.catch(() => undefined);
  await container.start();
  await Promise.race([ready, gone]);
  return {
    failure: () => failure,
    async close() {
      egress.close();
      // Not asked to end by itself before: whether it is gone then is told late by some engines.
      await removeContainer(container);
      fail('the sandbox was closed');
    },
  };
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.trim() ?? '';
}
