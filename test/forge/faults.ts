/** Faults of a forge, by script: which requests they befall, and what becomes of those. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Asked, Outcome, Reply } from './http.ts';

/** What befalls a request. `done`: whether the forge has done what was asked before it fails to say so. */
export type Fault =
  /** GitHub's secondary rate limit, which it answers with either status. `retryAfter`: seconds. */
  | { kind: 'limited'; status: 403 | 429; retryAfter: number }
  | { kind: 'bad gateway'; done: boolean }
  /** `midway`: after the first bytes of an answer. git tries a push again on its own where none has come. */
  | { kind: 'cut'; done: boolean; midway?: boolean }
  /** It is done at once, and the answer comes late. */
  | { kind: 'slow'; ms: number }
  /**
   * Something else happens just before: a person pushes, or whoever asks is killed. Then it is done and answered, or with `lost` it
   * never came to be.
   */
  | { kind: 'meanwhile'; run: () => unknown; lost?: boolean };

/** Which requests; what is left out may be anything. A string is the whole path, without the query. */
export type RequestMatch = { method?: string; path?: string | RegExp };

/** A push's one request that carries commits, and a fetch's. */
export const GIT_PUSH: RequestMatch = { method: 'POST', path: /\/git-receive-pack$/ };
export const GIT_FETCH: RequestMatch = { method: 'POST', path: /\/git-upload-pack$/ };

export type Faults = {
  /** From the request after the next `skip` (default 0) that match, `times` (default 1) of them meet the fault. */
  add(match: RequestMatch, fault: Fault, when?: { skip?: number; times?: number }): void;
  /** How many are still to come. */
  pending(): number;
  /** Answers a request, or lets it meet the first fault that is meant for it. */
  around(asked: Pick<Asked, 'method' | 'path'>, answer: () => Promise<Reply>): Promise<Outcome>;
};

/** No faults yet. */
export function makeFaults(): Faults {
  const rules: { match: RequestMatch; fault: Fault; skip: number; times: number }[] = [];
  return {
    add(match, fault, { skip = 0, times = 1 } = {}) {
      rules.push({ match, fault, skip, times });
    },
    pending: () => rules.reduce((sum, rule) => sum + rule.times, 0),
    async around(asked, answer) {
      const rule = rules.find(({ match, times }) => times > 0 && matches(match, asked));
      if (rule === undefined) return await answer();
      if (rule.skip > 0) {
        rule.skip -= 1;
        return await answer();
      }
      rule.times -= 1;
      return await befall(rule.fault, answer);
    },
  };
}

function matches({ method, path }: RequestMatch, asked: Pick<Asked, 'method' | 'path'>): boolean {
  if (method !== undefined && method !== asked.method) return false;
  return path === undefined || (typeof path === 'string' ? path === asked.path : path.test(asked.path));
}

async function befall(fault: Fault, answer: () => Promise<Reply>): Promise<Outcome> {
  if (fault.kind === 'limited') return limited(fault.status, fault.retryAfter);
  if (fault.kind === 'meanwhile') {
    await fault.run();
    return fault.lost ? 'cut' : await answer();
  }
  if (fault.kind === 'slow') {
    const reply = await answer();
    await sleep(fault.ms, undefined, { ref: false });
    return reply;
  }
  if (fault.done) await answer();
  if (fault.kind === 'cut') return fault.midway ? 'cut midway' : 'cut';
  return { status: 502, headers: { 'content-type': 'text/html' }, body: '<html><title>Bad Gateway</title></html>\n' };
}

function limited(status: number, retryAfter: number): Reply {
  const body = {
    documentation_url:
      'https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits',
    message: 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.',
    status: String(status),
  };
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', 'retry-after': String(retryAfter) },
    body: JSON.stringify(body),
  };
}
