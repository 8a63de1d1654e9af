/** Issues, the comments on them and on lines of pull requests, and reactions. */
import { z } from 'zod';
import { type Answer, type Call, checkTexts, invalid, notFound, type Route } from './call.ts';
import type { Operation } from './operations.ts';
import { addComment, type CommentState, type ReviewCommentState, userOf } from './state.ts';
import { commentView, issueView, reviewCommentView, userView } from './views.ts';

const textSchema = z.object({ body: z.string() });
const reactionSchema = z.object({ content: z.string() });

const number = (call: Call, name: string) => Number(call.params[name]);

function issueAt(call: Call) {
  const issue = call.state.issues.find((one) => one.number === number(call, 'issue_number'));
  if (issue === undefined) throw notFound();
  return issue;
}

function commentAt<T extends CommentState>(call: Call, comments: readonly T[]): T {
  const comment = comments.find((one) => one.id === number(call, 'comment_id'));
  if (comment === undefined) throw notFound();
  return comment;
}

function textOf(call: Call): string {
  const { body } = textSchema.parse(call.body);
  checkTexts('IssueComment', { body });
  if (body.trim() === '') throw invalid({ resource: 'IssueComment', code: 'missing_field', field: 'body' });
  return body;
}

/** Those that were changed at that time or later. */
function since<T extends CommentState>(call: Call, comments: readonly T[]): T[] {
  const from = Date.parse(call.query.get('since') ?? '1970-01-01T00:00:00Z');
  return comments.filter((comment) => Date.parse(comment.updatedAt) >= from);
}

/** `sort` and `direction` as GitHub has them: without `sort`, the oldest first whatever the direction. */
function sorted<T extends CommentState>(call: Call, comments: readonly T[]): T[] {
  const sort = call.query.get('sort');
  const direction = call.query.get('direction') ?? 'desc';
  const key = (comment: T) => (sort === 'updated' ? comment.updatedAt : comment.createdAt);
  const up = [...comments].sort((a, b) => key(a).localeCompare(key(b)) || a.id - b.id);
  return sort !== null && direction === 'desc' ? up.reverse() : up;
}

function react(call: Call, comment: CommentState): Answer {
  const { content } = reactionSchema.parse(call.body);
  const known = comment.reactions.some((one) => one.login === call.login && one.content === content);
  if (!known) comment.reactions.push({ login: call.login, content });
  const json = { id: call.state.nextId(), node_id: '', user: userView(call.view, call.login), content };
  return { status: known ? 200 : 201, json: { ...json, created_at: comment.updatedAt } };
}

function reply(call: Call): Answer {
  const parent = call.state.reviewComments.find((one) => one.id === number(call, 'comment_id'));
  if (parent === undefined || parent.number !== number(call, 'pull_number')) throw notFound();
  // The document says so: an answer goes to the comment that begins the thread.
  if (parent.inReplyTo !== null) throw invalid('replies to replies are not supported');
  const body = textOf(call);
  userOf(call.state, call.login);
  const at = call.state.now();
  const made: ReviewCommentState = {
    ...parent,
    ...{ id: call.state.nextId(), author: call.login, body, createdAt: at, updatedAt: at, reactions: [] },
    inReplyTo: parent.id,
  };
  call.state.reviewComments.push(made);
  return { status: 201, json: reviewCommentView(call.view, made) };
}

export const ISSUE_ROUTES = {
  'GET /repos/{owner}/{repo}/issues/{issue_number}': (call) => ({
    status: 200,
    json: issueView(call.view, issueAt(call)),
  }),
  'GET /repos/{owner}/{repo}/issues/{issue_number}/comments': (call) => {
    const issue = issueAt(call);
    const own = call.state.comments.filter((comment) => comment.number === issue.number);
    return { list: since(call, own).map((comment) => commentView(call.view, comment)) };
  },
  'POST /repos/{owner}/{repo}/issues/{issue_number}/comments': (call) => {
    const comment = addComment(call.state, issueAt(call).number, call.login, textOf(call));
    return { status: 201, json: commentView(call.view, comment) };
  },
  'GET /repos/{owner}/{repo}/issues/comments': (call) => ({
    list: sorted(call, since(call, call.state.comments)).map((comment) => commentView(call.view, comment)),
  }),
  'GET /repos/{owner}/{repo}/issues/comments/{comment_id}': (call) => ({
    status: 200,
    json: commentView(call.view, commentAt(call, call.state.comments)),
  }),
  'PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}': (call) => {
    const comment = commentAt(call, call.state.comments);
    comment.body = textOf(call);
    comment.updatedAt = call.state.now();
    return { status: 200, json: commentView(call.view, comment) };
  },
  'DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}': (call) => {
    const comment = commentAt(call, call.state.comments);
    call.state.comments.splice(call.state.comments.indexOf(comment), 1);
    return { status: 204, headers: {}, text: '' };
  },
  'POST /repos/{owner}/{repo}/issues/comments/{comment_id}/reactions': (call) =>
    react(call, commentAt(call, call.state.comments)),
  'GET /repos/{owner}/{repo}/pulls/{pull_number}/comments': (call) => {
    const pull = call.state.issues.find((one) => one.number === number(call, 'pull_number') && one.pull !== null);
    if (pull === undefined) throw notFound();
    const own = call.state.reviewComments.filter((comment) => comment.number === pull.number);
    return { list: sorted(call, since(call, own)).map((comment) => reviewCommentView(call.view, comment)) };
  },
  'POST /repos/{owner}/{repo}/pulls/{pull_number}/comments/{comment_id}/replies': reply,
  'GET /repos/{owner}/{repo}/pulls/comments/{comment_id}': (call) => ({
    status: 200,
    json: reviewCommentView(call.view, commentAt(call, call.state.reviewComments)),
  }),
  'POST /repos/{owner}/{repo}/pulls/comments/{comment_id}/reactions': (call) =>
    react(call, commentAt(call, call.state.reviewComments)),
} satisfies Partial<Record<Operation, Route>>;
