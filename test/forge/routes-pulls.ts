/** Pull requests: GitHub's own rules of which may be opened, on the refs as they are. */
import { z } from 'zod';
import { type Answer, type Call, checkTexts, invalid, notFound, type Route } from './call.ts';
import type { Operation } from './operations.ts';
import { addIssue, type IssueState, setOpen } from './state.ts';
import { pullInListView, pullView } from './views.ts';

const newPullSchema = z.object({
  title: z.string().optional(),
  head: z.string(),
  base: z.string(),
  body: z.string().optional(),
  draft: z.boolean().default(false),
});
const pullChangeSchema = z.object({
  title: z.string().optional(),
  body: z.string().optional(),
  state: z.enum(['open', 'closed']).optional(),
  base: z.string().optional(),
});

const RESOURCE = 'PullRequest';
const fieldInvalid = (field: string) => invalid({ resource: RESOURCE, field, code: 'invalid' });
const custom = (message: string) => invalid({ resource: RESOURCE, code: 'custom', message });

function pullAt(call: Call): IssueState & { pull: NonNullable<IssueState['pull']> } {
  const found = call.state.issues.find((one) => one.number === Number(call.params.pull_number));
  if (!isPull(found)) throw notFound();
  return found;
}

function isPull(issue: IssueState | undefined): issue is IssueState & { pull: NonNullable<IssueState['pull']> } {
  return issue !== undefined && issue.pull !== null;
}

function list(call: Call): Answer {
  const state = call.query.get('state') ?? 'open';
  const base = call.query.get('base');
  // Without an owner the filter has no effect, as at GitHub.
  const [, owner, branch] = /^([^:]+):(.+)$/.exec(call.query.get('head') ?? '') ?? [];
  const sort = call.query.get('sort') ?? 'created';
  const down = (call.query.get('direction') ?? (sort === 'created' ? 'desc' : 'asc')) === 'desc';
  const pulls = call.state.issues.filter(isPull).filter((issue) => {
    const isOwner = issue.pull.headRepository?.split('/')[0]?.toLowerCase() === owner?.toLowerCase();
    const rightHead = branch === undefined || (issue.pull.head === branch && isOwner);
    const rightState = state === 'all' || issue.open === (state === 'open');
    return rightHead && rightState && (base === null || issue.pull.base === base);
  });
  const key = (issue: IssueState) => (sort === 'updated' ? issue.updatedAt : issue.createdAt);
  pulls.sort((a, b) => key(a).localeCompare(key(b)) || a.number - b.number);
  if (down) pulls.reverse();
  return { list: pulls.map((issue) => pullInListView(call.view, issue)) };
}

async function open(call: Call): Promise<Answer> {
  const { state, refs, view } = call;
  const asked = newPullSchema.parse(call.body);
  if (asked.title === undefined) throw invalid({ resource: 'Issue', code: 'missing_field', field: 'title' });
  checkTexts('Issue', asked);
  const own = `${state.owner}/${state.name}`;
  const head = asked.head.startsWith(`${state.owner}:`) ? asked.head.slice(state.owner.length + 1) : asked.head;
  const headSha = view.refs.get(`refs/heads/${head}`);
  const baseSha = view.refs.get(`refs/heads/${asked.base}`);
  if (headSha === undefined) throw fieldInvalid('head');
  if (baseSha === undefined) throw fieldInvalid('base');
  const twin = state.issues.find(
    ({ open: isOpen, pull }) =>
      isOpen && pull !== null && pull.head === head && pull.base === asked.base && pull.headRepository === own,
  );
  if (twin !== undefined) throw custom(`A pull request already exists for ${state.owner}:${head}.`);
  if (await refs.isAncestor(headSha, baseSha)) throw custom(`No commits between ${asked.base} and ${head}`);
  const issue = addIssue(state, {
    ...{ title: asked.title, body: asked.body ?? null, author: call.login, labels: [] },
    pull: {
      ...{ head, headRepository: own, base: asked.base, draft: asked.draft, merged: false, mergeCommit: null },
    },
  });
  await refs.set(`refs/pull/${issue.number}/head`, headSha);
  return { status: 201, json: pullView(view, issue) };
}

function change(call: Call): Answer {
  const issue = pullAt(call);
  const asked = pullChangeSchema.parse(call.body ?? {});
  checkTexts('Issue', asked);
  if (asked.base !== undefined && !call.view.refs.has(`refs/heads/${asked.base}`)) throw fieldInvalid('base');
  if (asked.state === 'open' && !issue.open) {
    const there = call.view.refs.has(`refs/heads/${issue.pull.head}`);
    if (issue.pull.merged || !there) {
      const why = issue.pull.merged ? 'merged' : 'deleted';
      const message = `state cannot be changed. The ${issue.pull.head} branch has been ${why}.`;
      throw invalid({ resource: RESOURCE, code: 'invalid', field: 'state', message });
    }
  }
  issue.title = asked.title ?? issue.title;
  issue.body = asked.body ?? issue.body;
  issue.pull.base = asked.base ?? issue.pull.base;
  if (asked.state !== undefined && (asked.state === 'open') !== issue.open) {
    setOpen(call.state, issue, asked.state === 'open');
  }
  issue.updatedAt = call.state.now();
  return { status: 200, json: pullView(call.view, issue) };
}

export const PULL_ROUTES = {
  'GET /repos/{owner}/{repo}/pulls': list,
  'POST /repos/{owner}/{repo}/pulls': open,
  'GET /repos/{owner}/{repo}/pulls/{pull_number}': (call) => ({ status: 200, json: pullView(call.view, pullAt(call)) }),
  'PATCH /repos/{owner}/{repo}/pulls/{pull_number}': change,
} satisfies Partial<Record<Operation, Route>>;
