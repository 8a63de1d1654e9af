/** What people and other programs do at the forge, so that a test can tell a story. Whoever is named comes to be a user. */
import { followRefs } from './api.ts';
import type { FileChanges, Refs } from './refs.ts';
import {
  addComment,
  addIssue,
  type CheckState,
  type CommentState,
  type ForgeState,
  type IssueState,
  issueOf,
  type ReviewCommentState,
  type ReviewState,
  type Role,
  setOpen,
  userOf,
} from './state.ts';

export type People = ReturnType<typeof makePeople>;

/** The doings of people on a state and its repository. */
export function makePeople(state: ForgeState, refs: Refs) {
  const own = `${state.owner}/${state.name}`;
  const seconds = () => Math.floor(Date.parse(state.now()) / 1000);
  const headSha = (number: number) => refs.resolve(`refs/pull/${number}/head`);

  function pullOf(number: number) {
    const issue = issueOf(state, number);
    if (issue.pull === null) throw new Error(`${number} is not a pull request of the double`);
    return { issue, pull: issue.pull };
  }

  async function needed(branch: string): Promise<string> {
    const commit = await refs.resolve(branch);
    if (commit === null) throw new Error(`the double has no branch ${branch}`);
    return commit;
  }

  async function addPull(author: string, pull: NewPull, head: string, headRepository: string | null, commit: string) {
    const issue = addIssue(state, {
      ...{ title: pull.title ?? head, body: pull.body ?? null, author, labels: [] },
      pull: {
        ...{ head, headRepository, base: pull.base ?? state.defaultBranch },
        ...{ draft: pull.draft ?? false, merged: false, mergeCommit: null },
      },
    });
    await refs.set(`refs/pull/${issue.number}/head`, commit);
    return issue;
  }

  return {
    /** Adds a user, or gives one another role. A login that ends in `[bot]` is a bot's. */
    addUser(login: string, role: Role): void {
      userOf(state, login).role = role;
    },
    /** Deletes a user: GitHub then knows nobody of that name. */
    removeUser(login: string): void {
      state.users = state.users.filter((user) => user.login !== login);
    },

    openIssue(author: string, issue: { title: string; body?: string | null; labels?: string[] }): IssueState {
      return addIssue(state, {
        ...{ author, title: issue.title, body: issue.body ?? null },
        ...{ labels: issue.labels ?? [], pull: null },
      });
    },
    /** Changes an issue's or a pull request's texts. */
    edit(number: number, texts: { title?: string; body?: string }): void {
      Object.assign(issueOf(state, number), texts, { updatedAt: state.now() });
    },
    label(number: number, name: string): void {
      const issue = issueOf(state, number);
      if (!issue.labels.includes(name)) issue.labels.push(name);
      issue.updatedAt = state.now();
    },
    unlabel(number: number, name: string): void {
      const issue = issueOf(state, number);
      issue.labels = issue.labels.filter((label) => label !== name);
      issue.updatedAt = state.now();
    },
    /** Comments on an issue, or in a pull request's conversation. */
    comment: (author: string, number: number, body: string): CommentState => addComment(state, number, author, body),
    editComment(id: number, body: string): void {
      const comment = state.comments.find((one) => one.id === id);
      if (comment === undefined) throw new Error(`the double has no comment ${id}`);
      Object.assign(comment, { body, updatedAt: state.now() });
    },
    removeComment(id: number): void {
      state.comments = state.comments.filter((comment) => comment.id !== id);
    },
    /** Comments on a line of a pull request, or with `inReplyTo` answers a comment on one. */
    async reviewComment(author: string, number: number, comment: NewReviewComment): Promise<ReviewCommentState> {
      userOf(state, author);
      const at = state.now();
      const made: ReviewCommentState = {
        ...{ id: state.nextId(), number, author, body: comment.body, createdAt: at, updatedAt: at, reactions: [] },
        ...{ path: comment.path, line: comment.line === undefined ? 1 : comment.line },
        diffHunk: comment.diffHunk ?? '@@ -1 +1 @@\n-old\n+new',
        ...{ commit: (await headSha(number)) ?? '', inReplyTo: comment.inReplyTo ?? null },
      };
      state.reviewComments.push(made);
      return made;
    },
    async review(
      author: string,
      number: number,
      review: { body: string; state?: ReviewState['state'] },
    ): Promise<ReviewState> {
      userOf(state, author);
      const made: ReviewState = {
        ...{ id: state.nextId(), pull: number, author, body: review.body, state: review.state ?? 'commented' },
        ...{ commit: (await headSha(number)) ?? '', submittedAt: state.now() },
      };
      state.reviews.push(made);
      return made;
    },

    /** Opens a pull request of a branch that is there. */
    async openPull(author: string, head: string, pull: NewPull = {}): Promise<IssueState> {
      return await addPull(author, pull, head, own, await needed(head));
    },
    /** Opens a pull request from the author's fork: its commit is only at `refs/pull/N/head`. `gone`: the fork is deleted. */
    async openForkPull(author: string, head: string, files: FileChanges, pull: NewPull & { gone?: boolean } = {}) {
      const parent = await needed(pull.base ?? state.defaultBranch);
      const ref = `refs/pull/${state.issues.length + 1}/head`;
      const commit = await refs.commit({ ref, parent, files, author, message: head, time: seconds() });
      return await addPull(author, pull, head, pull.gone ? null : `${author}/${state.name}`, commit);
    },
    /** Closes an issue or a pull request. */
    close: (number: number): void => setOpen(state, issueOf(state, number), false),
    reopen: (number: number): void => setOpen(state, issueOf(state, number), true),
    /** Makes a real merge in the base, and closes the pull request and the issues that its text says it closes. */
    async mergePull(number: number): Promise<void> {
      const { issue, pull } = pullOf(number);
      await followRefs(state, refs);
      const head = (await headSha(number)) ?? '';
      pull.mergeCommit = await refs.merge(await needed(pull.base), head, `Merge pull request #${number}`);
      await refs.set(`refs/heads/${pull.base}`, pull.mergeCommit);
      pull.merged = true;
      setOpen(state, issue, false);
      for (const [, closed] of (issue.body ?? '').matchAll(/\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):? #(\d+)/gi)) {
        const other = state.issues.find((one) => one.number === Number(closed));
        if (other?.open) setOpen(state, other, false);
      }
    },

    /** Pushes one commit. A branch that is not there begins at `from` (default: the default branch). Gives its id. */
    async pushAs(
      author: string,
      branch: string,
      files: FileChanges,
      { message = 'A change', from = state.defaultBranch }: { message?: string; from?: string } = {},
    ): Promise<string> {
      const parent = (await refs.resolve(branch)) ?? (await refs.resolve(from));
      const ref = `refs/heads/${branch}`;
      const commit = await refs.commit({ ref, parent, files, author, message, time: seconds() });
      await followRefs(state, refs);
      return commit;
    },
    /** Points a branch anywhere, as a push by force does. */
    async forceBranch(branch: string, commit: string): Promise<void> {
      await refs.set(`refs/heads/${branch}`, commit);
      await followRefs(state, refs);
    },
    /** Renames a branch; open pull requests from it and into it follow, as at GitHub. */
    async renameBranch(from: string, to: string): Promise<void> {
      await refs.set(`refs/heads/${to}`, await needed(from));
      for (const { open, pull } of state.issues) {
        if (!open || pull === null) continue;
        if (pull.head === from && pull.headRepository === own) pull.head = to;
        if (pull.base === from) pull.base = to;
      }
      await refs.remove(`refs/heads/${from}`);
    },
    /** Deletes a branch; open pull requests from it are closed, as at GitHub. */
    async removeBranch(branch: string): Promise<void> {
      await refs.remove(`refs/heads/${branch}`);
      await followRefs(state, refs);
    },

    /** A new check run of a commit; a later one of the same name counts. `conclusion` null: it still runs. */
    setCheck(
      sha: string,
      name: string,
      conclusion: string | null,
      log: string | null = null,
      { app = 'github-actions', summary = null }: { app?: string; summary?: string | null } = {},
    ): CheckState {
      const at = state.now();
      const check: CheckState = {
        ...{ id: state.nextId(), sha, name, conclusion, log, app, summary, startedAt: at },
        completedAt: conclusion === null ? null : at,
      };
      state.checks.push(check);
      return check;
    },
    /** A commit status, the older kind of check: `error`, `failure`, `pending` or `success`. */
    setStatus(sha: string, context: string, status: string, description = ''): void {
      state.statuses.push({ id: state.nextId(), sha, context, state: status, description, at: state.now() });
    },
  };
}

type NewPull = { title?: string; body?: string; base?: string; draft?: boolean };
type NewReviewComment = {
  body: string;
  path: string;
  /** Null: the line is gone. */
  line?: number | null;
  diffHunk?: string;
  inReplyTo?: number;
};
