/** GitHub's answers, only the fields that are used, and what becomes of them. Fields that nobody has named are left out. */
import * as z from 'zod';
import { dropSequences } from '../../tools/index.ts';
import type { Actor, Comment, Issue, Permission, Pull, ReviewComment } from '../forge.ts';

/** Null: the account is gone; GitHub shows such texts under this name. */
const user = z
  .object({ login: z.string(), type: z.string().optional() })
  .nullable()
  .transform(
    (found): Actor =>
      found === null
        ? { login: 'ghost', isBot: false }
        : { login: found.login, isBot: found.type === 'Bot' || found.login.endsWith('[bot]') },
  );
const text = z
  .string()
  .nullish()
  .transform((found) => found ?? '');
const label = z.union([z.string(), z.object({ name: text }).transform(({ name }) => name)]);

export const issueSchema = z
  .object({
    number: z.int(),
    title: z.string(),
    body: text,
    user,
    state: z.string(),
    labels: z.array(label),
    html_url: z.string(),
    pull_request: z.unknown().optional(),
  })
  .transform(
    (found): Issue => ({
      number: found.number,
      title: found.title,
      body: found.body,
      author: found.user,
      open: found.state === 'open',
      isPull: found.pull_request !== undefined && found.pull_request !== null,
      labels: found.labels,
      url: found.html_url,
    }),
  );

const commentFields = z.object({
  id: z.int(),
  user,
  body: text,
  created_at: z.string(),
  updated_at: z.string(),
  html_url: z.string(),
});
const commentOf = (found: z.output<typeof commentFields>): Comment => ({
  id: found.id,
  author: found.user,
  body: found.body,
  createdAt: found.created_at,
  updatedAt: found.updated_at,
  url: found.html_url,
});

export const commentSchema = commentFields.transform(commentOf);

export const reviewCommentSchema = commentFields
  .extend({ path: z.string(), line: z.int().nullish(), diff_hunk: text, in_reply_to_id: z.int().nullish() })
  .transform(
    (found): ReviewComment => ({
      ...commentOf(found),
      path: found.path,
      line: found.line ?? null,
      diffHunk: found.diff_hunk,
      inReplyTo: found.in_reply_to_id ?? null,
    }),
  );

/** `merged` is in the answer for one pull request only, `merged_at` in lists too. */
export const pullSchema = z
  .object({
    number: z.int(),
    html_url: z.string(),
    title: z.string(),
    body: text,
    state: z.string(),
    draft: z.boolean().optional(),
    merged_at: z.string().nullable(),
    head: z.object({ ref: z.string(), sha: z.string(), repo: z.object({ full_name: z.string() }).nullable() }),
    base: z.object({ ref: z.string() }),
  })
  .transform(
    (found): Pull => ({
      number: found.number,
      url: found.html_url,
      title: found.title,
      body: found.body,
      open: found.state === 'open',
      merged: found.merged_at !== null,
      draft: found.draft === true,
      head: { branch: found.head.ref, repository: found.head.repo?.full_name ?? null, commit: found.head.sha },
      base: found.base.ref,
    }),
  );

/** `permission` is the built-in one that a role comes to; what is not known opens nothing. */
export const permissionSchema = z.object({ permission: z.string() }).transform(({ permission }): Permission => {
  switch (permission) {
    case 'admin':
      return 'admin';
    case 'write':
    case 'maintain':
      return 'write';
    case 'read':
    case 'triage':
      return 'read';
    default:
      return 'none';
  }
});

/** A check run; one of GitHub Actions is a job, whose id it shares. */
export type CheckRun = {
  id: number;
  name: string;
  /** Null: it has not ended. */
  conclusion: string | null;
  url: string;
  isJob: boolean;
  said: string;
};

const checkRun = z
  .object({
    id: z.int(),
    name: z.string(),
    status: z.string(),
    conclusion: z.string().nullable(),
    html_url: z.string().nullish(),
    app: z.object({ slug: z.string().optional() }).nullish(),
    output: z.object({ title: text, summary: text, text: text }).optional(),
  })
  .transform(
    (found): CheckRun => ({
      id: found.id,
      name: found.name,
      conclusion: found.status === 'completed' ? (found.conclusion ?? 'unknown') : null,
      url: found.html_url ?? '',
      isJob: found.app?.slug === 'github-actions',
      said: [found.output?.title, found.output?.summary, found.output?.text].filter((part) => part).join('\n\n'),
    }),
  );
export const checkRunsSchema = z.object({ check_runs: z.array(checkRun) }).transform((found) => found.check_runs);

/** The older kind of check: the newest state of each context. */
export type CommitStatus = { name: string; state: string; said: string; url: string };

const commitStatus = z
  .object({ context: z.string(), state: z.string(), description: text, target_url: text })
  .transform(
    (found): CommitStatus => ({
      name: found.context,
      state: found.state,
      said: found.description,
      url: found.target_url,
    }),
  );
export const statusesSchema = z.object({ statuses: z.array(commitStatus) }).transform((found) => found.statuses);

/** What ended and is not green is everything but these. */
export const GREEN: ReadonlySet<string> = new Set(['success', 'neutral', 'skipped']);

/** Enough for the end of a failing test run; a model reads it. */
export const MAX_LOG_BYTES = 20 * 1024;

// As GitHub Actions begins each line.
const TIMESTAMP = /^\ufeff?\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z ?/gm;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const CONTROLS = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/g;

/** The last 20 KB of a log, from the start of a line, without colours and timestamps. */
export function endOfLog(log: string): string {
  const plain = dropSequences(log.replaceAll('\r\n', '\n')).replace(TIMESTAMP, '').replace(CONTROLS, '').trimEnd();
  const bytes = Buffer.from(plain);
  if (bytes.length <= MAX_LOG_BYTES) return plain;
  const end = bytes.subarray(bytes.length - MAX_LOG_BYTES).toString();
  // The first line is cut, perhaps within a character.
  const start = end.indexOf('\n') + 1;
  return start > 0 ? end.slice(start) : end.replace(/^\ufffd+/, '');
}
