import { expect, test } from 'vitest';
import { explain } from './failure.ts';

const TOKEN = 'ghs_secret0123456789';
const asked = { request: 'POST /repos/o/r/pulls', needs: 'pull-requests: write', token: TOKEN };

/** As Octokit throws it. */
function answered(status: number, data: unknown, headers: Record<string, string> = {}) {
  return Object.assign(new Error('said'), { status, response: { status, headers, data, url: '' } });
}

test.each([
  [
    'a bad token',
    answered(401, { message: 'Bad credentials' }),
    'the forge refused the token for POST /repos/o/r/pulls',
  ],
  [
    'a missing permission',
    answered(403, { message: 'Resource not accessible by integration' }),
    'the token may not do POST /repos/o/r/pulls: Resource not accessible by integration',
  ],
  ['nothing there', answered(404, { message: 'Not Found' }), 'GitHub knows nothing of POST /repos/o/r/pulls'],
  [
    'something deleted',
    answered(410, { message: 'Gone' }),
    'what POST /repos/o/r/pulls is about was deleted, or is turned off',
  ],
  [
    'something that does not fit',
    answered(422, {
      message: 'Validation Failed',
      errors: [
        { resource: 'PullRequest', code: 'custom', message: 'A pull request already exists for o:x.' },
        { resource: 'PullRequest', field: 'head', code: 'invalid' },
        'more',
      ],
    }),
    'GitHub refused POST /repos/o/r/pulls (status 422): Validation Failed: A pull request already exists for o:x.; PullRequest head invalid; more',
  ],
  ['a gateway', answered(502, '<html>'), 'GitHub failed on POST /repos/o/r/pulls (status 502)'],
  [
    'no network',
    Object.assign(new Error('connect ECONNREFUSED'), { status: 500 }),
    'GitHub did not answer POST /repos/o/r/pulls: connect ECONNREFUSED',
  ],
])('%s is said in one line', (_, error, message) => expect(explain(error, asked).message).toBe(message));

test('the missing permission is named as GitHub names it, else as the request needs it', () => {
  const refusal = { message: 'Resource not accessible' };
  expect(explain(answered(403, refusal), asked).hint).toBe('it needs the permission pull-requests: write');
  const headers = { 'x-accepted-github-permissions': 'pull_requests=write; issues=write' };
  expect(explain(answered(403, refusal, headers), asked).hint).toBe('it needs the permission pull_requests: write');
});

test('a rate limit says when to come back', () => {
  const hint = (headers: Record<string, string>, status = 403) =>
    explain(answered(status, { message: 'slow' }, headers), asked).hint;
  expect(hint({ 'retry-after': '600' }, 429)).toBe('run the command again in 600 seconds');
  expect(hint({ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1800000000' })).toBe(
    'run the command again after 2027-01-15T08:00:00.000Z',
  );
  expect(hint({ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '9'.repeat(20) })).toContain('in some minutes');
});

test('neither the token nor a control character is said, whatever the server sends back', () => {
  const words = `no\n\x1b[2J${TOKEN}\u202e`;
  const cut = `${'x'.repeat(390)}${TOKEN}`;
  expect(explain(answered(422, { message: cut }), asked).message).not.toContain(TOKEN.slice(0, 6));
  for (const error of [
    answered(422, { message: words, errors: words }),
    answered(403, { message: words }),
    new Error(words),
    words,
  ]) {
    const { message, hint, stack } = explain(error, asked);
    expect(`${message}${hint}${stack}`).not.toContain(TOKEN);
    expect(message).not.toMatch(/[\p{Cc}\u202e]/u);
  }
});

test('whoever goes by the name of an error knows it for one of the bot’s', () => {
  expect(explain(answered(502, ''), asked)).toMatchObject({ name: 'BotError', kind: 'forge' });
});
