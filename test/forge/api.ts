/** One request to the REST API, from its bytes to its answer. */
import { type Answer, notFound, Refusal, type Route, refusalBody } from './call.ts';
import type { Asked, Reply } from './http.ts';
import type { Checked } from './openapi.ts';
import type { Operation } from './operations.ts';
import type { Refs } from './refs.ts';
import { ISSUE_ROUTES } from './routes-issues.ts';
import { PULL_ROUTES } from './routes-pulls.ts';
import { REPOSITORY_ROUTES } from './routes-repository.ts';
import { type ForgeState, setOpen, type Token } from './state.ts';

const ROUTES: Record<Operation, Route> = { ...REPOSITORY_ROUTES, ...ISSUE_ROUTES, ...PULL_ROUTES };

/** GitHub's own: of a page, and where nothing is asked for. */
const MOST_PER_PAGE = 100;
const PER_PAGE = 30;

/** The token of a request to the API; null: none was sent. */
export function apiToken(header: string | undefined): string | null {
  return /^(?:token|bearer) +(\S+)$/i.exec(header ?? '')?.[1] ?? (header === undefined ? null : '');
}

export type ApiWorld = { state: ForgeState; refs: Refs; url: string; blobs: string };

/** Answers a request whose shape `checked` has the truth about. */
export async function answerApi(asked: Asked, checked: Checked, world: ApiWorld): Promise<Reply> {
  try {
    return asReply(await answer(asked, checked, world), asked, world);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return json(error.status, refusalBody(error));
  }
}

async function answer(asked: Asked, checked: Checked, world: ApiWorld): Promise<Answer> {
  const { state, refs, url, blobs } = world;
  if (asked.headers['user-agent'] === undefined) throw new Refusal(403, 'Request forbidden by administrative rules.');
  const token = authenticated(state, asked.headers.authorization);
  if (checked.operation === null || checked.problems.length > 0) {
    throw new Refusal(422, 'The request does not fit the OpenAPI document', checked.problems);
  }
  const { owner, repo } = checked.params;
  const here = owner?.toLowerCase() === state.owner.toLowerCase() && repo?.toLowerCase() === state.name.toLowerCase();
  // Whoever has no token, or one for another place, is not even told that a private repository is there.
  if (token === null || (owner !== undefined && !here)) throw notFound();
  if (asked.method !== 'GET' && token.scope !== 'write') {
    throw new Refusal(403, 'Resource not accessible by integration');
  }
  const view = { state, url, refs: await followRefs(state, refs) };
  const { params, body } = checked;
  const accept = asked.headers.accept ?? '';
  return await ROUTES[checked.operation]({
    ...{ state, refs, view, params, query: asked.query, body, login: token.login, accept, blobs },
  });
}

function authenticated(state: ForgeState, header: string | undefined): Token | null {
  const sent = apiToken(header);
  if (sent === null) return null;
  const token = state.tokens.find((one) => one.token === sent);
  if (token === undefined) throw new Refusal(401, 'Bad credentials');
  return token;
}

/**
 * Lets the pull requests follow the refs as they are now: `refs/pull/N/head` is where the branch is, and a pull request
 * whose branch is gone is closed. Gives all refs.
 */
export async function followRefs(state: ForgeState, refs: Refs): Promise<Map<string, string>> {
  const all = await refs.list();
  for (const issue of state.issues) {
    if (!issue.open || issue.pull?.headRepository !== `${state.owner}/${state.name}`) continue;
    const live = all.get(`refs/heads/${issue.pull.head}`);
    const kept = `refs/pull/${issue.number}/head`;
    if (live === undefined) setOpen(state, issue, false);
    else if (live !== all.get(kept)) {
      await refs.set(kept, live);
      all.set(kept, live);
      issue.updatedAt = state.now();
    }
  }
  return all;
}

function json(status: number, body: unknown, headers: Record<string, string> = {}): Reply {
  const common = {
    ...{ 'content-type': 'application/json; charset=utf-8', 'x-github-media-type': 'github.v3; format=json' },
    ...{ 'x-ratelimit-limit': '5000', 'x-ratelimit-remaining': '4999', 'x-ratelimit-resource': 'core' },
  };
  return { status, headers: { ...common, ...headers }, body: JSON.stringify(body) };
}

function asReply(answered: Answer, asked: Asked, world: ApiWorld): Reply {
  if ('text' in answered) return { status: answered.status, headers: answered.headers, body: answered.text };
  if ('json' in answered) return json(answered.status, answered.json);
  const perPage = Math.min(MOST_PER_PAGE, Math.max(1, Number(asked.query.get('per_page') ?? PER_PAGE)));
  const page = Math.max(1, Number(asked.query.get('page') ?? 1));
  const last = Math.max(1, Math.ceil(answered.list.length / perPage));
  const cut = answered.list.slice((page - 1) * perPage, page * perPage);
  const to = (target: number, rel: string) => {
    const query = new URLSearchParams(asked.query);
    query.set('page', String(target));
    return `<${world.url}${asked.path}?${query}>; rel="${rel}"`;
  };
  const links = [
    ...(page > 1 ? [to(page - 1, 'prev')] : []),
    ...(page < last ? [to(page + 1, 'next'), to(last, 'last')] : []),
    ...(page > 1 ? [to(1, 'first')] : []),
  ];
  const headers: Record<string, string> = links.length === 0 ? {} : { link: links.join(', ') };
  return json(200, answered.wrap === undefined ? cut : answered.wrap(cut, answered.list.length), headers);
}
