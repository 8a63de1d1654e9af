import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { botConfigSchema } from './config.ts';
import { decide, type Facts } from './decide.ts';
import type { Issue, Pull } from './forge.ts';
import type { State, TriggerKind } from './job.ts';
import { jobId } from './target.ts';
import type { Trigger } from './trigger.ts';

const [BASE, OURS, HUMAN] = ['b'.repeat(40), '0'.repeat(40), 'f'.repeat(40)];
const AT = '2026-01-02T03:04:05Z';
const ada = { login: 'ada', isBot: false };
const config = botConfigSchema.parse({});
const thread = {
  number: 1,
  isPull: false,
  title: 'A fault',
  body: 'It fails.',
  author: { login: 'bob', isBot: false },
};
const issue: Issue = { ...thread, open: true, labels: [], url: 'https://forge.example/1' };
const pull: Pull = {
  ...{ number: 2, url: 'https://forge.example/2', title: '', body: '', open: true, merged: false, draft: true },
  ...{ head: { branch: 'drydock/issue-1', repository: 'o/r', commit: OURS }, base: 'main' },
};
const common = { repository: 'o/r', actor: ada, at: AT };
const label: Trigger = { kind: 'label', ...common, label: 'drydock', thread };
const mention: Trigger = { kind: 'mention', ...common, comment: 7, text: '@drydock again', thread };
const onPull: Trigger = { ...mention, thread: { ...thread, number: 2, isPull: true } };
const review: Trigger = {
  ...{ kind: 'review', ...common, comment: 7, review: null, text: '@drydock why?' },
  ...{ place: { path: 'a', line: 1, diffHunk: '@@' }, thread: { ...thread, number: 2, isPull: true } },
};
const checks: Trigger = { kind: 'checks', ...common, branch: 'drydock/issue-1', commit: OURS };
const dispatch: Trigger = { kind: 'dispatch', ...common, issue: 1, pull: null, task: null };
const state: State = {
  ...{ version: 1, branch: 'drydock/issue-1', pull: 2, head: OURS, pushing: null, ciRounds: 0 },
  jobs: [{ id: 'e'.repeat(16), at: AT, kind: 'label', outcome: 'finished', usd: 1 }],
};
const fresh: Facts = {
  ...{ trigger: label, repository: 'o/r', config, base: { branch: 'main', commit: BASE }, permission: 'write', issue },
  ...{ pull: null, branchHead: null, state: null, checks: null, spent: { usd: 0, jobs: 0 } },
};
const going: Facts = { ...fresh, trigger: onPull, pull, branchHead: OURS, state };
const red: Facts = {
  ...{ ...going, trigger: checks, permission: 'none' },
  checks: { pending: 0, failed: [{ name: 'test', conclusion: 'failure', url: '', log: '' }] },
};
const job = (kind: TriggerKind, outcome: string) => ({ id: 'd'.repeat(16), at: AT, kind, outcome, usd: null });
const closed = { ...issue, open: false };
const inPull = (head: Partial<Pull['head']>) => ({ ...pull, head: { ...pull.head, ...head } });

describe('decide', () => {
  it('begins a branch at the base where there is none, and goes on from its head where there is one', () => {
    expect(decide(fresh)).toEqual({
      ...{ decision: 'work', id: jobId('o/r', label), branch: 'drydock/issue-1', pull: null, maxCost: 5 },
      ...{ home: { number: 1, isPull: false, url: issue.url }, head: { commit: BASE, exists: false } },
    });
    expect(decide(going)).toMatchObject({ decision: 'work', pull: 2, head: { commit: OURS, exists: true } });
  });

  it.each<[string, Facts]>([
    ['a label again', { ...going, trigger: label }],
    ['a mention in the issue', { ...fresh, trigger: mention }],
    ['a comment of a review', { ...going, trigger: review }],
    ['a dispatch for an issue', { ...fresh, trigger: dispatch }],
    ['a dispatch for a pull request', { ...going, trigger: { ...dispatch, issue: null, pull: 2 } }],
    ['failing checks, though nobody with a permission is there', red],
    ['another upper case of the repository', { ...fresh, repository: 'O/R' }],
    ['a maintainer where writers may', { ...fresh, permission: 'admin' }],
    [
      'a named bot',
      {
        ...fresh,
        config: { ...config, bots: ['Helper[bot]'] },
        permission: 'none',
        trigger: { ...label, actor: { login: 'helper[bot]', isBot: true } },
      },
    ],
    [
      'a push of which the end was not seen',
      { ...going, trigger: label, state: { ...state, head: null, pushing: OURS } },
    ],
    ['commits of a human, when a person asks', { ...going, branchHead: HUMAN }],
    ['commits of a human without a memory, when a person asks', { ...going, branchHead: HUMAN, state: null }],
    ['a branch that was renamed under the prefix', { ...going, pull: inPull({ branch: 'drydock/better-name' }) }],
    ['a pull request without an issue', { ...going, issue: null }],
    [
      'a job that was done and has left nothing',
      { ...fresh, state: { ...state, jobs: [{ ...job('label', 'no_result'), id: jobId('o/r', label) }] } },
    ],
    ['one round less than the bound', { ...red, state: { ...state, ciRounds: 2 } }],
  ])('works on %s', (_, facts) => {
    expect(decide(facts).decision).toBe('work');
  });

  it.each<[string, Facts, string]>([
    ['another repository', { ...fresh, repository: 'o/other' }, 'the event is of another repository'],
    ['another label', { ...fresh, trigger: { ...label, label: 'bug' } }, 'the label is not the bot’s'],
    [
      'a label on a pull request',
      { ...fresh, trigger: { ...label, thread: { ...thread, isPull: true } } },
      'a label on a pull request',
    ],
    ['a comment that only quotes', { ...fresh, trigger: { ...mention, text: '> @drydock' } }, 'does not say @drydock'],
    ['a reader', { ...fresh, permission: 'read' }, 'may not call the bot'],
    [
      'a writer where only admins may',
      { ...fresh, config: { ...config, permission: 'admin' } },
      'may not call the bot',
    ],
    [
      'a bot that is not named',
      { ...fresh, trigger: { ...label, actor: { login: 'x[bot]', isBot: true } } },
      'may not call the bot',
    ],
    [
      'itself, even named',
      {
        ...fresh,
        config: { ...config, bots: [config.login] },
        trigger: { ...label, actor: { login: config.login, isBot: true } },
      },
      'may not call the bot',
    ],
    [
      'a job that was done',
      { ...fresh, state: { ...state, jobs: [{ ...job('label', 'finished'), id: jobId('o/r', label) }] } },
      'this job has been done',
    ],
    ['a closed issue', { ...fresh, issue: closed }, 'issue #1 is closed'],
    ['a closed issue with an open pull request', { ...going, issue: closed }, 'issue #1 is closed'],
    ['a closed pull request', { ...going, pull: { ...pull, open: false } }, 'pull request #2 is closed'],
    ['a merged pull request', { ...going, pull: { ...pull, open: false, merged: true } }, 'pull request #2 is merged'],
    ['an issue that is gone', { ...fresh, issue: null }, 'there is no issue #1'],
    [
      'checks of a foreign branch',
      { ...red, trigger: { ...checks, branch: 'main' } },
      'the branch of the checks is not the bot’s',
    ],
    [
      'checks where none are worked on',
      { ...red, config: { ...config, ciRounds: 0 } },
      'failing checks are not worked on here',
    ],
    ['checks of an older commit', { ...red, trigger: { ...checks, commit: HUMAN } }, 'no longer the branch’s head'],
    ['checks without a pull request', { ...red, pull: null }, 'has no pull request'],
    ['checks without a memory', { ...red, state: null }, 'the bot has no memory of the branch'],
    [
      'checks that are green by now',
      { ...red, checks: { pending: 0, failed: [] } },
      'no check of the commit fails now',
    ],
    ['checks of a fork’s pull request', { ...red, pull: inPull({ repository: 'mallory/r' }) }, 'in another repository'],
    [
      'checks above the bound, when it was said',
      { ...red, state: { ...state, ciRounds: 3, jobs: [...state.jobs, job('checks', 'refused')] } },
      'it has been said before',
    ],
    [
      'checks of a human’s commits, when it was said',
      {
        ...red,
        trigger: { ...checks, commit: HUMAN },
        branchHead: HUMAN,
        state: { ...state, jobs: [job('checks', 'refused')] },
      },
      'it has been said before',
    ],
  ])('says nothing to %s', (_, facts, reason) => {
    expect(decide(facts)).toEqual({ decision: 'skip', reason: expect.stringContaining(reason) });
  });

  it.each<[string, Facts, string]>([
    ['a pull request of a fork', { ...going, pull: inPull({ repository: 'mallory/r' }) }, 'is in another repository'],
    [
      'a pull request of a fork that is gone',
      { ...going, pull: inPull({ repository: null }) },
      'is in another repository',
    ],
    ['a person’s pull request', { ...going, pull: inPull({ branch: 'feature' }) }, 'is not under drydock/'],
    [
      'a branch that was renamed out of the prefix',
      { ...going, trigger: label, pull: inPull({ branch: 'mine' }) },
      'is not under drydock/',
    ],
    [
      'a branch with a name that is more than one',
      { ...going, pull: inPull({ branch: 'drydock/$(x)' }) },
      'is not under drydock/',
    ],
    [
      'a pull request into another branch',
      { ...going, pull: { ...pull, base: 'release' } },
      'into another branch than main',
    ],
    [
      'a pull request whose branch is gone',
      { ...going, branchHead: null },
      'the branch drydock/issue-1 of pull request #2 is gone',
    ],
    [
      'a label on a branch with commits of a human',
      { ...going, trigger: label, branchHead: HUMAN },
      'commits that are not the bot’s',
    ],
    [
      'a label on a branch of which it knows nothing',
      { ...fresh, branchHead: HUMAN },
      'commits that are not the bot’s',
    ],
    [
      'a bot’s mention on commits of a human',
      {
        ...going,
        branchHead: HUMAN,
        config: { ...config, bots: ['x[bot]'] },
        trigger: { ...onPull, actor: { login: 'x[bot]', isBot: true } },
      },
      'commits that are not the bot’s',
    ],
    [
      'failing checks of a human’s commits',
      { ...red, trigger: { ...checks, commit: HUMAN }, branchHead: HUMAN },
      'commits that are not the bot’s',
    ],
    ['checks that still fail', { ...red, state: { ...state, ciRounds: 3 } }, 'still fail after 3 rounds (ci-rounds)'],
    [
      'checks that fail again after a person asked',
      { ...red, state: { ...state, ciRounds: 3, jobs: [job('checks', 'refused'), job('mention', 'finished')] } },
      'still fail',
    ],
    ['the day’s last job', { ...fresh, spent: { usd: 0, jobs: 20 } }, 'today’s 20 jobs (max-jobs-per-day) are used up'],
    [
      'the day’s last dollar',
      { ...fresh, spent: { usd: 25, jobs: 1 } },
      'today’s 25 USD (max-cost-per-day) are used up',
    ],
  ])('tells why it does not work on %s', (_, facts, reason) => {
    expect(decide(facts)).toMatchObject({
      decision: 'refuse',
      id: jobId('o/r', facts.trigger),
      reason: expect.stringContaining(reason),
    });
  });

  it.each<[string, Facts, string]>([
    [
      'for a number that is a pull request’s',
      { ...fresh, trigger: dispatch, issue: { ...issue, isPull: true } },
      '#1 is a pull request, not an issue',
    ],
    ['for an issue that is not there', { ...fresh, trigger: dispatch, issue: null }, 'there is no issue #1'],
    [
      'for a pull request that is not there',
      { ...fresh, issue: null, trigger: { ...dispatch, issue: null, pull: 9 } },
      'there is no pull request #9',
    ],
  ])('tells only whoever has typed it of a dispatch %s', (_, facts, reason) => {
    expect(decide(facts)).toEqual({ decision: 'mistaken', reason, hint: expect.stringMatching(/./) });
  });

  it('gives a job no more than what is left of the day’s money', () => {
    expect(decide({ ...fresh, spent: { usd: 22.5, jobs: 5 } })).toMatchObject({ decision: 'work', maxCost: 2.5 });
  });

  it('gives a task without a thread the same branch for the same words', () => {
    const task = (text: string): Facts => ({
      ...fresh,
      repository: null,
      issue: null,
      trigger: { ...dispatch, repository: null, actor: null, issue: null, task: text },
    });
    const [one, same, other] = [task('Do it.'), task('Do it.'), task('Do that.')].map(decide);
    expect(one).toEqual(same);
    expect(one).toMatchObject({
      decision: 'work',
      home: null,
      branch: expect.stringMatching(/^drydock\/task-[0-9a-f]{12}$/),
    });
    expect(other).not.toMatchObject({ branch: one?.decision === 'work' && one.branch });
  });

  const triggers = fc.constantFrom(
    label,
    mention,
    onPull,
    review,
    checks,
    dispatch,
    { ...dispatch, issue: null, pull: 2 },
    { ...dispatch, issue: null, task: 'x' },
  );
  const actors = fc.constantFrom(ada, { login: 'x[bot]', isBot: true }, { login: config.login, isBot: true });
  const facts: fc.Arbitrary<Facts> = fc.record({
    trigger: fc.tuple(triggers, actors).map(([trigger, actor]) => ({ ...trigger, actor })),
    repository: fc.constantFrom('o/r', 'o/other', null),
    config: fc.constantFrom(
      config,
      { ...config, permission: 'admin' as const },
      { ...config, bots: ['y[bot]', config.login] },
    ),
    base: fc.constant(fresh.base),
    permission: fc.constantFrom('none', 'read', 'write', 'admin'),
    issue: fc.constantFrom(null, issue, closed, { ...issue, isPull: true }),
    pull: fc.constantFrom(
      null,
      pull,
      { ...pull, open: false },
      { ...pull, open: false, merged: true },
      inPull({ repository: 'm/r' }),
      inPull({ branch: 'main' }),
    ),
    branchHead: fc.constantFrom(null, OURS, HUMAN),
    state: fc.constantFrom(null, state, { ...state, ciRounds: 9 }),
    checks: fc.constantFrom(null, red.checks),
    spent: fc.record({ usd: fc.double({ min: 0, max: 30, noNaN: true }), jobs: fc.nat(25) }),
  });

  it('never works for whom it may not, on what is closed, outside its prefix or repository, or beyond the day’s bounds', () => {
    let worked = 0;
    fc.assert(
      fc.property(facts, (given) => {
        const decision = decide(given);
        if (decision.decision !== 'work') return;
        worked += 1;
        if (given.trigger.kind !== 'checks') {
          const least = given.config.permission === 'admin' ? ['admin'] : ['write', 'admin'];
          expect(least).toContain(given.permission);
          expect(given.trigger.actor).toEqual(ada);
        } else {
          expect(given.branchHead).toBe(OURS);
        }
        expect(given.issue?.open ?? true).toBe(true);
        expect(given.pull?.open ?? true).toBe(true);
        expect(given.pull?.head.repository ?? 'o/r').toBe('o/r');
        expect(decision.branch).toMatch(/^drydock\//);
        expect(given.spent.jobs).toBeLessThan(20);
        expect(given.spent.usd + (decision.maxCost ?? 0)).toBeLessThanOrEqual(25 + 1e-9);
      }),
      { numRuns: 3000 },
    );
    expect(worked).toBeGreaterThan(0);
  });
});

describe('the id of a job', () => {
  it('is the same for an event that is delivered again, and another for another event', () => {
    const all: Trigger[] = [
      ...[
        label,
        { ...label, at: '2026-01-02T03:04:06Z' },
        { ...label, label: 'other' },
        { ...label, thread: { ...thread, number: 3 } },
      ],
      ...[mention, { ...mention, comment: 8 }, review, { ...review, comment: null, review: 7 }],
      ...[checks, { ...checks, commit: HUMAN }, dispatch, { ...dispatch, task: 'more' }],
    ];
    const ids = all.map((trigger) => jobId('o/r', trigger));
    expect(new Set(ids).size).toBe(all.length);
    expect(all.map((trigger) => jobId('O/R', structuredClone(trigger)))).toEqual(ids);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{16}$/);
    expect(jobId('o/other', label)).not.toBe(ids[0]);
    expect(jobId('o/r', { ...checks, at: '2027-01-01T00:00:00Z' })).toBe(jobId('o/r', checks));
  });
});
