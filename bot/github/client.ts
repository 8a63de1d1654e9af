/** Octokit, with the bot's rules of what may be sent twice, how long may be waited, and what an answer must look like. */
import { randomUUID } from 'node:crypto';
import { Octokit } from '@octokit/core';
import { retry } from '@octokit/plugin-retry';
import { throttling } from '@octokit/plugin-throttling';
import * as z from 'zod';
import manifest from '../../package.json' with { type: 'json' };
import type { Environment } from '../../sandbox/index.ts';
import { explain, GitHubError, isRateLimit } from './failure.ts';
import { apiFetch } from './transport.ts';

/** After a failure of GitHub's or of the network. */
const RETRIES = 3;
/** GitHub's secondary limits last a minute; who must wait longer is told when to come back. */
const MAX_WAIT_SECONDS = 60;
const MAX_WAITS = 3;
const PER_PAGE = 100;

/** A request: its route as GitHub's documentation writes it, what goes into it, and the permission that it takes. */
export type Call = { route: string; parameters?: Record<string, unknown>; needs: string };

export type Client = {
  /** Sends it and parses the answer. Throws `GitHubError`. */
  ask<T>(schema: z.ZodType<T>, call: Call): Promise<T>;
  /** All pages of a list; one with more than `maxPages` is an error, since half a list would be taken for the whole. */
  list<T>(schema: z.ZodType<T[]>, call: Call, maxPages: number): Promise<T[]>;
  /** Where GitHub sends whoever asks for this; null: nowhere. */
  whereTo(call: Call): Promise<string | null>;
};

export type ClientOptions = {
  api: string;
  token: string | null;
  env: Environment;
  /** How long a second of waiting is; tests have no time. */
  secondMs?: number;
};

/** Octokit's throttling knows a limit by its words only; `retry-after` says the same, whatever the words. */
function nameLimits(octokit: Octokit): void {
  octokit.hook.error('request', (error) => {
    const { status, response } = { status: 0, response: undefined, ...narrow(error) };
    if (response?.headers['retry-after'] !== undefined && isRateLimit(status, error.message, response.headers)) {
      error.message = `${error.message} (a secondary rate limit)`;
    }
    throw error;
  });
}

const failed = z.object({ status: z.number(), response: z.object({ headers: z.record(z.string(), z.unknown()) }) });
const narrow = (error: unknown) => failed.safeParse(error).data;

const Throttled = Octokit.plugin(nameLimits, retry, throttling);
const silent = { debug() {}, info() {}, warn() {}, error() {} };

/** Opens the way to GitHub's REST API. Nothing is asked yet. */
export function openClient({ api, token, env, secondMs = 1000 }: ClientOptions): Client {
  const wantsRetry = (seconds: number, _request: object, _octokit: unknown, count: number) =>
    seconds <= MAX_WAIT_SECONDS && count < MAX_WAITS;
  const octokit = new Throttled({
    baseUrl: api.replace(/\/+$/, ''),
    userAgent: `drydock/${manifest.version}`,
    ...(token !== null && { auth: token }),
    log: silent,
    request: { fetch: apiFetch(api, env), log: silent },
    // 429 is a rate limit too, and those are the throttling's.
    retry: {
      retries: RETRIES,
      doNotRetry: [400, 401, 403, 404, 409, 410, 422, 429, 451],
      retryAfterBaseValue: secondMs,
    },
    // Its queues live in the module, by id: another token's have nothing to do with these.
    throttle: {
      id: randomUUID(),
      retryAfterBaseValue: secondMs,
      onRateLimit: wantsRetry,
      onSecondaryRateLimit: wantsRetry,
    },
  });

  async function send({ route, parameters = {}, needs }: Call) {
    const { method, url } = octokit.request.endpoint(route, parameters);
    const request = `${method} ${new URL(url).pathname}`;
    // What makes something is sent once: a failure does not say that nothing was made. A rate limit does.
    const once = method === 'POST' ? { request: { retries: 0 } } : {};
    try {
      const answer = await octokit.request(route, { ...parameters, ...once });
      return { request, status: answer.status, headers: answer.headers, data: z.unknown().parse(answer.data) };
    } catch (error) {
      throw explain(error, { request, needs, token });
    }
  }

  async function sendAndStay(call: Call) {
    const answer = await send(call);
    if (answer.status < 300) return answer;
    const hint = 'if the repository was renamed, give its new name';
    throw new GitHubError(answer.status, `what ${answer.request} is about has moved`, hint);
  }

  return {
    async ask(schema, call) {
      const { request, data } = await sendAndStay(call);
      return parse(schema, data, request);
    },
    async list(schema, call, maxPages) {
      const all = [];
      for (let page = 1; ; page++) {
        const parameters = { ...call.parameters, per_page: PER_PAGE, page };
        const { request, data, headers } = await sendAndStay({ ...call, parameters });
        all.push(...parse(schema, data, request));
        if (!/;\s*rel="next"/.test(headers.link ?? '')) return all;
        if (page === maxPages) {
          throw new GitHubError(
            0,
            `GitHub has more than ${maxPages * PER_PAGE} entries for ${request}, too many to read`,
          );
        }
      }
    },
    async whereTo(call) {
      const { status, headers } = await send(call);
      return status >= 300 && status < 400 ? (headers.location ?? null) : null;
    },
  };
}

function parse<T>(schema: z.ZodType<T>, data: unknown, request: string): T {
  const parsed = schema.safeParse(data);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const where = issue === undefined || issue.path.length === 0 ? '' : ` at ${issue.path.join('.')}`;
  const hint = 'see whether the address of the API is that of a GitHub';
  throw new GitHubError(0, `the answer to ${request} is not as GitHub writes it${where}: ${issue?.message}`, hint);
}
