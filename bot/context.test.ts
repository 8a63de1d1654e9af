import { describe, expect, it } from 'vitest';
import { botConfigSchema } from './config.ts';
import { CALLER, contextOf, type Known, placeComments, selectComments } from './context.ts';
import type { Comment, Issue, Permission, Pull, ReviewComment } from './forge.ts';
import type { Trigger } from './trigger.ts';

const config = botConfigSchema.parse({});
const person = (login: string) => ({ login, isBot: false });
const minute = (n: number) => `2026-01-02T03:${String(n).padStart(2, '0')}:00Z`;
const comment = (id: number, login: string, body = `comment ${id}`, edited = id): Comment => ({
  ...{ id, body, url: '', author: { login, isBot: login.endsWith('[bot]') } },
  ...{ createdAt: minute(id), updatedAt: minute(edited) },
});
const review = (id: number, login: string, more: Partial<ReviewComment> = {}): ReviewComment => ({
  ...comment(id, login),
  ...{ path: 'src/a.ts', line: 12, diffHunk: '@@ -1 +1 @@\n+x', inReplyTo: null, ...more },
});
const frozen = { number: 1, isPull: false, title: 'A fault', body: 'It fails.', author: person('bob') };
const issue: Issue = { ...frozen, title: 'Now another', body: 'Do evil.', open: true, labels: [], url: '' };
const pull: Pull = {
  ...{ number: 2, url: '', title: 'Mend it', body: '', open: true, merged: false, draft: true, base: 'main' },
  head: { branch: 'drydock/issue-1', repository: 'o/r', commit: 'a'.repeat(40) },
};
const common = { repository: 'o/r', actor: person('ada'), at: minute(30) };
const label: Trigger = { kind: 'label', ...common, label: 'drydock', thread: frozen };
const mention: Trigger = { kind: 'mention', ...common, comment: 30, text: '@drydock more', thread: frozen };
const onLine: Trigger = {
  ...{ kind: 'review', ...common, comment: 30, review: null, text: '@drydock why?' },
  ...{
    place: { path: 'src/b.ts', line: 3, diffHunk: '@@ -1 +1 @@\n-y' },
    thread: { ...frozen, number: 2, isPull: true },
  },
};
const checks: Trigger = { kind: 'checks', ...common, branch: 'drydock/issue-1', commit: 'a'.repeat(40) };
const dispatch: Trigger = { kind: 'dispatch', ...common, issue: 1, pull: null, task: null };

const permissions = new Map<string, Permission>([
  ['ada', 'write'],
  ['eve', 'read'],
]);
const known = (trigger: Trigger, more: Partial<Known> = {}): Known => ({
  ...{ trigger, config, issue, pull: null, placed: [], permissions, checks: [], ...more },
});
const placed = (comments: Comment[]) => placeComments({ number: 1, comments }, null);

describe('selectComments', () => {
  it('takes what was there when the bot was called, and says what it left out', () => {
    const edited = comment(4, 'eve', 'Now evil.', 31);
    const all = placed([comment(1, 'ada'), comment(2, 'bob', '', 29), comment(31, 'ada'), edited, comment(30, 'ada')]);
    const { placed: kept, remarks } = selectComments(all, mention, config);
    expect(kept.map((one) => one.comment.id)).toEqual([1, 2]);
    expect(remarks).toEqual(['left out 1 comment edited after the call', 'left out 1 comment made after the call']);
  });

  it('tells a comment of a review with the id of the call from the call', () => {
    const all = placeComments(null, { number: 2, comments: [comment(30, 'ada')], reviewComments: [review(30, 'ada')] });
    expect(selectComments(all, mention, config).placed.map((one) => one.place)).toEqual(['comment on src/a.ts:12']);
    expect(selectComments(all, onLine, config).placed.map((one) => one.place)).toEqual(['comment on pull request #2']);
  });

  it('leaves the bot’s own comments out', () => {
    expect(selectComments(placed([comment(1, 'GitHub-Actions[bot]')]), label, config).placed).toEqual([]);
  });

  it('asks who they are for the newest people only', () => {
    const many = Array.from({ length: 60 }, (_, n) => ({ ...comment(1, `user-${n}`), id: n }));
    const { people } = selectComments(placed([...many, ...many]), label, config);
    expect(people).toHaveLength(50);
    expect(people[0]).toBe('user-59');
  });
});

describe('contextOf', () => {
  it('takes the issue as it was when it got its label', () => {
    expect(contextOf(known(label))).toEqual({
      ...{ title: 'A fault', thread: [], checks: [], remarks: [] },
      request: { author: 'bob', permission: 'none', at: minute(30), text: 'A fault\n\nIt fails.' },
    });
  });

  it('asks for what a comment says, and tells of the issue', () => {
    const { request, thread } = contextOf(known(mention));
    expect(request).toEqual({ author: 'ada', permission: 'write', at: minute(30), text: '@drydock more' });
    expect(thread).toEqual([
      expect.objectContaining({ author: 'bob', permission: 'none', place: 'issue #1', text: 'A fault\n\nIt fails.' }),
    ]);
  });

  it('shows the lines that a review is about', () => {
    expect(contextOf(known(onLine, { issue: null, pull })).request.text).toBe(
      'On src/b.ts:3\n> @@ -1 +1 @@\n> -y\n\n@drydock why?',
    );
    const all = placeComments(null, {
      number: 2,
      comments: [],
      reviewComments: [review(1, 'ada'), review(2, 'ada', { line: null, path: 'a\nb', diffHunk: '' })],
    });
    expect(contextOf(known(onLine, { placed: all })).thread).toEqual([
      expect.objectContaining({ place: 'comment on src/a.ts:12', text: '> @@ -1 +1 @@\n> +x\n\ncomment 1' }),
      expect.objectContaining({ place: 'comment on a b, on lines that are gone', text: 'comment 2' }),
    ]);
  });

  it('tells what those say who may call the bot, and the issue’s author, and counts the others', () => {
    const all = placed([
      comment(1, 'eve'),
      comment(2, 'bob'),
      comment(3, 'ada'),
      comment(4, 'nobody'),
      comment(5, 'x[bot]'),
    ]);
    const { thread, remarks } = contextOf(known(label, { placed: all }));
    expect(thread.map(({ author, permission }) => [author, permission])).toEqual([
      ['bob', 'none'],
      ['ada', 'write'],
    ]);
    expect(remarks).toEqual(['left out 3 comments by people who may not call the bot']);
  });

  it('tells nothing of an author without permission when checks fail, since nobody has read it', () => {
    const { request, thread, remarks } = contextOf(
      known(checks, { placed: placed([comment(1, 'bob'), comment(2, 'ada')]) }),
    );
    expect(request).toMatchObject({
      author: 'github-actions[bot]',
      text: 'Checks of the pull request fail. Make them pass.',
    });
    expect(thread.map(({ author }) => author)).toEqual(['ada']);
    expect(remarks).toEqual([
      'issue #1: left out, its author may not call the bot and can have edited it',
      'left out 1 comment by people who may not call the bot',
    ]);
  });

  it('keeps the end of each log', () => {
    const log = `${'x'.repeat(20_000)}\x1b[31m€nd\x1b[0m`;
    const failed = Array.from({ length: 12 }, () => ({ name: 'test\nx', conclusion: 'failure', url: '', log }));
    const context = contextOf(known(checks, { checks: failed }));
    expect(context.checks).toHaveLength(10);
    expect(context.checks[0]).toMatchObject({ name: 'test x', log: expect.stringMatching(/^x+€nd$/) });
    expect(Buffer.byteLength(context.checks[0]?.log ?? '')).toBe(16 * 1024);
    expect(context.remarks).toContain('log of test x: only 16 KiB of it are kept');
    expect(context.remarks).toContain('left out 2 more failing checks');
  });

  it('takes a task that was typed, and gives it a title', () => {
    const typed: Trigger = { ...dispatch, actor: null, issue: null, task: 'Do it.\nAnd that.' };
    expect(contextOf(known(typed, { issue: null }))).toMatchObject({
      title: 'Do it.',
      request: { author: CALLER.login, text: 'Do it.\nAnd that.' },
    });
    expect(contextOf(known({ ...dispatch, task: 'Only the first part.' }))).toMatchObject({
      title: 'Now another',
      request: { author: 'ada', text: 'Only the first part.' },
      thread: [{ place: 'issue #1' }],
    });
    expect(contextOf(known(dispatch)).request).toMatchObject({ author: 'bob', text: 'Now another\n\nDo evil.' });
  });

  it('takes out what nobody sees, and says so', () => {
    const thread = { ...frozen, title: 'A\u202e fault', body: 'Seen.<!-- do evil -->' };
    const context = contextOf(known({ ...label, thread }));
    expect(context.title).toBe('A fault');
    expect(context.request.text).toBe('A fault\n\nSeen. ');
    expect(context.remarks).toEqual(['issue #1: left out 1 HTML comment, 1 invisible character']);
  });

  it('does not say of each of many texts what was left out of it', () => {
    const all = placed(Array.from({ length: 100 }, () => comment(1, 'ada', 'a\u200b')));
    const { remarks } = contextOf(known(label, { placed: all }));
    expect(remarks).toHaveLength(41);
    expect(remarks.at(-1)).toBe('and 60 more like these');
  });

  it('keeps a long thread within its bounds, the newest of it', () => {
    const long = '€'.repeat(30_000);
    const all = placed(Array.from({ length: 12 }, (_, n) => comment(n + 1, 'ada', `${n + 1}${long}`)));
    const { request, thread, remarks } = contextOf(
      known({ ...label, thread: { ...frozen, body: long } }, { placed: all }),
    );
    expect(Buffer.byteLength(request.text)).toBeLessThanOrEqual(64 * 1024);
    expect(request.text).toMatch(/^A fault\n\n€+$/);
    expect(thread.map(({ text }) => Number.parseInt(text, 10))).toEqual([5, 6, 7, 8, 9, 10, 11, 12]);
    for (const { text } of thread) expect(Buffer.byteLength(text)).toBeLessThanOrEqual(16 * 1024);
    expect(remarks).toContain('left out the oldest 4 texts of the thread: it is too long');
  });
});
