import { createRequire } from 'node:module';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { BotError } from './errors.ts';
import { readEvent } from './event.ts';

const NOW = '2026-01-02T03:04:05Z';
// A CommonJS package whose main file is JSON: `import` would need an attribute that TypeScript takes for a default export only.
const examples = z
  .array(z.object({ name: z.string(), examples: z.array(z.record(z.string(), z.unknown())) }))
  .parse(createRequire(import.meta.url)('@octokit/webhooks-examples'));

const example = (name: string, action?: string) => {
  const found = examples.find((event) => event.name === name)?.examples.find((payload) => payload.action === action);
  if (found === undefined) throw new Error(`no example of ${name} ${action}`);
  return structuredClone(found);
};
const changed = (payload: Record<string, unknown>, part: string, change: Record<string, unknown>) => ({
  ...payload,
  [part]: { ...z.record(z.string(), z.unknown()).parse(payload[part]), ...change },
});

describe('readEvent', () => {
  it('gives a trigger or a reason for every payload that GitHub is known to send', () => {
    const kinds = new Map<string, number>();
    for (const { name, examples: payloads } of examples) {
      for (const payload of payloads) {
        const read = readEvent(name, payload, NOW);
        const kind = 'skip' in read ? 'skip' : read.kind;
        if ('skip' in read) expect(read.skip).toMatch(/^[^\n]+$/);
        kinds.set(`${name} ${kind}`, (kinds.get(`${name} ${kind}`) ?? 0) + 1);
      }
    }
    expect(Object.fromEntries([...kinds].filter(([key]) => !key.endsWith(' skip')))).toEqual({
      'issue_comment mention': 5,
      'issues label': 2,
      'pull_request_review_comment review': 3,
    });
  });

  it('reads who gave which label to what', () => {
    expect(readEvent('issues', example('issues', 'labeled'), NOW)).toMatchObject({
      kind: 'label',
      repository: 'Codertocat/Hello-World',
      actor: { login: 'Codertocat', isBot: false },
      at: '2019-05-15T15:20:18Z',
      label: 'bug',
      thread: { number: 1, isPull: false, title: 'Spelling error in the README file', author: { login: 'Codertocat' } },
    });
  });

  it('reads a comment on an issue, and on a pull request', () => {
    const payload = example('issue_comment', 'created');
    expect(readEvent('issue_comment', payload, NOW)).toMatchObject({
      kind: 'mention',
      comment: 492700400,
      at: '2019-05-15T15:20:21Z',
      text: expect.stringContaining('You are totally right!'),
      thread: { number: 1, isPull: false },
    });
    expect(readEvent('issue_comment', changed(payload, 'issue', { pull_request: { url: '' } }), NOW)).toMatchObject({
      thread: { isPull: true },
    });
  });

  it('reads where a review’s comment is', () => {
    expect(
      readEvent('pull_request_review_comment', example('pull_request_review_comment', 'created'), NOW),
    ).toMatchObject({
      kind: 'review',
      review: null,
      comment: expect.any(Number),
      place: { path: 'README.md', diffHunk: expect.stringContaining('@@') },
      thread: { number: 2, isPull: true },
    });
  });

  it('reads the text of a review, and skips a review without one', () => {
    const payload = changed(example('pull_request_review', 'submitted'), 'review', { body: 'Do it.' });
    expect(readEvent('pull_request_review', payload, NOW)).toMatchObject({
      kind: 'review',
      comment: null,
      text: 'Do it.',
    });
    expect(readEvent('pull_request_review', changed(payload, 'review', { body: null }), NOW)).toEqual({
      skip: 'the review has no text of its own',
    });
  });

  it.each([
    ['failure', 'checks'],
    ['timed_out', 'checks'],
    ['cancelled', undefined],
    ['success', undefined],
    [null, undefined],
  ])('gives of checks that ended with %s: %s', (conclusion, kind) => {
    const suite = changed(example('check_suite', 'completed'), 'check_suite', { conclusion });
    expect(readEvent('check_suite', suite, NOW)).toEqual(
      kind === undefined
        ? { skip: `the checks ended with ${conclusion ?? 'nothing'}` }
        : expect.objectContaining({ kind, branch: 'changes', commit: 'ec26c3e57ca3a959ca5aad62de7213c562f8c821' }),
    );
  });

  it('skips checks of a fork, though its branch may have the name of one of ours', () => {
    const run = example('workflow_run', 'completed');
    const of = (full_name: string | null) =>
      readEvent(
        'workflow_run',
        changed(
          changed(run, 'workflow_run', { conclusion: 'failure', head_repository: full_name && { full_name } }),
          'repository',
          {
            full_name: 'octo-org/octo-repo',
          },
        ),
        NOW,
      );
    expect(of('octo-org/octo-repo')).toMatchObject({ kind: 'checks' });
    expect(of('mallory/octo-repo')).toEqual({ skip: 'the run is of a commit of another repository' });
    expect(of(null)).toEqual({ skip: 'the run is of a commit of another repository' });
    const suite = changed(example('check_suite', 'completed'), 'check_suite', {
      conclusion: 'failure',
      head_branch: null,
    });
    expect(readEvent('check_suite', suite, NOW)).toEqual({ skip: 'the checks are of no branch of this repository' });
  });

  it('skips runs that a call of the bot began', () => {
    const run = changed(example('workflow_run', 'completed'), 'repository', { full_name: 'octo-org/octo-repo' });
    const by = (event: string) =>
      readEvent('workflow_run', changed(run, 'workflow_run', { conclusion: 'failure', event }), NOW);
    expect(by('push')).toMatchObject({ kind: 'checks' });
    expect(by('pull_request_review')).toEqual({ skip: 'the run was begun by pull_request_review, not by a commit' });
  });

  it('reads the inputs of a dispatch, whose time is now', () => {
    const payload = { ...example('workflow_dispatch'), inputs: { issue: ' 12 ', pull: '', task: ' Do it. ' } };
    expect(readEvent('workflow_dispatch', payload, NOW)).toMatchObject({
      ...{ kind: 'dispatch', at: NOW, issue: 12, pull: null, task: 'Do it.' },
    });
    expect(() => readEvent('workflow_dispatch', { ...payload, inputs: { issue: '#12' } }, NOW)).toThrow(
      'this is no payload of the event workflow_dispatch: inputs.issue: is not a number',
    );
  });

  it.each(['Bot', 'Organization', 'Mannequin'])('takes a %s for no person', (type) => {
    const payload = changed(example('issues', 'labeled'), 'sender', { login: 'x', type });
    expect(readEvent('issues', payload, NOW)).toMatchObject({ actor: { login: 'x', isBot: true } });
  });

  it('names the field of a payload that is not of its event', () => {
    expect(() => readEvent('issues', changed(example('issues', 'labeled'), 'issue', { number: 'one' }), NOW)).toThrow(
      'this is no payload of the event issues: issue.number: ',
    );
    expect(() => readEvent('issues', [], NOW)).toThrow('this is no payload of the event issues: the payload: ');
  });

  it('throws nothing but its own error, whatever the payload', () => {
    const names = fc.constantFrom(...examples.map(({ name }) => name), '__proto__', 'constructor', '');
    const payload = fc.oneof(fc.anything(), fc.record({ action: fc.constantFrom('labeled', 'created', 'completed') }));
    fc.assert(
      fc.property(names, payload, (name, value) => {
        try {
          readEvent(name, value, NOW);
        } catch (error) {
          expect(error).toBeInstanceOf(BotError);
        }
      }),
    );
  });
});
