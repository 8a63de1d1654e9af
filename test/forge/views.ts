/** The state of the double in the words of GitHub's REST API. */
import type {
  CheckState,
  CommentState,
  ForgeState,
  IssueState,
  ReviewCommentState,
  ReviewState,
  StatusState,
} from './state.ts';
import { issueOf, userOf } from './state.ts';

/** What every view needs: the state, the forge's address, and the refs as they are now. */
export type View = { state: ForgeState; url: string; refs: ReadonlyMap<string, string> };

const repo = (view: View) => `${view.url}/repos/${view.state.owner}/${view.state.name}`;
const page = (view: View) => `${view.url}/${view.state.owner}/${view.state.name}`;
const fullName = (view: View) => `${view.state.owner}/${view.state.name}`;

export function userView(view: View, login: string) {
  const user = userOf(view.state, login);
  const slug = encodeURIComponent(user.login);
  return {
    ...{ login: user.login, id: user.id, node_id: `U_${user.id}`, avatar_url: '', gravatar_id: '' },
    ...{ url: `${view.url}/users/${slug}`, html_url: `${view.url}/${slug}` },
    ...{ type: user.bot ? 'Bot' : 'User', site_admin: false },
  };
}

export function repositoryView(view: View) {
  const { owner, name, defaultBranch } = view.state;
  return {
    ...{ id: 1, node_id: 'R_1', name, full_name: fullName(view), private: true, fork: false, archived: false },
    ...{ owner: userView(view, owner), description: null, default_branch: defaultBranch, visibility: 'private' },
    ...{ url: repo(view), html_url: page(view), clone_url: `${page(view)}.git`, has_issues: true, disabled: false },
  };
}

function association({ state }: View, login: string): string {
  if (login === state.owner) return 'OWNER';
  return ['none', 'read'].includes(userOf(state, login).role) ? 'NONE' : 'COLLABORATOR';
}

export function labelView(view: View, name: string) {
  const url = `${repo(view)}/labels/${encodeURIComponent(name)}`;
  return { id: 1, node_id: 'LA_1', url, name, color: 'ededed', default: false, description: null };
}

/** A pull request is an issue too; `pull_request` says so. */
export function issueView(view: View, issue: IssueState) {
  const kind = issue.pull === null ? 'issues' : 'pull';
  const html = `${page(view)}/${kind}/${issue.number}`;
  const pullUrl = `${repo(view)}/pulls/${issue.number}`;
  const pull = { url: pullUrl, html_url: html, diff_url: `${html}.diff`, patch_url: `${html}.patch`, merged_at: null };
  return {
    ...{ id: issue.id, node_id: `I_${issue.id}`, number: issue.number, title: issue.title, body: issue.body },
    ...{ url: `${repo(view)}/issues/${issue.number}`, repository_url: repo(view), html_url: html },
    ...{ user: userView(view, issue.author), author_association: association(view, issue.author) },
    ...{ state: issue.open ? 'open' : 'closed', state_reason: issue.open ? null : 'completed', locked: false },
    labels: issue.labels.map((name) => labelView(view, name)),
    comments: view.state.comments.filter((comment) => comment.number === issue.number).length,
    ...{ assignee: null, assignees: [], milestone: null, active_lock_reason: null },
    ...{ created_at: issue.createdAt, updated_at: issue.updatedAt, closed_at: issue.closedAt },
    ...(issue.pull === null ? {} : { draft: issue.pull.draft, pull_request: pull }),
  };
}

/** The head of a pull request: its branch if that is there, else where it was when it went. */
export function headOf(view: View, issue: IssueState): string {
  const live = view.refs.get(`refs/heads/${issue.pull?.head}`);
  const kept = view.refs.get(`refs/pull/${issue.number}/head`);
  const own = issue.pull?.headRepository === fullName(view) && issue.open;
  return (own ? live : undefined) ?? kept ?? '';
}

/** What a list of pull requests has of each: it does not say `merged`, only when. */
export function pullInListView(view: View, issue: IssueState) {
  const { merged, ...rest } = pullView(view, issue);
  return rest;
}

export function pullView(view: View, issue: IssueState) {
  const { pull } = issue;
  if (pull === null) throw new Error(`${issue.number} is not a pull request`);
  const url = `${repo(view)}/pulls/${issue.number}`;
  const html = `${page(view)}/pull/${issue.number}`;
  const [headOwner = view.state.owner] = pull.headRepository?.split('/') ?? [];
  const side = (owner: string, branch: string, sha: string, where: object | null) => ({
    ...{ label: `${owner}:${branch}`, ref: branch, sha, user: userView(view, owner), repo: where },
  });
  const own = repositoryView(view);
  const fork = { ...own, id: 2, full_name: pull.headRepository, owner: userView(view, headOwner), fork: true };
  const headRepo = pull.headRepository === null ? null : pull.headRepository === fullName(view) ? own : fork;
  const baseSha = view.refs.get(`refs/heads/${pull.base}`) ?? '';
  return {
    ...{ id: issue.id, node_id: `PR_${issue.id}`, number: issue.number, title: issue.title, body: issue.body },
    ...{ url, html_url: html, diff_url: `${html}.diff`, patch_url: `${html}.patch` },
    ...{ issue_url: `${repo(view)}/issues/${issue.number}`, user: userView(view, issue.author) },
    ...{ state: issue.open ? 'open' : 'closed', locked: false, draft: pull.draft, merged: pull.merged },
    ...{ merged_at: pull.merged ? issue.closedAt : null, merge_commit_sha: pull.mergeCommit },
    ...{ created_at: issue.createdAt, updated_at: issue.updatedAt, closed_at: issue.closedAt },
    labels: issue.labels.map((name) => labelView(view, name)),
    ...{ assignee: null, assignees: [], requested_reviewers: [], requested_teams: [], milestone: null },
    head: side(headOwner, pull.head, headOf(view, issue), headRepo),
    base: side(view.state.owner, pull.base, baseSha, own),
    ...{ author_association: association(view, issue.author), auto_merge: null, active_lock_reason: null },
  };
}

function commentFields(view: View, comment: CommentState) {
  return {
    ...{ id: comment.id, node_id: `C_${comment.id}`, body: comment.body, user: userView(view, comment.author) },
    ...{ created_at: comment.createdAt, updated_at: comment.updatedAt },
    author_association: association(view, comment.author),
  };
}

export function commentView(view: View, comment: CommentState) {
  const kind = issueOf(view.state, comment.number).pull === null ? 'issues' : 'pull';
  return {
    ...commentFields(view, comment),
    url: `${repo(view)}/issues/comments/${comment.id}`,
    html_url: `${page(view)}/${kind}/${comment.number}#issuecomment-${comment.id}`,
    issue_url: `${repo(view)}/issues/${comment.number}`,
  };
}

export function reviewCommentView(view: View, comment: ReviewCommentState) {
  return {
    ...commentFields(view, comment),
    url: `${repo(view)}/pulls/comments/${comment.id}`,
    html_url: `${page(view)}/pull/${comment.number}#discussion_r${comment.id}`,
    pull_request_url: `${repo(view)}/pulls/${comment.number}`,
    ...{ path: comment.path, line: comment.line, original_line: comment.line, side: 'RIGHT' },
    ...{ diff_hunk: comment.diffHunk, commit_id: comment.commit, original_commit_id: comment.commit },
    // GitHub leaves the field out where a comment begins a thread.
    ...(comment.inReplyTo === null ? {} : { in_reply_to_id: comment.inReplyTo }),
  };
}

export function reviewView(view: View, review: ReviewState) {
  return {
    ...{ id: review.id, node_id: `PRR_${review.id}`, user: userView(view, review.author), body: review.body },
    ...{ state: review.state, commit_id: review.commit, submitted_at: review.submittedAt },
    html_url: `${page(view)}/pull/${review.pull}#pullrequestreview-${review.id}`,
    pull_request_url: `${repo(view)}/pulls/${review.pull}`,
    author_association: association(view, review.author),
  };
}

export function checkView(view: View, check: CheckState) {
  const job = `${page(view)}/actions/runs/${check.id}/job/${check.id}`;
  const url = `${repo(view)}/check-runs/${check.id}`;
  return {
    ...{ id: check.id, node_id: `CR_${check.id}`, head_sha: check.sha, external_id: '', name: check.name },
    ...{ url, html_url: job, details_url: job },
    ...{ status: check.conclusion === null ? 'in_progress' : 'completed', conclusion: check.conclusion },
    ...{ started_at: check.startedAt, completed_at: check.completedAt },
    output: {
      ...{ title: null, summary: check.summary, text: null },
      ...{ annotations_count: 0, annotations_url: `${url}/annotations` },
    },
    ...{ check_suite: { id: check.id }, app: { id: 15368, slug: check.app, name: check.app }, pull_requests: [] },
  };
}

export function statusView(view: View, status: StatusState) {
  return {
    ...{ id: status.id, node_id: `SC_${status.id}`, state: status.state, context: status.context },
    ...{ description: status.description, target_url: null, url: `${repo(view)}/statuses/${status.sha}` },
    ...{ avatar_url: '', created_at: status.at, updated_at: status.at },
  };
}
