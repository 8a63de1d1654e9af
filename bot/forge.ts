/**
 * What the bot needs of a forge, and no more. Everything that comes from one is untrusted data: texts are written by anybody, and
 * even a name of a branch is chosen by somebody. No method runs anything.
 */
import type { RemoteAccess } from '../sandbox/index.ts';

/** What somebody may do in the repository, the least first. GitHub's `triage` counts as `read`, `maintain` as `write`. */
export const PERMISSIONS = ['none', 'read', 'write', 'admin'] as const;
export type Permission = (typeof PERMISSIONS)[number];

export type Actor = { login: string; isBot: boolean };

export type Issue = {
  number: number;
  title: string;
  body: string;
  author: Actor;
  open: boolean;
  /** Whether the number is a pull request's. */
  isPull: boolean;
  labels: string[];
  url: string;
};

/** ISO 8601 times, as all here. */
export type Comment = {
  id: number;
  author: Actor;
  body: string;
  createdAt: string;
  updatedAt: string;
  url: string;
};

/** A comment on lines of a pull request. */
export type ReviewComment = Comment & {
  path: string;
  /** Null where the line is gone. */
  line: number | null;
  diffHunk: string;
  /** The comment that this one answers; null: it begins a thread. */
  inReplyTo: number | null;
};

export type Pull = {
  number: number;
  url: string;
  title: string;
  body: string;
  open: boolean;
  merged: boolean;
  draft: boolean;
  /** The branch, and the `OWNER/NAME` it is in; null: that repository is gone. */
  head: { branch: string; repository: string | null; commit: string };
  /** The branch that it is to be merged into. */
  base: string;
};

/** A check of a commit that has ended and is not green. `log` is the end of what it has said; empty: it is not known. */
export type FailedCheck = { name: string; conclusion: string; url: string; log: string };

/** How the checks of a commit stand. */
export type Checks = { pending: number; failed: FailedCheck[] };

export type NewPull = { branch: string; base: string; title: string; body: string };

/**
 * A forge. Each method throws `BotError` (`forge`) once its own bounded retries are used up. What makes something is never sent
 * twice on its own: whoever calls looks whether it is there.
 */
export type Forge = {
  kind: 'github' | 'git';
  /** Where git gets and puts commits. */
  remote: RemoteAccess;
  /** Null: this forge has no issues, comments and pull requests. */
  threads: Threads | null;
};

export type Threads = {
  /** `OWNER/NAME`. */
  repository: string;
  permission(login: string): Promise<Permission>;
  /** Null: there is none. */
  issue(number: number): Promise<Issue | null>;
  pull(number: number): Promise<Pull | null>;
  /** The newest pull request from a branch of this repository, closed ones too; null: none. */
  pullOf(branch: string): Promise<Pull | null>;
  /** All comments of an issue or in a pull request's conversation, the oldest first. */
  comments(number: number): Promise<Comment[]>;
  reviewComments(pull: number): Promise<ReviewComment[]>;
  /** The comments of the whole repository that were made or changed since then. */
  commentsSince(time: string): Promise<Comment[]>;
  checks(commit: string): Promise<Checks>;
  /** Makes a draft. */
  openPull(pull: NewPull): Promise<Pull>;
  editPull(number: number, change: { body: string }): Promise<void>;
  addComment(number: number, body: string): Promise<Comment>;
  editComment(id: number, body: string): Promise<void>;
  removeComment(id: number): Promise<void>;
  replyToReview(pull: number, comment: number, body: string): Promise<Comment>;
};
