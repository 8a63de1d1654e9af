/** GitHub's events, of which only the fields are read that are used. Pure. */
import { z } from 'zod';
import { BotError } from './errors.ts';
import type { Actor } from './forge.ts';
import type { Dispatch, DispatchTrigger, FrozenThread, Trigger } from './trigger.ts';

const number = z.int().positive();
const time = z.iso.datetime({ offset: true });
const user = z.object({ login: z.string().min(1), type: z.string().optional() });
const common = { repository: z.object({ full_name: z.string().min(1) }), sender: user };
const body = z.string().nullish();
// The account of an author may be gone.
const author = user.nullish();
const issue = z.object({ number, title: z.string(), body, user: author, pull_request: z.unknown().optional() });
const pull = z.object({ number, title: z.string(), body, user: author });
const ended = z.object({
  head_branch: z.string().nullish(),
  head_sha: z.string().min(1),
  conclusion: z.string().nullish(),
  updated_at: time,
});

const issues = z.object({
  ...common,
  issue: issue.extend({ updated_at: time }),
  label: z.object({ name: z.string() }).nullish(),
});
const issueComment = z.object({
  ...common,
  issue,
  comment: z.object({ id: z.int(), body: z.string(), created_at: time, user: author }),
});
const reviewComment = z.object({
  ...common,
  pull_request: pull,
  comment: z.object({
    id: z.int(),
    body: z.string(),
    created_at: time,
    updated_at: time,
    user: author,
    path: z.string(),
    line: z.int().nullish(),
    diff_hunk: z.string(),
  }),
});
const review = z.object({
  ...common,
  pull_request: pull,
  review: z.object({ id: z.int(), body, submitted_at: time.nullish(), user: author }),
});
const checkSuite = z.object({ ...common, check_suite: ended });
const workflowRun = z.object({
  ...common,
  workflow_run: ended.extend({
    event: z.string().nullish(),
    head_repository: z.object({ full_name: z.string() }).nullish(),
  }),
});
// GitHub sends every input as text, and one that is not given as the empty text.
const numberInput = z
  .string()
  .trim()
  .regex(/^(\d{1,9})?$/, 'is not a number')
  .transform((text) => (Number(text) > 0 ? Number(text) : null))
  .nullish();
const workflowDispatch = z.object({
  ...common,
  inputs: z.object({ issue: numberInput, pull: numberInput, task: z.string().nullish() }).nullish(),
});

/** Why nothing is to be done about an event. */
export type Skip = { skip: string };

/** The conclusions of checks that the bot can do something about; `cancelled` or `stale` say nothing of the code. */
const FAILING = new Set(['failure', 'timed_out']);

/** The actions of each event that may be triggers; all others are skipped. */
const ACTIONS: Readonly<Record<string, string>> = {
  issues: 'labeled',
  issue_comment: 'created',
  pull_request_review_comment: 'created',
  pull_request_review: 'submitted',
  check_suite: 'completed',
  workflow_run: 'completed',
};

/**
 * Reads an event: its name as in `X-GitHub-Event` and its payload. `now` is the time of a dispatch, which has none of its own.
 * Throws `BotError` (`input`) that names the field where a payload is not of its event's shape.
 */
export function readEvent(name: string, payload: unknown, now: string): Trigger | Skip {
  if (name === 'workflow_dispatch') return readDispatch(parse(workflowDispatch, name, payload), now);
  const wanted = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
  if (wanted === undefined) return { skip: `the event ${name} is none that the bot answers` };
  const { action } = parse(z.object({ action: z.string() }), name, payload);
  if (action !== wanted) return { skip: `${name} was ${action}, not ${wanted}` };
  switch (name) {
    case 'issues':
      return readLabel(parse(issues, name, payload));
    case 'issue_comment':
      return readComment(parse(issueComment, name, payload));
    case 'pull_request_review_comment':
      return readReviewComment(parse(reviewComment, name, payload));
    case 'pull_request_review':
      return readReview(parse(review, name, payload));
    case 'check_suite': {
      const event = parse(checkSuite, name, payload);
      // A suite of a fork's commit has no branch here.
      return readEnded(event, event.check_suite);
    }
    default: {
      const event = parse(workflowRun, name, payload);
      const from = event.workflow_run.head_repository?.full_name;
      if (from?.toLowerCase() !== event.repository.full_name.toLowerCase()) {
        return { skip: 'the run is of a commit of another repository' };
      }
      // The bot's own workflow is begun by these; when it fails, the code is not at fault.
      const { event: begunBy } = event.workflow_run;
      if (begunBy && Object.hasOwn(ACTIONS, begunBy))
        return { skip: `the run was begun by ${begunBy}, not by a commit` };
      return readEnded(event, event.workflow_run);
    }
  }
}

function parse<T extends z.ZodType>(schema: T, name: string, payload: unknown): z.output<T> {
  const read = schema.safeParse(payload);
  if (read.success) return read.data;
  const issue = read.error.issues[0];
  const field = issue === undefined || issue.path.length === 0 ? 'the payload' : issue.path.join('.');
  throw new BotError(
    'input',
    `this is no payload of the event ${name}: ${field}: ${issue?.message ?? 'cannot be read'}`,
    'give the file that GitHub wrote, and the name of its own event',
  );
}

function readLabel(event: z.output<typeof issues>): Trigger | Skip {
  if (!event.label) return { skip: 'the event does not say which label' };
  const thread = threadOf(event.issue, isPull(event.issue));
  return { kind: 'label', ...commonOf(event), at: event.issue.updated_at, label: event.label.name, thread };
}

function readComment(event: z.output<typeof issueComment>): Trigger | Skip {
  const { comment } = event;
  if (!comment.user) return { skip: 'the account of the comment’s author is gone' };
  return {
    kind: 'mention',
    repository: event.repository.full_name,
    actor: actorOf(comment.user),
    at: comment.created_at,
    comment: comment.id,
    text: comment.body,
    thread: threadOf(event.issue, isPull(event.issue)),
  };
}

function readReviewComment(event: z.output<typeof reviewComment>): Trigger | Skip {
  const { comment } = event;
  if (!comment.user) return { skip: 'the account of the comment’s author is gone' };
  return {
    kind: 'review',
    repository: event.repository.full_name,
    actor: actorOf(comment.user),
    // A comment of a review is made when it is drafted, and changed once more when the review is sent.
    at: comment.updated_at,
    comment: comment.id,
    review: null,
    text: comment.body,
    place: { path: comment.path, line: comment.line ?? null, diffHunk: comment.diff_hunk },
    thread: threadOf(event.pull_request, true),
  };
}

function readReview(event: z.output<typeof review>): Trigger | Skip {
  const { review: given } = event;
  if (!given.user) return { skip: 'the account of the review’s author is gone' };
  if (!given.body || !given.submitted_at) return { skip: 'the review has no text of its own' };
  return {
    kind: 'review',
    repository: event.repository.full_name,
    actor: actorOf(given.user),
    at: given.submitted_at,
    comment: null,
    review: given.id,
    text: given.body,
    place: null,
    thread: threadOf(event.pull_request, true),
  };
}

function readEnded(event: Parameters<typeof commonOf>[0], of: z.output<typeof ended>): Trigger | Skip {
  if (!of.conclusion || !FAILING.has(of.conclusion))
    return { skip: `the checks ended with ${of.conclusion ?? 'nothing'}` };
  if (!of.head_branch) return { skip: 'the checks are of no branch of this repository' };
  return { kind: 'checks', ...commonOf(event), at: of.updated_at, branch: of.head_branch, commit: of.head_sha };
}

function readDispatch(event: z.output<typeof workflowDispatch>, now: string): Trigger | Skip {
  const { issue, pull, task } = event.inputs ?? {};
  const asked = { issue: issue ?? null, pull: pull ?? null, task: task?.trim() || null };
  if (asked.issue === null && asked.pull === null && asked.task === null) {
    return { skip: 'the dispatch gives neither an issue nor a pull request nor a task' };
  }
  return { ...dispatchTrigger(asked, now), ...commonOf(event) };
}

/** A dispatch that was typed. Throws `BotError` (`input`) where it is not clear what is meant. */
export function dispatchTrigger(dispatch: Dispatch, now: string): DispatchTrigger {
  const task = dispatch.task?.trim() || null;
  if (dispatch.issue !== null && dispatch.pull !== null) {
    throw new BotError('input', 'both an issue and a pull request are given', 'give one of them');
  }
  if (dispatch.issue === null && dispatch.pull === null && task === null) {
    throw new BotError('input', 'there is nothing to do', 'give an issue, a pull request or a task');
  }
  return { kind: 'dispatch', repository: null, actor: null, at: now, ...dispatch, task };
}

const actorOf = ({ login, type }: z.output<typeof user>): Actor => ({
  login,
  isBot: (type !== undefined && type !== 'User') || login.endsWith('[bot]'),
});

const commonOf = (event: { repository: { full_name: string }; sender: z.output<typeof user> }) => ({
  repository: event.repository.full_name,
  actor: actorOf(event.sender),
});

const isPull = (of: z.output<typeof issue>) => of.pull_request !== undefined && of.pull_request !== null;

function threadOf(of: z.output<typeof pull>, isPull: boolean): FrozenThread {
  return {
    number: of.number,
    isPull,
    title: of.title,
    body: of.body ?? '',
    author: of.user ? actorOf(of.user) : { login: 'ghost', isBot: false },
  };
}
