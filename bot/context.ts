/** What a job is told of a thread: chosen by who said it and when, cleaned, and bounded. Pure. */
import type { BotConfig } from './config.ts';
import { mayCall } from './decide.ts';
import type { Actor, Comment, FailedCheck, Issue, Permission, Pull, ReviewComment } from './forge.ts';
import { cleanLine, cleanText, removedRemark } from './hidden-text.ts';
import type { WorkJob } from './job.ts';
import type { Trigger } from './trigger.ts';

const MAX_BODY_BYTES = 64 * 1024;
const MAX_COMMENT_BYTES = 16 * 1024;
const MAX_THREAD_BYTES = 128 * 1024;
const MAX_HUNK_BYTES = 4 * 1024;
const MAX_LOG_BYTES = 16 * 1024;
const MAX_CHECKS = 10;
/** A long thread gives many. */
const MAX_REMARKS = 40;
/** So many people are looked up for one job: each is a request to the forge. */
const MAX_PEOPLE = 50;

type Said = WorkJob['request'];
type ThreadEntry = WorkJob['thread'][number];

/** A comment, and the words for where it stands. */
export type Placed = { comment: Comment | ReviewComment; place: string };

/** Words for where the comments of an issue, and of its pull request, stand; the oldest first. */
export function placeComments(
  issue: { number: number; comments: readonly Comment[] } | null,
  pull: { number: number; comments: readonly Comment[]; reviewComments: readonly ReviewComment[] } | null,
): Placed[] {
  const review = (comment: ReviewComment) =>
    `comment on ${cleanLine(comment.path)}${comment.line === null ? ', on lines that are gone' : `:${comment.line}`}`;
  return [
    ...(issue?.comments ?? []).map((comment) => ({ comment, place: `comment on issue #${issue?.number}` })),
    ...(pull?.comments ?? []).map((comment) => ({ comment, place: `comment on pull request #${pull?.number}` })),
    ...(pull?.reviewComments ?? []).map((comment) => ({ comment, place: review(comment) })),
  ].sort((a, b) => Date.parse(a.comment.createdAt) - Date.parse(b.comment.createdAt) || a.comment.id - b.comment.id);
}

/**
 * The comments that may be told: made before the trigger and not edited since, because whoever called has not seen anything else;
 * not the one that called; not the bot's own. Also whose permission has to be known for it.
 */
export function selectComments(
  placed: readonly Placed[],
  trigger: Trigger,
  config: BotConfig,
): { placed: Placed[]; people: string[]; remarks: string[] } {
  const at = Date.parse(trigger.at);
  const remarks: string[] = [];
  let later = 0;
  let edited = 0;
  const kept = placed.filter(({ comment }) => {
    if (isCall(comment, trigger) || isBotsOwn(comment, config)) return false;
    if (Date.parse(comment.createdAt) > at) {
      later += 1;
      return false;
    }
    if (Date.parse(comment.updatedAt) <= at) return true;
    edited += 1;
    return false;
  });
  if (edited > 0) remarks.push(`left out ${counted(edited, 'comment')} edited after the call`);
  if (later > 0) remarks.push(`left out ${counted(later, 'comment')} made after the call`);
  const people = [...new Set(kept.toReversed().map(({ comment }) => comment.author.login))];
  return { placed: kept, people: people.slice(0, MAX_PEOPLE), remarks };
}

function isCall(comment: Comment | ReviewComment, trigger: Trigger): boolean {
  // Ids of the conversation and of reviews are counted apart.
  const isReview = 'diffHunk' in comment;
  return (
    (trigger.kind === 'mention' && !isReview && comment.id === trigger.comment) ||
    (trigger.kind === 'review' && isReview && comment.id === trigger.comment)
  );
}

const isBotsOwn = (comment: Comment, config: BotConfig) =>
  comment.author.login.toLowerCase() === config.login.toLowerCase();

/** What is known for a context. `permissions` is by login; who is not in it has none. */
export type Known = {
  trigger: Trigger;
  config: BotConfig;
  issue: Issue | null;
  pull: Pull | null;
  placed: readonly Placed[];
  permissions: ReadonlyMap<string, Permission>;
  checks: readonly FailedCheck[];
};

/**
 * Makes the told part of a job. Of the thread only what people say who may call the bot, and the author of the issue where whoever
 * called has seen its text. Nobody has when checks fail; and who calls in a pull request has seen it as it was, while the forge gives it
 * as it is, and does not say when it was edited: so there its author needs the permission too.
 */
export function contextOf(known: Known): Pick<WorkJob, 'title' | 'request' | 'thread' | 'checks' | 'remarks'> {
  const { trigger, config, permissions } = known;
  const remarks: string[] = [];
  const permissionOf = (login: string): Permission => permissions.get(login) ?? 'none';
  const may = (actor: Actor) => mayCall(actor, permissionOf(actor.login), config);
  const say = (actor: Actor, at: string, text: string): Said => ({
    ...{ author: cleanLine(actor.login), permission: permissionOf(actor.login), at, text },
  });
  const clean = (where: string, text: string, max: number, keep: 'start' | 'end' = 'start') => {
    const cleaned = cleanText(text);
    const remark = removedRemark(where, cleaned.removed);
    if (remark !== null) remarks.push(remark);
    const short = shorten(cleaned.text, max, keep);
    if (short !== cleaned.text) remarks.push(`${where}: only ${max / 1024} KiB of it are kept`);
    return short;
  };

  const topic = topicOf(known);
  const request = requestOf(known, topic, say, clean);
  const thread: ThreadEntry[] = [];
  const topicText = topic === null ? null : { ...topic, where: `issue #${topic.number}` };
  if (topicText !== null && request.from !== 'topic') {
    if (!hasSeenTopic(trigger) && !may(topicText.author)) {
      remarks.push(`${topicText.where}: left out, its author may not call the bot and can have edited it`);
    } else {
      const text = clean(topicText.where, `${topicText.title}\n\n${topicText.body}`, MAX_BODY_BYTES);
      thread.push({ ...say(topicText.author, trigger.at, text), place: topicText.where });
    }
  }
  let strangers = 0;
  for (const { comment, place } of known.placed) {
    const isTopics = topic !== null && comment.author.login === topic.author.login && hasSeenTopic(trigger);
    if (!may(comment.author) && !isTopics) {
      strangers += 1;
      continue;
    }
    const where = `${place} by ${cleanLine(comment.author.login)}`;
    const hunk =
      'diffHunk' in comment ? quoteHunk(clean(`${where}, its lines`, comment.diffHunk, MAX_HUNK_BYTES, 'end')) : '';
    const text = clean(where, comment.body, MAX_COMMENT_BYTES);
    thread.push({ ...say(comment.author, comment.createdAt, `${hunk}${text}`), place });
  }
  if (strangers > 0) remarks.push(`left out ${counted(strangers, 'comment')} by people who may not call the bot`);
  const kept = newest(thread, MAX_THREAD_BYTES);
  if (kept.length < thread.length) {
    remarks.push(`left out the oldest ${counted(thread.length - kept.length, 'text')} of the thread: it is too long`);
  }
  const checks = known.checks.slice(0, MAX_CHECKS).map(({ name, conclusion, log }) => {
    const line = cleanLine(name);
    return {
      name: line,
      conclusion: cleanLine(conclusion, 40),
      log: clean(`log of ${line}`, log, MAX_LOG_BYTES, 'end'),
    };
  });
  if (known.checks.length > checks.length) {
    remarks.push(`left out ${counted(known.checks.length - checks.length, 'more failing check')}`);
  }
  return { title: titleOf(known, topic), request: request.said, thread: kept, checks, remarks: bounded(remarks) };
}

/** The event has frozen it, or somebody has just asked for it by its number. */
function hasSeenTopic(trigger: Trigger): boolean {
  return (
    trigger.kind === 'label' || trigger.kind === 'dispatch' || (trigger.kind === 'mention' && !trigger.thread.isPull)
  );
}

type Topic = { number: number; title: string; body: string; author: Actor };

/** The issue as the event has frozen it where it did, else as it is now. A pull request's own text is the bot's, and told nowhere. */
export function topicOf({ trigger, issue }: Pick<Known, 'trigger' | 'issue'>): Topic | null {
  const frozen = trigger.kind === 'label' || trigger.kind === 'mention' ? trigger.thread : null;
  return frozen !== null && !frozen.isPull ? frozen : issue;
}

function titleOf({ trigger, pull }: Known, topic: Topic | null): string {
  const task = trigger.kind === 'dispatch' ? (trigger.task?.trim().split('\n')[0] ?? '') : '';
  return cleanLine(topic?.title ?? pull?.title ?? '') || cleanLine(task) || 'A task';
}

type Clean = (where: string, text: string, max: number, keep?: 'start' | 'end') => string;
type Say = (actor: Actor, at: string, text: string) => Said;

/** What is asked for, and whether that is the issue's own text. */
function requestOf(known: Known, topic: Topic | null, say: Say, clean: Clean): { said: Said; from: 'topic' | 'call' } {
  const { trigger, config } = known;
  const caller = trigger.actor ?? CALLER;
  const call = (text: string) => ({ said: say(caller, trigger.at, text), from: 'call' as const });
  switch (trigger.kind) {
    case 'checks': {
      const bot = { login: config.login, isBot: true };
      return { said: say(bot, trigger.at, 'Checks of the pull request fail. Make them pass.'), from: 'call' };
    }
    case 'mention':
      return call(clean('the comment that called', trigger.text, MAX_COMMENT_BYTES));
    case 'review': {
      const text = clean('the comment that called', trigger.text, MAX_COMMENT_BYTES);
      if (trigger.place === null) return call(text);
      const { path, line, diffHunk } = trigger.place;
      const hunk = quoteHunk(clean('the lines of the comment that called', diffHunk, MAX_HUNK_BYTES, 'end'));
      return call(`On ${cleanLine(path)}${line === null ? '' : `:${line}`}\n${hunk}${text}`);
    }
    case 'dispatch':
      if (trigger.task !== null) return call(clean('the task', trigger.task, MAX_BODY_BYTES));
      if (topic === null)
        return call('Go on with the pull request: do what its comments ask for and what is not done yet.');
      break;
  }
  if (topic === null) return call('');
  const text = clean(`issue #${topic.number}`, `${topic.title}\n\n${topic.body}`.trim(), MAX_BODY_BYTES);
  return { said: say(topic.author, trigger.at, text), from: 'topic' };
}

/** Whoever started Drydock: no login, so that nobody is meant by it. */
export const CALLER: Actor = { login: '(command line)', isBot: false };

const counted = (count: number, word: string) => `${count} ${word}${count === 1 ? '' : 's'}`;

const bounded = (remarks: readonly string[]) =>
  remarks.length <= MAX_REMARKS
    ? [...remarks]
    : [...remarks.slice(0, MAX_REMARKS), `and ${remarks.length - MAX_REMARKS} more like these`];

const quoteHunk = (hunk: string) =>
  hunk === ''
    ? ''
    : `${hunk
        .split('\n')
        .map((line) => `> ${line}`)
        .join('\n')}\n\n`;

/** At most `max` bytes of UTF-8, whole characters, from the start or from the end. */
function shorten(text: string, max: number, keep: 'start' | 'end'): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= max) return text;
  // A character that the cut went through decodes to U+FFFD.
  const part = keep === 'start' ? bytes.subarray(0, max) : bytes.subarray(bytes.length - max);
  const whole = part.toString('utf8');
  return keep === 'start' ? whole.replace(/\ufffd{1,3}$/, '') : whole.replace(/^\ufffd{1,3}/, '');
}

function newest(thread: readonly ThreadEntry[], max: number): ThreadEntry[] {
  const kept: ThreadEntry[] = [];
  let bytes = 0;
  for (const entry of thread.toReversed()) {
    bytes += Buffer.byteLength(entry.text);
    if (bytes > max) break;
    kept.unshift(entry);
  }
  return kept;
}
