/** What a request to the egress proxy asks for, read strictly: what two readers could read differently is refused. */
import { parseHost, parsePort } from './rules.ts';

export type Target = { host: string; port: number };

/** A request that is no proper one. `improper` ends a sentence that begins with "the request". */
export type Improper = { improper: string };

const MAX_QUOTED_CHARACTERS = 100;

/** Where a CONNECT wants to go. `target` is the request's target as it came, `rawHeaders` as `node:http` gives them. */
export function connectTarget(target: string, rawHeaders: readonly string[]): Target | Improper {
  const asked = parseAuthority(target, null);
  if (asked === null) return { improper: `wants a tunnel to ${quoted(target)}, which is not a host name and a port` };
  const hosts = valuesOf(rawHeaders, 'host');
  return hostProblem(hosts, asked, asked.port) ?? asked;
}

/** Where a plain request wants to go; `path` is what the server is asked for. */
export function plainTarget(target: string, rawHeaders: readonly string[]): (Target & { path: string }) | Improper {
  const [, authority, path = ''] = /^http:\/\/([^/?#]*)([/?][^#]*)?$/i.exec(target) ?? [];
  if (authority === undefined)
    return { improper: `asks for ${quoted(target)}; this is a proxy: it takes CONNECT and http://` };
  const asked = parseAuthority(authority, 80);
  if (asked === null) return { improper: `asks for ${quoted(target)}, whose host is not a host name` };
  const hosts = valuesOf(rawHeaders, 'host');
  if (hosts.length === 0) return { improper: 'has no Host header' };
  const problem = hostProblem(hosts, asked, 80) ?? bodyProblem(rawHeaders);
  return problem ?? { ...asked, path: path.startsWith('/') ? path : `/${path}` };
}

/** `host:port`, or a host alone where there is a default port. */
function parseAuthority(text: string, defaultPort: number | null): Target | null {
  const colon = text.indexOf(':');
  const host = parseHost(colon < 0 ? text : text.slice(0, colon));
  const port = colon < 0 ? defaultPort : parsePort(text.slice(colon + 1));
  return host === null || port === null ? null : { host, port };
}

function hostProblem(hosts: readonly string[], asked: Target, defaultPort: number): Improper | null {
  if (hosts.length > 1) return { improper: 'has more than one Host header' };
  const [text] = hosts;
  if (text === undefined) return null;
  const named = parseAuthority(text, defaultPort);
  if (named?.host === asked.host && named.port === asked.port) return null;
  return { improper: `has a Host header, ${quoted(text)}, unlike the host that it asks for` };
}

/** The parser refuses most of this too; nothing rests on its settings. */
function bodyProblem(rawHeaders: readonly string[]): Improper | null {
  const lengths = valuesOf(rawHeaders, 'content-length');
  const encodings = valuesOf(rawHeaders, 'transfer-encoding');
  if (lengths.length + encodings.length > 1) return { improper: 'says more than once how long its body is' };
  if (lengths.some((value) => !/^\d+$/.test(value))) return { improper: 'has a Content-Length that is not a number' };
  if (encodings.some((value) => value.toLowerCase() !== 'chunked')) {
    return { improper: 'has a Transfer-Encoding other than chunked' };
  }
  return null;
}

/** Headers of one connection, not of a message (RFC 9110, 7.6.1); and Expect, which the proxy has answered. */
const OF_THE_CONNECTION = new Set([
  'connection',
  'proxy-connection',
  'keep-alive',
  'te',
  'trailer',
  'upgrade',
  'expect',
  'proxy-authorization',
  'proxy-authenticate',
]);

/** The headers, names and values in turn, without those of the connection that they came on, and without `more`. */
export function endToEndHeaders(rawHeaders: readonly string[], more: readonly string[] = []): string[] {
  const named = valuesOf(rawHeaders, 'connection').flatMap((value) => value.toLowerCase().split(/\s*,\s*/));
  // Framing and host are kept whatever a Connection header says: without them the message would be another.
  const dropped = new Set(named.filter((name) => !['host', 'content-length', 'transfer-encoding'].includes(name)));
  for (const name of more) dropped.add(name);
  const kept: string[] = [];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    const lower = name.toLowerCase();
    if (!OF_THE_CONNECTION.has(lower) && !dropped.has(lower)) kept.push(name, rawHeaders[at + 1] ?? '');
  }
  return kept;
}

function valuesOf(rawHeaders: readonly string[], name: string): string[] {
  return rawHeaders.filter((_, at) => at % 2 === 1 && rawHeaders[at - 1]?.toLowerCase() === name);
}

function quoted(text: string): string {
  return JSON.stringify(text.length <= MAX_QUOTED_CHARACTERS ? text : `${text.slice(0, MAX_QUOTED_CHARACTERS)}…`);
}
