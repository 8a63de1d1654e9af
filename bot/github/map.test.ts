import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as z from 'zod';
import {
  checkRunsSchema,
  commentSchema,
  endOfLog,
  issueSchema,
  MAX_LOG_BYTES,
  permissionSchema,
  pullSchema,
  reviewCommentSchema,
  statusesSchema,
} from './map.ts';

/** Real payloads of GitHub's webhooks, whose parts look as in its REST API. */
const examples = z
  .array(z.object({ name: z.string(), examples: z.array(z.record(z.string(), z.unknown())) }))
  .parse(
    JSON.parse(
      readFileSync(new URL(import.meta.resolve('@octokit/webhooks-examples/api.github.com/index.json')), 'utf8'),
    ),
  );
const payloads = (name: string) => examples.find((one) => one.name === name)?.examples ?? [];

test.each([
  ['issues', 'issue', issueSchema],
  ['issue_comment', 'issue', issueSchema],
  ['issue_comment', 'comment', commentSchema],
  ['pull_request', 'pull_request', pullSchema],
  ['pull_request_review_comment', 'comment', reviewCommentSchema],
] as const)('every real payload of %s has a usable %s', (name, part, schema) => {
  // These two hold an issue of few fields only, as GitHub's API never gives it.
  const found = payloads(name).filter(({ action }) => action !== 'pinned' && action !== 'unpinned');
  expect(found.length).toBeGreaterThan(3);
  for (const payload of found) expect(schema.safeParse(payload[part])).toMatchObject({ success: true });
});

test('every real check run is read', () => {
  const runs = payloads('check_run').map((payload) => payload.check_run);
  const found = checkRunsSchema.parse({ total_count: runs.length, check_runs: runs });
  expect(found).toHaveLength(runs.length);
  expect(found.map(({ conclusion }) => conclusion)).toContain(null);
});

const user = { login: 'ada', type: 'User', id: 1 };
const issue = {
  ...{ number: 7, title: 'Broken', body: null, user, state: 'open', html_url: 'https://example.org/7', locked: false },
  labels: ['old', { id: 1, name: 'bug', color: 'f00' }, { name: null }],
};

test('an issue is mapped, with what GitHub leaves empty', () => {
  expect(issueSchema.parse(issue)).toEqual({
    ...{ number: 7, title: 'Broken', body: '', author: { login: 'ada', isBot: false }, open: true, isPull: false },
    ...{ labels: ['old', 'bug', ''], url: 'https://example.org/7' },
  });
  expect(issueSchema.parse({ ...issue, state: 'closed', pull_request: {} })).toMatchObject({
    open: false,
    isPull: true,
  });
});

test.each([
  [
    { login: 'x[bot]', type: 'Bot' },
    { login: 'x[bot]', isBot: true },
  ],
  [{ login: 'x[bot]' }, { login: 'x[bot]', isBot: true }],
  [
    { login: 'robot', type: 'Bot' },
    { login: 'robot', isBot: true },
  ],
  [
    { login: 'ada', type: 'User' },
    { login: 'ada', isBot: false },
  ],
  [null, { login: 'ghost', isBot: false }],
])('the author %j is %j', (found, author) => {
  expect(issueSchema.parse({ ...issue, user: found }).author).toEqual(author);
});

const pull = {
  ...{ number: 8, title: 'Fix', body: 'text', state: 'closed', draft: true, html_url: 'u', merged_at: null },
  ...{ head: { ref: 'fix', sha: 'a'.repeat(40), repo: null }, base: { ref: 'main', sha: 'b' } },
};

test('a pull request whose repository is gone has none, and one with a time of merging is merged', () => {
  expect(pullSchema.parse(pull)).toEqual({
    ...{ number: 8, title: 'Fix', body: 'text', open: false, merged: false, draft: true, url: 'u', base: 'main' },
    head: { branch: 'fix', repository: null, commit: 'a'.repeat(40) },
  });
  expect(pullSchema.parse({ ...pull, merged_at: '2026-01-01T00:00:00Z' }).merged).toBe(true);
});

test('a comment on lines that are gone has no line, and one that begins a thread answers none', () => {
  const comment = {
    ...{ id: 1, user, body: 'b', created_at: 'c', updated_at: 'u', html_url: 'h', path: 'a.ts', diff_hunk: '@@' },
    ...{ line: null },
  };
  expect(reviewCommentSchema.parse(comment)).toMatchObject({ line: null, inReplyTo: null, diffHunk: '@@' });
  expect(reviewCommentSchema.parse({ ...comment, line: 3, in_reply_to_id: 9 })).toMatchObject({
    line: 3,
    inReplyTo: 9,
  });
});

test.each([
  ['admin', 'admin'],
  ['maintain', 'write'],
  ['write', 'write'],
  ['triage', 'read'],
  ['read', 'read'],
  ['none', 'none'],
  ['owner of everything', 'none'],
])('the permission %s counts as %s', (permission, counts) => {
  expect(permissionSchema.parse({ permission, role_name: 'a-role-of-their-own', user })).toBe(counts);
});

test('a check that has ended without a conclusion is not green, and one that runs has none', () => {
  const run = { id: 1, name: 'test', html_url: null, app: { slug: 'github-actions' } };
  const read = (more: object) => checkRunsSchema.parse({ check_runs: [{ ...run, ...more }] })[0];
  expect(read({ status: 'completed', conclusion: null })).toMatchObject({ conclusion: 'unknown', isJob: true });
  expect(read({ status: 'in_progress', conclusion: null })).toMatchObject({ conclusion: null });
  const output = { title: 'T', summary: null, text: 'X' };
  expect(read({ status: 'completed', conclusion: 'failure', app: null, output })).toMatchObject({
    isJob: false,
    said: 'T\n\nX',
  });
});

test('commit statuses are read', () => {
  const statuses = [{ context: 'ci', state: 'failure', description: null, target_url: null, id: 1 }];
  expect(statusesSchema.parse({ state: 'failure', statuses })).toEqual([
    { name: 'ci', state: 'failure', said: '', url: '' },
  ]);
});

test('what is not as GitHub writes it is not taken', () => {
  for (const wrong of [null, [], 'x', {}, { ...issue, number: '7' }, { ...issue, title: null }]) {
    expect(issueSchema.safeParse(wrong).success).toBe(false);
  }
});

test('a log loses its timestamps and colours, and keeps its lines', () => {
  const log =
    '\ufeff2026-01-02T03:04:05.1234567Z \x1b[31mnot ok\x1b[0m 1\r\n2026-01-02T03:04:05.1234567Z at 2026-01-02T03:04:05Z\x07\n';
  expect(endOfLog(log)).toBe('not ok 1\nat 2026-01-02T03:04:05Z');
});

test('of a long log the end is kept, from the start of a line', () => {
  const log = `${Array.from({ length: 5000 }, (_, index) => `line ${index} é`).join('\n')}\n`;
  const end = endOfLog(log);
  expect(end).toMatch(/^line \d+ é\n/);
  expect(end.endsWith('line 4999 é')).toBe(true);
  expect(Buffer.byteLength(end)).toBeGreaterThan(MAX_LOG_BYTES - 20);
});

test('no log is longer than its bound or holds control characters', () => {
  const part = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 20 }),
    fc.constantFrom('\n', '\x1b[0m', '\r', '\x1b]0;', '€'),
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 30 }), fc.integer({ min: 1, max: 900 }), (parts, times) => {
      const end = endOfLog(parts.join('').repeat(times));
      expect(Buffer.byteLength(end)).toBeLessThanOrEqual(MAX_LOG_BYTES);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
      expect(end).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f]/);
    }),
    { numRuns: 50 },
  );
});
