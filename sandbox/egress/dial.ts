/** Connections to the outside: a name is resolved here, and the very address that was found public is connected to. */
import { promises as dns } from 'node:dns';
import { connect, type Socket } from 'node:net';
import { isPublicAddress } from './addresses.ts';

/** What the proxy needs of the network. Tests bring one that leads every address to a server of theirs. */
export type Network = {
  /** All addresses of a name; rejects where it has none. */
  resolve(host: string): Promise<string[]>;
  /** Begins a connection; told by the socket's events, as `net.connect` does. */
  connect(address: string, port: number): Socket;
};

/** The host's own resolver and network. */
export const HOST_NETWORK: Network = {
  resolve: async (host) => (await dns.lookup(host, { all: true })).map(({ address }) => address),
  connect: (address, port) => connect({ host: address, port }),
};

/** `denied`: the name has no public address. `failed`: it cannot be resolved or reached. `why` follows the host's name. */
export type Dialled =
  | { kind: 'connected'; socket: Socket; address: string }
  | { kind: 'denied'; address: string | null; why: string }
  | { kind: 'failed'; address: string | null; why: string };

const CONNECT_TIMEOUT_MS = 10_000;
/** A name may have dozens of addresses; the first few say whether the host can be reached. */
const MAX_ATTEMPTS = 4;

/** Resolves a name and connects to the first of its public addresses that answers. Never rejects. */
export async function dial(network: Network, host: string, port: number): Promise<Dialled> {
  let addresses: string[];
  try {
    addresses = await network.resolve(host);
  } catch (error) {
    return { kind: 'failed', address: null, why: `cannot be resolved (${codeOf(error)})` };
  }
  const open = addresses.filter(isPublicAddress);
  if (open.length === 0) {
    const address = addresses[0] ?? null;
    return { kind: 'denied', address, why: `has no public address (${address ?? 'none at all'})` };
  }
  let why = '';
  for (const address of open.slice(0, MAX_ATTEMPTS)) {
    const socket = network.connect(address, port);
    try {
      await connected(socket);
      return { kind: 'connected', socket, address };
    } catch (error) {
      socket.destroy();
      why = `cannot be reached (${codeOf(error)})`;
    }
  }
  return { kind: 'failed', address: open[0] ?? null, why };
}

function connected(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error('timeout')), CONNECT_TIMEOUT_MS);
    // Stays for the socket's life: what goes wrong later is told by `close`, and must not end the process.
    socket.on('error', reject);
    socket.once('close', () => reject(new Error('closed')));
    socket.once('connect', () => {
      clearTimeout(late);
      socket.setNoDelay(true);
      resolve();
    });
    socket.once('close', () => clearTimeout(late));
  });
}

function codeOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return error instanceof Error ? error.message : String(error);
}
