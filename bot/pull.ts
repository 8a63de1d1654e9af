/** The words of the bot's pull request and commit. Pure. */
import { createHash } from 'node:crypto';
import { askedBy } from './comment.ts';
import type { Result, WorkJob } from './job.ts';
import { cleanText, cleanTitle } from './text.ts';

/** The title of the pull request and the first line of the commit, at most 72 characters: what the issue was called when the job began. */
export function titleOf(job: WorkJob): string {
  return cleanTitle(job.title) || (job.home === null ? `Job ${job.id}` : `Work on ${job.home.number}`);
}

/** The message of the commit. A model's words are not in it: forges act on what commits say. */
export function commitMessage(job: WorkJob, result: Result): string {
  const trailers = [`Drydock-Job: ${job.id}`];
  if (/^[A-Za-z0-9-]{1,64}$/.test(result.session)) trailers.push(`Drydock-Session: ${result.session}`);
  return `${titleOf(job)}\n\n${cleanTitle(askedBy(job))}\n\n${trailers.join('\n')}\n`;
}

/** Whether a commit's message says that this bot has made it. */
export function isOwnCommit(message: string): boolean {
  return /\n\nDrydock-Job: [0-9a-f]{16}\n(Drydock-Session: [A-Za-z0-9-]{1,64}\n)?\n*$/.test(message);
}

/** The description of the pull request; its last line is the fingerprint of what is above. */
export function pullBody(job: WorkJob, result: Result): string {
  const { mention } = job.config;
  const closes = job.home !== null && !job.home.isPull ? `Closes #${job.home.number}` : '';
  const made = [
    `${askedBy(job)} A model made this change in a sandbox; no person has seen it yet, so it is a draft.`,
    `To have it changed, write \`${mention}\` and what to change in a comment. Nothing here is merged or approved by a program.`,
  ].join('\n');
  const summary = cleanText(result.summary).replace(/drydock-(state|body|reply):/gi, 'drydock $1:');
  const visible = [summary || 'The model has said nothing.', closes, '---', made]
    .filter((part) => part !== '')
    .join('\n\n');
  return `${visible}\n\n<!-- drydock-body: ${fingerprint(visible)} -->`;
}

const fingerprint = (visible: string) =>
  createHash('sha256').update(visible.replace(/\r\n?/g, '\n').trim()).digest('hex');

/** Whether a description is as `pullBody` made it: one that a person has edited is never written over. */
export function isOwnBody(body: string): boolean {
  const text = body.replace(/\r\n?/g, '\n').trimEnd();
  const [mark, digest] = /\n<!-- drydock-body: ([0-9a-f]{64}) -->$/.exec(text) ?? [];
  return mark !== undefined && digest === fingerprint(text.slice(0, -mark.length));
}

/** The hidden line of an answer, by which it is made once. */
const replyMark = (job: string) => `<!-- drydock-reply: ${job} -->`;

/** An answer where the job was called. `said` is one of our own sentences. */
export function replyBody(job: WorkJob, result: Result | null, said: string): string {
  const words = result === null ? '' : cleanText(result.summary.slice(0, 1500));
  const text = [said, words]
    .filter((part) => part !== '')
    .join('\n\n')
    .replace(/drydock-(state|body|reply):/gi, 'drydock $1:');
  return `${text}\n\n${replyMark(job.id)}`;
}

/** Whether a comment is the answer of this job. */
export const isReplyOf = (job: string, body: string): boolean => body.trimEnd().endsWith(replyMark(job));
