import { describe, expect, it } from 'vitest';
import { rawPayloads } from './events.ts';
import { forgeForTest } from './fixtures.ts';

async function told() {
  const forge = await forgeForTest();
  forge.addUser('ada', 'write');
  forge.openIssue('ada', { title: 'It is broken', body: 'Look.', labels: ['drydock'] });
  const sha = await forge.pushAs('ada', 'fix', { 'a.txt': 'fixed\n' });
  const pull = await forge.openPull('ada', 'fix');
  return { forge, sha, pull };
}

/** The names of all fields, however deep; what is in lists has none. */
function shapeOf(value: unknown, at = ''): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [at];
  return Object.entries(value).flatMap(([key, inner]) => shapeOf(inner, `${at}/${key}`));
}

describe('an event', () => {
  it('of a label has the issue, the label and who did it', async () => {
    const { forge } = await told();
    const { name, payload } = await forge.events.labeled(1, 'drydock', 'ada');
    expect(name).toBe('issues');
    expect(payload).toMatchObject({
      action: 'labeled',
      issue: { number: 1, title: 'It is broken', body: 'Look.', state: 'open', labels: [{ name: 'drydock' }] },
      label: { name: 'drydock' },
      repository: { full_name: 'octo/hello', default_branch: 'main', owner: { login: 'octo' } },
      sender: { login: 'ada', type: 'User' },
    });
  });

  it('of a comment says whether it is on a pull request', async () => {
    const { forge, pull } = await told();
    const onIssue = await forge.events.commented(forge.comment('eve', 1, '@drydock go').id);
    const onPull = await forge.events.commented(forge.comment('robot[bot]', pull.number, 'Hi').id);
    expect(onIssue).toMatchObject({
      name: 'issue_comment',
      payload: { action: 'created', comment: { body: '@drydock go', user: { login: 'eve' } } },
    });
    expect(onIssue.payload.issue).not.toHaveProperty('pull_request');
    expect(onPull.payload).toMatchObject({
      issue: { number: 2, pull_request: { url: `${forge.url}/repos/octo/hello/pulls/2` } },
      sender: { login: 'robot[bot]', type: 'Bot' },
    });
  });

  it('of a review has the pull request as it is', async () => {
    const { forge, sha, pull } = await told();
    const comment = await forge.reviewComment('ada', pull.number, { path: 'a.txt', line: 3, body: '@drydock why?' });
    const review = await forge.review('ada', pull.number, { body: '@drydock again', state: 'changes_requested' });
    expect(await forge.events.reviewCommented(comment.id)).toMatchObject({
      name: 'pull_request_review_comment',
      payload: {
        comment: { id: comment.id, path: 'a.txt', line: 3, body: '@drydock why?' },
        pull_request: {
          number: 2,
          head: { ref: 'fix', sha, repo: { full_name: 'octo/hello' } },
          base: { ref: 'main' },
        },
      },
    });
    expect(await forge.events.reviewed(review.id)).toMatchObject({
      name: 'pull_request_review',
      payload: { action: 'submitted', review: { body: '@drydock again', state: 'changes_requested', commit_id: sha } },
    });
  });

  it('of checks that have ended names the commit, its branch and its pull requests', async () => {
    const { forge, sha } = await told();
    forge.setCheck(sha, 'lint', 'success');
    forge.setCheck(sha, 'test', 'failure', 'Expected 2\n');
    const ended = {
      ...{ head_sha: sha, head_branch: 'fix', conclusion: 'failure', status: 'completed' },
      pull_requests: [{ number: 2, head: { ref: 'fix', sha } }],
    };
    expect((await forge.events.checkSuite(sha)).payload).toMatchObject({ action: 'completed', check_suite: ended });
    expect((await forge.events.workflowRun(sha)).payload).toMatchObject({ action: 'completed', workflow_run: ended });
  });

  it('of a dispatch has what was given', async () => {
    const { forge } = await told();
    expect(await forge.events.dispatched('ada', { prompt: 'Do it' })).toMatchObject({
      name: 'workflow_dispatch',
      payload: { inputs: { prompt: 'Do it' }, ref: 'refs/heads/main', sender: { login: 'ada' } },
    });
  });

  it('has every field that the example of GitHub has, and names no other repository', async () => {
    const { forge } = await told();
    const { payload } = await forge.events.labeled(1, 'drydock', 'ada');
    const example = rawPayloads('issues').find(({ action }) => action === 'labeled');
    const own = new Set(shapeOf(payload));
    // The example's issue has a milestone and an assignee, ours has none.
    const missing = shapeOf(example).filter((path) => !own.has(path) && !/\/(milestone|assignee)\//.test(path));
    expect(missing).toEqual([]);
    expect(JSON.stringify(payload)).not.toContain('Hello-World');
  });

  it('has real examples beside it', () => {
    for (const name of ['issues', 'issue_comment', 'check_suite', 'workflow_run']) {
      expect(rawPayloads(name).length).toBeGreaterThan(1);
    }
    expect(rawPayloads('none')).toEqual([]);
  });
});
