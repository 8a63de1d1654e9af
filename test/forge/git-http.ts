/**
 * A bare repository over git's smart HTTP, with authentication as GitHub has it: HTTP Basic, any user name, the token as
 * the password. The protocol is real: `git http-backend` speaks it.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type Asked, type Listener, listen, type Outcome, type Reply } from './http.ts';

/** What a token opens. */
export type Scope = 'read' | 'write';

export type GitAccess = {
  /** The bare repository. */
  gitDir: string;
  /** What a token may do; null: it is not known. */
  scopeOf(token: string): Scope | null;
  /** Whether reading needs no token. Default: it needs one. */
  publicRead?: boolean;
};

/**
 * git's own settings for the served repository. Nothing runs beside git, a push by force is for the client to refrain from,
 * and a commit can be asked for by its id, as at GitHub, which also keeps clients from writing below `refs/pull`.
 */
const SETTINGS = [
  ['core.hooksPath', '/dev/null'],
  ['gc.auto', '0'],
  ['maintenance.auto', 'false'],
  ['http.receivepack', 'true'],
  ['receive.denyNonFastForwards', 'false'],
  ['receive.denyDeletes', 'false'],
  ['receive.hideRefs', 'refs/pull'],
  ['receive.autogc', 'false'],
  ['uploadpack.allowAnySHA1InWant', 'true'],
  ['safe.directory', '*'],
] as const;

/** Answers a request of git's. `service` is the path below the repository, such as `/info/refs`. */
export async function answerGit(asked: Asked, service: string, access: GitAccess): Promise<Reply> {
  const name = asked.query.get('service') ?? service.slice(1);
  const known = service === '/info/refs' || service === '/git-upload-pack' || service === '/git-receive-pack';
  if (!known) return text(404, 'Not Found');
  if (name !== 'git-upload-pack' && name !== 'git-receive-pack') return text(403, 'Please upgrade your git client.');
  const writes = name === 'git-receive-pack';
  const token = basicPassword(asked.headers.authorization);
  const scope = token === null ? null : access.scopeOf(token);
  const anonymous = token === null && access.publicRead === true && !writes;
  if (scope === null && !anonymous) {
    const reply = text(401, token === null ? 'Authentication required.' : 'Invalid username or token.');
    return { ...reply, headers: { ...reply.headers, 'www-authenticate': 'Basic realm="GitHub"' } };
  }
  if (writes && scope !== 'write') return text(403, 'Permission to this repository denied.');
  return await runBackend(asked, service, access.gitDir);
}

/** Serves one repository at `URL/OWNER/NAME.git`, whatever the two names are. */
export async function startGitServer(
  access: GitAccess,
  around: (asked: Asked, answer: () => Promise<Reply>) => Promise<Outcome> = (_, answer) => answer(),
): Promise<Listener> {
  return await listen((asked) =>
    around(asked, async () => {
      const service = /^\/[^/]+\/[^/]+\.git(\/.*)$/.exec(asked.path)?.[1];
      return service === undefined ? text(404, 'Not Found') : await answerGit(asked, service, access);
    }),
  );
}

/** The password of HTTP Basic; null where there is none. */
export function basicPassword(header: string | undefined): string | null {
  const encoded = /^basic +(\S+)$/i.exec(header ?? '')?.[1];
  if (encoded === undefined) return null;
  const pair = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = pair.indexOf(':');
  return colon === -1 ? null : pair.slice(colon + 1);
}

function text(status: number, body: string): Reply {
  return { status, headers: { 'content-type': 'text/plain' }, body: `${body}\n` };
}

/** Runs the CGI program of git. It is given the length of the body, since it is read whole already. */
async function runBackend(asked: Asked, service: string, gitDir: string): Promise<Reply> {
  const env: Record<string, string> = {
    PATH: process.env.PATH ?? '',
    GIT_PROJECT_ROOT: gitDir,
    GIT_HTTP_EXPORT_ALL: '1',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_COUNT: String(SETTINGS.length),
    REQUEST_METHOD: asked.method,
    PATH_INFO: service,
    QUERY_STRING: asked.query.toString(),
    CONTENT_TYPE: asked.headers['content-type'] ?? '',
    CONTENT_LENGTH: String(asked.body.length),
    REMOTE_USER: 'git',
    REMOTE_ADDR: '127.0.0.1',
  };
  SETTINGS.forEach(([key, value], index) => {
    env[`GIT_CONFIG_KEY_${index}`] = key;
    env[`GIT_CONFIG_VALUE_${index}`] = value;
  });
  const encoding = asked.headers['content-encoding'];
  if (encoding !== undefined) env.HTTP_CONTENT_ENCODING = encoding;
  const protocol = asked.headers['git-protocol'];
  if (typeof protocol === 'string') env.GIT_PROTOCOL = protocol;

  const child = spawn('git', ['http-backend'], { env, stdio: ['pipe', 'pipe', 'pipe'] });
  const out: Buffer[] = [];
  const errors: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
  // It may answer without reading all of the body: then the pipe breaks, which is no failure.
  child.stdin.on('error', () => {});
  child.stdin.end(asked.body);
  await once(child, 'close');
  return parseCgi(Buffer.concat(out), Buffer.concat(errors).toString('utf8'));
}

/** A CGI answer: headers, an empty line, the body. Without a `Status` header it went well. */
function parseCgi(output: Buffer, errors: string): Reply {
  const end = output.indexOf('\r\n\r\n');
  if (end === -1) return text(500, `git http-backend gave no answer: ${errors}`);
  const headers: Record<string, string> = {};
  let status = 200;
  for (const line of output.subarray(0, end).toString('latin1').split('\r\n')) {
    const colon = line.indexOf(':');
    const key = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (key === 'status') status = Number.parseInt(value, 10);
    else headers[key] = value;
  }
  return { status, headers, body: output.subarray(end + 4) };
}
