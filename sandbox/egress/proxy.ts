/**
 * The egress proxy: an HTTP proxy in the host's process that serves the connections which the relay brings out of the
 * sandbox. Requests are parsed by `node:http` and written anew, so that no byte of a client's framing reaches a server.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type Duplex, pipeline } from 'node:stream';
import type { NetworkEvent } from '../sandbox.ts';
import { dial, HOST_NETWORK, type Network } from './dial.ts';
import { type Gateway, passOn } from './gateway.ts';
import { createJournal, type Entry } from './journal.ts';
import { explanation, type Refusal, rawRefusal, statusText } from './refusal.ts';
import { connectTarget, endToEndHeaders, type Improper, plainTarget, type Target } from './request.ts';
import { isAllowed, isDenied, parseRule } from './rules.ts';
import { NAME_REFUSED_ALERT, readOpening } from './server-name.ts';

export type EgressOptions = {
  /** Rules as `parseRule` takes them. */
  allow: readonly string[];
  /** The same: what they name is refused though it is allowed. One without a port means all ports. */
  deny?: readonly string[];
  onEvent: (event: NetworkEvent) => void;
  /** What is asked for by a path alone; without it that is refused. */
  gateway?: Gateway;
  network?: Network;
};

export type Egress = {
  /** Serves one connection of a client in the sandbox. */
  serve(client: Duplex): void;
  /** Writes down what is not yet, and ends all connections. */
  close(): void;
};

/** How long a client may take to say what it wants. */
const CLIENT_TIMEOUT_MS = 30_000;
/** A connection on which nothing moves for so long is ended, since there can only be so many. */
const IDLE_TIMEOUT_MS = 10 * 60_000;
const MAX_HEAD_BYTES = 16 * 1024;

/** Makes the proxy. */
export function createEgress({ allow, deny = [], onEvent, gateway, network = HOST_NETWORK }: EgressOptions): Egress {
  // Not imported: an import of `node:http` reads all its exports, of which one loads Node's whole fetch.
  const http = process.getBuiltinModule('node:http');
  const rules = allow.map(parseRule).filter((rule) => rule !== null);
  const journal = createJournal(onEvent);
  /** All clients; with a timer those that have not said yet what they want. */
  const clients = new Map<Duplex, NodeJS.Timeout | null>();
  const decided = (client: Duplex): void => {
    clearTimeout(clients.get(client) ?? undefined);
    if (clients.has(client)) clients.set(client, null);
  };

  /** Decides about a request and connects; what comes of it is noted in the entry. */
  const reach = async <T extends Target>(
    entry: Entry,
    asked: T | Improper,
  ): Promise<{ refusal: Refusal } | { target: T; socket: Socket }> => {
    if ('improper' in asked) return { refusal: refuse(entry, 400, `the request ${asked.improper}`) };
    const { host, port } = asked;
    entry.know({ host, port });
    if (isDenied(deny, host, port)) return { refusal: refuse(entry, 403, `${host}:${port} is denied by a rule`) };
    if (!isAllowed(rules, host, port)) return { refusal: refuse(entry, 403, `${host}:${port} is not allowed`) };
    const dialled = await dial(network, host, port);
    entry.know({ address: dialled.address });
    if (dialled.kind === 'denied') return { refusal: refuse(entry, 403, `${host} ${dialled.why}`) };
    if (dialled.kind === 'failed') return { refusal: refuse(entry, 502, `${host}:${port} ${dialled.why}`) };
    const { socket } = dialled;
    entry.count(() => [socket.bytesWritten, socket.bytesRead]);
    socket.setTimeout(IDLE_TIMEOUT_MS, () => socket.destroy());
    return { target: asked, socket };
  };

  const tunnel = async (request: IncomingMessage, client: Duplex, head: Buffer): Promise<void> => {
    const entry = journal.begin();
    client.once('close', entry.end);
    const reached = await reach(entry, connectTarget(request.url ?? '', request.rawHeaders));
    if ('refusal' in reached) return dismiss(client, rawRefusal(reached.refusal, allow));
    const { socket, target } = reached;
    if (client.destroyed) return void socket.destroy();
    client.once('close', () => socket.destroy());
    client.write('HTTP/1.1 200 Connection established\r\n\r\n');
    const { bytes, problem } = await readOpening(client, head, target.host, CLIENT_TIMEOUT_MS);
    if (problem !== null) {
      refuse(entry, 403, problem);
      socket.destroy();
      return dismiss(client, NAME_REFUSED_ALERT);
    }
    entry.know({ verdict: 'allowed', reason: '' });
    socket.write(bytes);
    client.pipe(socket);
    socket.pipe(client);
    // In order, where there was no error: a client that is destroyed does not get what is still on its way to it.
    socket.once('close', (failed) => (failed ? client.destroy() : dismiss(client)));
  };

  const forward = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const entry = journal.begin();
    response.once('close', entry.end);
    // One request for each connection: another may be for another host.
    response.shouldKeepAlive = false;
    const reached = await reach(entry, plainTarget(request.url ?? '', request.rawHeaders));
    if ('refusal' in reached) return sendRefusal(response, reached.refusal, allow);
    const { socket, target } = reached;
    if (response.destroyed) return void socket.destroy();
    response.once('close', () => socket.destroy());
    entry.know({ verdict: 'allowed', reason: '' });
    const outgoing = http.request({
      createConnection: () => socket,
      method: request.method ?? 'GET',
      path: target.path,
      headers: [...endToEndHeaders(request.rawHeaders), 'Connection', 'close'],
    });
    outgoing.on('response', (incoming) => {
      // The body is framed anew.
      const headers = endToEndHeaders(incoming.rawHeaders, ['transfer-encoding']);
      response.writeHead(incoming.statusCode ?? 502, incoming.statusMessage, headers);
      // An answer that breaks off breaks off for the client too.
      pipeline(incoming, response, () => undefined);
    });
    outgoing.on('error', (error) => {
      if (response.headersSent || response.destroyed) response.destroy();
      else sendRefusal(response, refuse(entry, 502, `${target.host} broke off (${error.message})`), allow);
    });
    // A body may take its time.
    outgoing.flushHeaders();
    // Not `pipeline`, which would take an answer that comes before the whole request for a failure.
    request.pipe(outgoing);
  };

  const server = http.createServer({ maxHeaderSize: MAX_HEAD_BYTES, insecureHTTPParser: false });
  server.on('connect', (request, client, head) => {
    decided(client);
    tunnel(request, client, head).catch(() => client.destroy());
  });
  server.on('request', (request, response) => {
    decided(request.socket);
    if (gateway && request.url?.startsWith('/')) return passOn(gateway, request, response);
    forward(request, response).catch(() => response.destroy());
  });
  server.on('clientError', (error, client) => {
    const entry = journal.begin();
    const refusal = refuse(entry, 400, `the request is malformed (${error.message})`);
    decided(client);
    if (client.writable) dismiss(client, rawRefusal(refusal, allow));
    else client.destroy();
  });

  return {
    serve(client) {
      clients.set(
        client,
        setTimeout(() => client.destroy(), CLIENT_TIMEOUT_MS),
      );
      // The parser, two pipes and what is below listen to it.
      client.setMaxListeners(0);
      // A client may break off at any time; `close` follows.
      client.on('error', () => undefined);
      client.once('close', () => {
        decided(client);
        clients.delete(client);
      });
      server.emit('connection', client);
    },
    close() {
      journal.close();
      for (const client of clients.keys()) client.destroy();
    },
  };
}

/** Notes why a request is not served; nothing more will happen to it. */
function refuse(entry: Entry, status: Refusal['status'], why: string): Refusal {
  entry.know({ verdict: status === 502 ? 'failed' : 'denied', reason: why });
  entry.end();
  return { status, why };
}

/** Lets a client go once it has its last bytes, and reads what it still sends, or its end would never be seen. */
function dismiss(client: Duplex, lastBytes: Buffer | string = ''): void {
  if (!client.writableEnded) client.end(lastBytes);
  client.resume();
}

function sendRefusal(response: ServerResponse, refusal: Refusal, allow: readonly string[]): void {
  const body = Buffer.from(explanation(refusal, allow));
  const headers = { 'content-type': 'text/plain; charset=utf-8', 'content-length': body.length };
  response.writeHead(refusal.status, statusText(refusal), headers);
  response.end(body);
}
