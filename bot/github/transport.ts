/** HTTP to GitHub: bounded in time and size, to one host only, following nothing. */
import { proxyFetch } from '../../models/index.ts';
import { type Environment, httpProblem } from '../../sandbox/index.ts';

/** GitHub itself gives up after ten seconds; a proxy on the way may take longer. */
const REQUEST_MS = 30_000;
/** A page of a hundred comments of the greatest length has 7 MB; 40 MB where each character is an escape such as `\u003c`. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
/** A log is read for its end, so all of it passes by. */
const LOG_MS = 60_000;
const MAX_LOG_BYTES = 128 * 1024 * 1024;

type Fetch = typeof fetch;

/**
 * Makes the fetch that Octokit is given. It reads an answer to its end itself, so that one that is cut counts as a failure of the
 * network, and never sends the token to another host: not by a redirect, and not by an address in an answer.
 */
export function apiFetch(api: string, env: Environment): Fetch {
  const { origin, protocol } = new URL(api);
  const find = proxied(env);
  return async (input, init) => {
    const url = input instanceof Request ? input.url : String(input);
    if (new URL(url).origin !== origin) throw new TypeError('it led to another host');
    const send = protocol === 'https:' ? await find() : fetch;
    const response = await send(url, { ...init, redirect: 'manual', signal: AbortSignal.timeout(REQUEST_MS) });
    const { bytes, cut } = await readEnd(response, MAX_ANSWER_BYTES, MAX_ANSWER_BYTES);
    if (cut) throw new TypeError(`the answer has more than ${MAX_ANSWER_BYTES} bytes`);
    const { status, statusText, headers } = response;
    return new Response(bytes.length === 0 ? null : new Uint8Array(bytes), { status, statusText, headers });
  };
}

/** Reads the last `maxBytes` of a file that GitHub keeps elsewhere. Without the token: the address itself is what opens it. */
export async function readElsewhere(address: string, maxBytes: number, env: Environment): Promise<Buffer> {
  const url = new URL(address);
  // What signs the address is in its query.
  const problem = httpProblem(`${url.origin}${url.pathname}`);
  if (problem !== null || url.username !== '' || url.password !== '') throw new TypeError(problem ?? 'it holds a name');
  const send = url.protocol === 'https:' ? await proxied(env)() : fetch;
  const response = await send(url, { redirect: 'error', signal: AbortSignal.timeout(LOG_MS) });
  if (!response.ok) throw new TypeError(`its host answered with status ${response.status}`);
  return (await readEnd(response, maxBytes, MAX_LOG_BYTES)).bytes;
}

/** The fetch of this machine, through its proxy where it has one; looked for once. */
function proxied(env: Environment): () => Promise<Fetch> {
  let found: Promise<Fetch> | null = null;
  return () => {
    found ??= proxyFetch(env).then((way) => way ?? fetch);
    return found;
  };
}

/** Reads at most `most` bytes and keeps the last `kept` of them. `cut`: there were more. */
async function readEnd(response: Response, kept: number, most: number): Promise<{ bytes: Buffer; cut: boolean }> {
  const chunks: Uint8Array[] = [];
  let [held, read] = [0, 0];
  if (response.body === null) return { bytes: Buffer.alloc(0), cut: false };
  for await (const chunk of response.body) {
    chunks.push(chunk);
    read += chunk.length;
    held += chunk.length;
    for (let first = chunks[0]; first !== undefined && held - first.length >= kept; first = chunks[0]) {
      held -= first.length;
      chunks.shift();
    }
    if (read > most) break; // leaving the loop ends the connection
  }
  const bytes = Buffer.concat(chunks);
  return { bytes: bytes.subarray(Math.max(0, bytes.length - kept)), cut: read > most };
}
