import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { forgeForTest, octokitOf } from './fixtures.ts';
import { checkRequest } from './openapi.ts';
import { OPERATIONS } from './operations.ts';

/** The problems of a request, as lines. */
function problems(method: string, target: string, body?: unknown, type = 'application/json'): string[] {
  const url = new URL(target, 'http://127.0.0.1');
  const text = typeof body === 'string' ? body : body === undefined ? '' : JSON.stringify(body);
  return checkRequest({
    ...{ method, path: url.pathname, query: url.searchParams, headers: { 'content-type': type } },
    body: Buffer.from(text),
  }).problems;
}

const PULLS = '/repos/octo/hello/pulls';

describe("GitHub's document", () => {
  it('lets requests pass that fit it', () => {
    expect(problems('GET', `${PULLS}?state=all&head=octo:fix&per_page=100&page=2`)).toEqual([]);
    expect(problems('POST', PULLS, { title: 'A', head: 'fix', base: 'main', body: 'B', draft: true })).toEqual([]);
    expect(problems('GET', '/repos/octo/hello/issues/comments?since=2026-01-01T00:00:00Z&sort=updated')).toEqual([]);
    expect(problems('GET', '/repos/octo/hello/commits/topic%2Fone/check-runs?filter=latest')).toEqual([]);
  });

  it.each([
    ['a path that it does not have', 'GET', '/repos/octo/hello/pullz', undefined, /has no GET/],
    ['a method that the path does not have', 'DELETE', PULLS, undefined, /has no DELETE/],
    ['a number in the path that is none', 'GET', '/repos/octo/hello/issues/one', undefined, /^path: .*integer/],
    ['a query parameter that it does not have', 'GET', `${PULLS}?branch=fix`, undefined, /^query: .*\(branch\)/],
    ['a query parameter that is none of its words', 'GET', `${PULLS}?state=opened`, undefined, /^query: \/state/],
    ['a query parameter that is no number', 'GET', `${PULLS}?per_page=all`, undefined, /^query: \/per_page/],
    ['a time that is none', 'GET', '/repos/o/h/issues/comments?since=yesterday', undefined, /^query: \/since/],
    ['a query parameter given twice', 'GET', `${PULLS}?page=1&page=2`, undefined, /more than once/],
    ['a field of another type', 'POST', PULLS, { title: 1, head: 'fix', base: 'main' }, /^body: \/title .*string/],
    ['a field that is no boolean', 'POST', PULLS, { head: 'a', base: 'b', draft: 'true' }, /^body: \/draft .*boolean/],
    ['a field that it does not have', 'POST', PULLS, { head: 'a', base: 'b', labels: [] }, /^body: .*\(labels\)/],
    ['a field that is missing', 'POST', PULLS, { title: 'A', head: 'fix' }, /^body: .*base/],
    ['a word that it does not have', 'PATCH', `${PULLS}/1`, { state: 'merged' }, /^body: \/state/],
    ['no body', 'POST', PULLS, undefined, /^body: is missing/],
    ['a body that is not JSON', 'POST', PULLS, '{', /^body: is not JSON/],
    ['a body where there is none', 'GET', PULLS, {}, /^body: there must be none/],
  ])('finds %s', (_, method, target, body, problem) => {
    expect(problems(method, target, body)).toEqual([expect.stringMatching(problem)]);
  });

  it('finds a body that is said to be something else', () => {
    expect(problems('POST', PULLS, { head: 'a', base: 'b' }, 'text/plain')).toEqual([
      expect.stringMatching(/not application\/json/),
    ]);
  });

  it('has the operations that the double knows, and names where it comes from', () => {
    const text = readFileSync(join(import.meta.dirname, 'github-api.json'), 'utf8');
    const document: { source: string; operations: { method: string; path: string }[] } = JSON.parse(text);
    expect(document.operations.map(({ method, path }) => `${method} ${path}`)).toEqual([...OPERATIONS]);
    expect(document.source).toMatch(/^@octokit\/openapi@\d+\.\d+\.\d+ \(MIT\)/);
  });
});

describe('a double', () => {
  it('answers a request that does not fit with 422, does nothing, and remembers it', async () => {
    const forge = await forgeForTest();
    forge.openIssue('ada', { title: 'One' });
    const octokit = octokitOf(forge, forge.tokens.write);
    const asked = octokit.request('POST /repos/octo/hello/issues/1/comments', { text: 'Hello' });
    await expect(asked).rejects.toMatchObject({ status: 422 });
    await expect(octokit.request('GET /repos/octo/hello/labels')).rejects.toMatchObject({ status: 422 });
    expect(forge.comments()).toEqual([]);
    expect(forge.violations.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'POST /repos/octo/hello/issues/1/comments',
      'GET /repos/octo/hello/labels',
    ]);
  });
});
