/** What the double knows beside the repository's refs: plain data, changed only by `people.ts` and the routes. */

/** As GitHub names them. */
export const ROLES = ['none', 'read', 'triage', 'write', 'maintain', 'admin'] as const;
export type Role = (typeof ROLES)[number];

export type User = { id: number; login: string; bot: boolean; role: Role };

export type PullState = {
  /** The branch's name, without its owner. */
  head: string;
  /** The `OWNER/NAME` of the head; null: that repository is gone. */
  headRepository: string | null;
  base: string;
  draft: boolean;
  merged: boolean;
  mergeCommit: string | null;
};

/** An issue, or a pull request: they share their numbers. Times are ISO 8601 to the second, as GitHub has them. */
export type IssueState = {
  id: number;
  number: number;
  title: string;
  body: string | null;
  author: string;
  open: boolean;
  labels: string[];
  createdAt: string;
  updatedAt: string;
  closedAt: string | null;
  pull: PullState | null;
};

export type CommentState = {
  id: number;
  /** The issue's or the pull request's. */
  number: number;
  author: string;
  body: string;
  createdAt: string;
  updatedAt: string;
  /** Who reacted, and how. */
  reactions: { login: string; content: string }[];
};

/** A comment on lines of a pull request. */
export type ReviewCommentState = CommentState & {
  path: string;
  line: number | null;
  diffHunk: string;
  commit: string;
  inReplyTo: number | null;
};

export type ReviewState = {
  id: number;
  pull: number;
  author: string;
  body: string;
  state: 'approved' | 'changes_requested' | 'commented';
  commit: string;
  submittedAt: string;
};

/** A check run; one of GitHub Actions is a job too, with the same id. */
export type CheckState = {
  id: number;
  sha: string;
  name: string;
  /** Null: it has not ended. */
  conclusion: string | null;
  /** What the job has written; null: it is gone, or another app's check that has none. */
  log: string | null;
  /** The app that made it, `github-actions` for a job. */
  app: string;
  /** The text that the check shows. */
  summary: string | null;
  startedAt: string;
  completedAt: string | null;
};

/** The older kind of check: a state that something set on a commit. */
export type StatusState = { id: number; sha: string; context: string; state: string; description: string; at: string };

export type Token = { token: string; login: string; scope: 'read' | 'write' };

export type ForgeState = {
  owner: string;
  name: string;
  defaultBranch: string;
  users: User[];
  tokens: Token[];
  issues: IssueState[];
  comments: CommentState[];
  reviewComments: ReviewCommentState[];
  reviews: ReviewState[];
  checks: CheckState[];
  statuses: StatusState[];
  /** A new id, never given before. */
  nextId(): number;
  /** The time, a second later at each call, so that all times differ. */
  now(): string;
};

/** An empty state. `clock`: milliseconds since 1970. */
export function emptyState(owner: string, name: string, defaultBranch: string, clock: () => number): ForgeState {
  let id = 1_000;
  let last = 0;
  return {
    ...{ owner, name, defaultBranch },
    ...{ users: [], tokens: [], issues: [], comments: [], reviewComments: [], reviews: [], checks: [], statuses: [] },
    nextId: () => ++id,
    now() {
      last = Math.max(last + 1, Math.floor(clock() / 1000));
      return new Date(last * 1000).toISOString().replace('.000Z', 'Z');
    },
  };
}

/** The user; one that nobody has added is made, without any permission, as GitHub has users who are no collaborators. */
export function userOf(state: ForgeState, login: string): User {
  const known = state.users.find((user) => user.login.toLowerCase() === login.toLowerCase());
  if (known !== undefined) return known;
  const user: User = { id: state.nextId(), login, bot: login.endsWith('[bot]'), role: 'none' };
  state.users.push(user);
  return user;
}

/** The issue or pull request of a number. Throws where there is none: a test has the wrong number. */
export function issueOf(state: ForgeState, number: number): IssueState {
  const issue = state.issues.find((one) => one.number === number);
  if (issue === undefined) throw new Error(`the double has no issue ${number}`);
  return issue;
}

/** Adds an issue, or with `pull` a pull request, under the next number. */
export function addIssue(
  state: ForgeState,
  fields: Pick<IssueState, 'title' | 'body' | 'author' | 'labels' | 'pull'>,
): IssueState {
  userOf(state, fields.author);
  const at = state.now();
  const issue: IssueState = {
    ...fields,
    id: state.nextId(),
    number: state.issues.length + 1,
    open: true,
    createdAt: at,
    updatedAt: at,
    closedAt: null,
  };
  state.issues.push(issue);
  return issue;
}

/** Adds a comment, and the issue counts as updated. */
export function addComment(state: ForgeState, number: number, author: string, body: string): CommentState {
  userOf(state, author);
  const at = state.now();
  const comment = { id: state.nextId(), number, author, body, createdAt: at, updatedAt: at, reactions: [] };
  state.comments.push(comment);
  issueOf(state, number).updatedAt = at;
  return comment;
}

/** Opens or closes an issue or a pull request. */
export function setOpen(state: ForgeState, issue: IssueState, open: boolean): void {
  issue.open = open;
  issue.updatedAt = state.now();
  issue.closedAt = open ? null : issue.updatedAt;
}
