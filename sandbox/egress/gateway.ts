/**
 * The gateway: one server outside that commands in the sandbox may ask with a key that they never see. Where the proxy is
 * asked for a path and not for an address, it is the gateway that is meant.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream';
import { endToEndHeaders } from './request.ts';

/** Plain data but for the key. `baseUrl` is what paths are put behind; `headers` go with every request, in place of the client's own. */
export type Gateway = { baseUrl: string; headers: Readonly<Record<string, string>> };

/** What a client may send to say who it is: none of it goes out. */
const CREDENTIALS = ['authorization', 'x-api-key', 'api-key', 'cookie', 'host', 'forwarded', 'x-forwarded-for'];

/** Passes a request on, and the answer back as it comes. Never throws. */
export function passOn({ baseUrl, headers }: Gateway, request: IncomingMessage, response: ServerResponse): void {
  const base = new URL(baseUrl);
  const asked = new URL(`http://gateway${request.url ?? '/'}`);
  const path = `${base.pathname.replace(/\/+$/, '')}${asked.pathname}${asked.search}`;
  const { request: send } =
    base.protocol === 'https:' ? process.getBuiltinModule('node:https') : process.getBuiltinModule('node:http');
  const injected = Object.keys(headers).map((name) => name.toLowerCase());
  const outgoing = send({
    protocol: base.protocol,
    hostname: base.hostname.replace(/^\[|\]$/g, ''),
    port: base.port,
    method: request.method ?? 'GET',
    path,
    headers: [
      'Host',
      base.host,
      ...endToEndHeaders(request.rawHeaders, [...CREDENTIALS, ...injected]),
      ...Object.entries(headers).flat(),
    ],
  });
  response.once('close', () => outgoing.destroy());
  outgoing.on('response', (incoming) => {
    // The body is framed anew. What the server would have the client keep is not the client's.
    const kept = endToEndHeaders(incoming.rawHeaders, ['transfer-encoding', 'set-cookie']);
    response.writeHead(incoming.statusCode ?? 502, incoming.statusMessage, kept);
    pipeline(incoming, response, () => undefined);
  });
  outgoing.on('error', (error) => {
    if (response.headersSent || response.destroyed) return void response.destroy();
    response.writeHead(502, { 'Content-Type': 'text/plain' });
    response.end(`drydock: the model's server cannot be reached: ${error.message}\n`);
  });
  request.pipe(outgoing);
}
