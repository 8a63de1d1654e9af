/**
 * A double of GitHub on the loopback: its REST API and its git remote on one port, on the refs of one real repository. Every
 * request is checked against GitHub's OpenAPI document.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { answerApi, apiToken } from './api.ts';
import { type Events, makeEvents } from './events.ts';
import { type Faults, makeFaults } from './faults.ts';
import { initBare } from './git.ts';
import { answerGit, basicPassword } from './git-http.ts';
import { type Asked, listen, type Outcome, type Reply } from './http.ts';
import { checkRequest, type Violation } from './openapi.ts';
import { makePeople, type People } from './people.ts';
import { type FileChanges, openRefs, type Refs } from './refs.ts';
import { type CommentState, emptyState, type ForgeState, type IssueState, type Token, userOf } from './state.ts';

export type ForgeOptions = {
  /** Default: `octo` and `hello`. The owner is an admin. */
  owner?: string;
  name?: string;
  /** The first commit of `main`; default: a README. */
  files?: FileChanges;
  /** Whose the two tokens are; default: `github-actions[bot]`. */
  login?: string;
  /** More tokens. */
  tokens?: Token[];
  /** Whether git reads without a token. Default: no. */
  publicRead?: boolean;
  /** Milliseconds since 1970; default: the real time. */
  clock?: () => number;
};

/** A request as it came and what became of it. */
export type SeenRequest = {
  method: string;
  /** Percent-encoded, without the query. */
  path: string;
  query: Record<string, string>;
  /** JSON where it is that, otherwise undefined; git's are not kept. */
  body: unknown;
  /** The token's owner; null: no token, or a wrong one. */
  login: string | null;
  /** Whether git sent it. */
  git: boolean;
  /** Null: it was not answered, or is not yet. */
  status: number | null;
};

export type GitHubDouble = People & {
  /** The address of the REST API. */
  url: string;
  /** `OWNER/NAME`. */
  repository: string;
  /** What git talks to. */
  remote: string;
  tokens: { read: string; write: string };
  /** Every request, the oldest first. */
  requests: SeenRequest[];
  /** The requests that do not fit GitHub's document: none, in a test that goes well. */
  violations: Violation[];
  fail: Faults['add'];
  /** How many faults have not happened yet. */
  pendingFaults: Faults['pending'];
  events: Events;
  /** All that the double knows; for what no method shows. */
  state: ForgeState;
  refs: Refs;
  issues(): IssueState[];
  pulls(): IssueState[];
  /** The comments of an issue or a pull request, or all of them. */
  comments(number?: number): CommentState[];
  /** The branches and their commits. */
  branches(): Promise<Record<string, string>>;
  stop(): Promise<void>;
};

/** Starts a double; whoever starts it stops it. */
export async function startForge(options: ForgeOptions = {}): Promise<GitHubDouble> {
  const { owner = 'octo', name = 'hello', login = 'github-actions[bot]' } = options;
  const state = emptyState(owner, name, 'main', options.clock ?? Date.now);
  userOf(state, owner).role = 'admin';
  userOf(state, login);
  const tokens = { read: makeToken(), write: makeToken() };
  state.tokens.push({ token: tokens.read, login, scope: 'read' }, { token: tokens.write, login, scope: 'write' });
  state.tokens.push(...(options.tokens ?? []));
  const folder = mkdtempSync(join(tmpdir(), 'drydock-github-'));
  await initBare(join(folder, 'repository.git'));
  const refs = openRefs(join(folder, 'repository.git'));
  const people = makePeople(state, refs);
  await people.pushAs(owner, 'main', options.files ?? { 'README.md': '# Hello\n' }, { message: 'Start' });

  const faults = makeFaults();
  const requests: SeenRequest[] = [];
  const violations: Violation[] = [];
  const gitPath = new RegExp(`^/${owner}/${name}(?:\\.git)?(/.*)$`, 'i');
  const access = {
    ...{ gitDir: refs.gitDir, publicRead: options.publicRead ?? false },
    scopeOf: (token: string) => state.tokens.find((one) => one.token === token)?.scope ?? null,
  };

  const blobs = await listen(async (asked) => serveLog(state, asked));
  const server = await listen(async (asked) => {
    const service = /\/(info\/refs|git-[a-z-]+)$/.test(asked.path) ? gitPath.exec(asked.path)?.[1] : undefined;
    const seen = (body: unknown): SeenRequest => {
      const git = service !== undefined;
      const token = git ? basicPassword(asked.headers.authorization) : apiToken(asked.headers.authorization);
      const whose = state.tokens.find((one) => one.token === token)?.login ?? null;
      const { method, path } = asked;
      return { method, path, query: Object.fromEntries(asked.query), body, login: whose, git, status: null };
    };
    if (service !== undefined) return await noted(seen(undefined), asked, () => answerGit(asked, service, access));
    const checked = checkRequest(asked);
    if (checked.problems.length > 0) {
      violations.push({ method: asked.method, path: asked.path, problems: checked.problems });
    }
    const world = { state, refs, url: server.url, blobs: blobs.url };
    return await noted(seen(checked.body), asked, () => answerApi(asked, checked, world));
  });

  async function noted(seen: SeenRequest, asked: Asked, answer: () => Promise<Reply>): Promise<Outcome> {
    requests.push(seen);
    const outcome = await faults.around(asked, answer);
    if (typeof outcome === 'object') seen.status = outcome.status;
    return outcome;
  }

  return {
    ...people,
    url: server.url,
    repository: `${owner}/${name}`,
    remote: `${server.url}/${owner}/${name}.git`,
    ...{ tokens, requests, violations, fail: faults.add, pendingFaults: faults.pending, state, refs },
    events: makeEvents(state, refs, server.url),
    issues: () => state.issues.filter((issue) => issue.pull === null),
    pulls: () => state.issues.filter((issue) => issue.pull !== null),
    comments: (number) => state.comments.filter((comment) => number === undefined || comment.number === number),
    async branches() {
      const all = [...(await refs.list())].filter(([ref]) => ref.startsWith('refs/heads/'));
      return Object.fromEntries(all.map(([ref, commit]) => [ref.slice('refs/heads/'.length), commit]));
    },
    async stop() {
      await server.close();
      await blobs.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Shaped as GitHub's, so that what looks for secrets can find it; no two are the same. */
function makeToken(): string {
  return `ghs_${randomBytes(18).toString('hex')}`;
}

/** The other host, where logs are: like the storage behind GitHub, it takes no request that carries credentials. */
function serveLog(state: ForgeState, asked: Asked): Reply {
  const plain = (status: number, body: string): Reply => ({ status, headers: { 'content-type': 'text/plain' }, body });
  if (asked.headers.authorization !== undefined) return plain(400, 'credentials are not wanted here\n');
  const id = Number(/^\/logs\/(\d+)$/.exec(asked.path)?.[1]);
  const log = state.checks.find((check) => check.id === id)?.log ?? null;
  return log === null ? plain(404, 'not found\n') : plain(200, log);
}
