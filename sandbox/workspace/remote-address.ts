/** Where a git remote may be, and how git is let out to it: for one call, to one address, with one token. */
import type { Environment, GitSettings } from './git.ts';
import { RemoteError } from './remote-error.ts';

/** Where a remote is, and what opens it. The token is a secret: it goes to git in its environment, never in an argument or a file. */
export type RemoteAccess = { url: string; token: string | null };

/** What of the caller's environment leads out of this machine. Only calls that go out get it: a proxy's address may hold a password. */
const WAY_OUT = /^((https?|all|no)_proxy|(HTTPS?|ALL|NO)_PROXY|SSL_CERT_(FILE|DIR)|GIT_SSL_CA(INFO|PATH))$/;

/** A server that sends nothing at all for so long is given up. Busy servers send git a sign of life every five seconds. */
const SILENCE_SECONDS = 120;

/**
 * What is wrong with an address for HTTP; null: nothing. Clear text is for this machine only, since everybody on the way could
 * read the token, and put commits of their own in place of the remote's.
 */
export function httpProblem(address: string): string | null {
  const url = URL.canParse(address) ? new URL(address) : null;
  if (url === null || !/^https?:\/\/[^/\s\\]/i.test(address) || !/^https?:$/.test(url.protocol)) {
    return 'it is no address such as https://HOST/PATH';
  }
  if (url.username !== '' || url.password !== '') return 'it holds a user name or a password';
  if (url.search !== '' || url.hash !== '') return 'it holds more than a host and a path';
  if (url.protocol === 'http:' && !/^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname)) {
    return 'it is http to another machine, where everybody on the way can read and change what is sent: use https';
  }
  return null;
}

/** What the remote is called in a message: without what may be a secret. */
export function nameOfRemote(url: string): string {
  return url.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/]*@/i, '$1').replace(/[?#].*$/s, '');
}

/** A way to a remote that has been checked. `address` is what git is told. */
type Way = { kind: 'file' | 'http' | 'https'; address: string };

/** Checks an address. Throws `RemoteError` (`address`). */
export function checkRemote(url: string): Way {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\x00-\x1f\x7f]/.test(url)) throw refuse(url, 'it holds control characters');
  if (url.startsWith('/')) return { kind: 'file', address: url };
  if (url.startsWith('file:///')) return { kind: 'file', address: url };
  if (!/^https?:/i.test(url))
    throw refuse(url, 'it is neither https://HOST/PATH nor the absolute path of a repository');
  const problem = httpProblem(url);
  if (problem !== null) throw refuse(url, problem);
  const { protocol, href } = new URL(url);
  return { kind: protocol === 'http:' ? 'http' : 'https', address: href };
}

function refuse(url: string, why: string): RemoteError {
  return new RemoteError('address', `the remote ${nameOfRemote(url)} cannot be used: ${why}`);
}

/** How to call git on the way to a remote. Throws `RemoteError` (`address`). */
export function remoteSettings(access: RemoteAccess, settings: GitSettings): GitSettings & { address: string } {
  const { kind, address } = checkRemote(access.url);
  if (kind === 'file') return { ...settings, address };
  const passed = Object.entries(settings.env).flatMap(([name, value]) =>
    value !== undefined && kind === 'https' && WAY_OUT.test(name) ? [[name, value] as const] : [],
  );
  return {
    ...settings,
    address,
    variables: { ...settings.variables, ...Object.fromEntries(passed) },
    config: [...(settings.config ?? []), ...transport(kind, address), ...authorization(access, address)],
  };
}

/** The whole address in the key: nothing that the user has configured for a host or a folder of it goes before these. */
function transport(kind: 'http' | 'https', address: string): [string, string][] {
  return [
    [`protocol.${kind}.allow`, 'always'],
    // After a redirect git itself would send the header to wherever it was led.
    [`http.${address}.followRedirects`, 'false'],
    ['credential.helper', ''],
    ['core.askPass', ''],
    ['http.lowSpeedLimit', '1'],
    ['http.lowSpeedTime', String(SILENCE_SECONDS)],
    // On this machine there is nothing for a proxy to do, and it would read the token.
    ...(kind === 'http' ? [[`http.${address}.proxy`, ''] satisfies [string, string]] : []),
  ];
}

function authorization({ token }: RemoteAccess, address: string): [string, string][] {
  const key = `http.${address}.extraHeader`;
  // Empty drops the headers that the user's configuration adds: two of them would be refused.
  if (token === null) return [[key, '']];
  const basic = Buffer.from(`x-access-token:${token}`).toString('base64');
  return [
    [key, ''],
    [key, `Authorization: Basic ${basic}`],
  ];
}

/** Where calls run that need no repository. */
export function nowhere(env: Environment): GitSettings {
  return { env, cwd: '/' };
}
