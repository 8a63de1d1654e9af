import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderComment, type Stage, visibleOf } from './comment.ts';
import { botConfigSchema } from './config.ts';
import type { Result, State, WorkJob } from './job.ts';
import { commitMessage, isOwnBody, isOwnCommit, isReplyOf, pullBody, replyBody, titleOf } from './pull.ts';
import { decodeState } from './state.ts';

const at = '2026-03-01T12:00:00Z';
const JOB: WorkJob = {
  ...{ version: 1, decision: 'work', id: '0123456789abcdef', createdAt: at, branch: 'drydock/issue-7' },
  forge: { kind: 'github', api: 'https://api.example', repository: 'o/r', remote: 'https://example/o/r.git' },
  trigger: { kind: 'label', actor: 'ada', at, comment: null },
  home: { number: 7, isPull: false, url: 'https://example/o/r/issues/7' },
  config: botConfigSchema.parse({}),
  base: { branch: 'main', commit: 'a'.repeat(40) },
  head: { commit: 'a'.repeat(40), exists: false },
  ...{ pull: null, title: 'Parser fails', thread: [], checks: [], remarks: [] },
  request: { author: 'ada', permission: 'write', at, text: '' },
};
const RESULT: Result = {
  ...{ version: 1, job: JOB.id, outcome: 'completed', exitCode: 0, message: '', summary: 'Fixed.', change: null },
  usage: { turns: 1, usd: null, inputTokens: 1, outputTokens: 1 },
  ...{ durationMs: 1000, session: 's-1' },
};
const STATE: State = { version: 1, branch: JOB.branch, pull: 8, head: null, pushing: null, ciRounds: 0, jobs: [] };
const LIMIT = { outcome: 'limit', exitCode: 5, message: 'stopped at the limit' };
const visible = (stage: Stage, result: Result | null = RESULT, bare = false) =>
  visibleOf(renderComment({ job: JOB, result, stage, state: STATE, bare }));

const STAGES: Stage[] = [
  { kind: 'publishing', problem: null },
  { kind: 'publishing', problem: 'the pull request could not be opened' },
  { kind: 'done', commit: 'b'.repeat(40), entries: [] },
  { kind: 'unchanged' },
  { kind: 'refused', refusals: [{ path: 'a', reason: 'it is no text', allowance: 'allow.binaries' }], secrets: [] },
  { kind: 'declined', reason: 'the branch has commits that are not the bot’s' },
  { kind: 'stale' },
  { kind: 'broken', reason: 'result.json is missing' },
];

describe('the progress comment', () => {
  it('says first how far it is, and who asked without calling them', () => {
    const heads = STAGES.map((stage) => visible(stage).split('\n\n'));
    expect(heads.map(([head]) => head)).toEqual([
      '**Publishing**',
      '**Not published yet**',
      '**Done: #8**',
      '**Nothing was changed**',
      '**Not published: the change is not one that may be published**',
      '**Not published**',
      '**Not published: the branch has moved meanwhile**',
      '**Not finished: the work has left no result that can be used**',
    ]);
    expect(new Set(heads.map(([, asked]) => asked))).toEqual(new Set(['Asked for by `ada` with a label.']));
    expect(visible({ kind: 'unchanged' }, { ...RESULT, ...LIMIT })).toContain(
      'It ended with `limit`: stopped at the limit',
    );
  });

  it('gives each reason of a refusal, with what would allow it', () => {
    const refusals = [
      { path: 'a`b', reason: 'it is no text', allowance: 'allow.binaries' },
      { path: null, reason: '60 files, at most 50', allowance: 'max-files' },
      { path: 'vendor', reason: 'it is a submodule', allowance: null },
    ];
    const secrets = [
      { where: 'src/a.ts', line: 3, kind: 'github token' },
      { where: 'b', line: 0, kind: 'canary' },
    ];
    expect(
      visible({ kind: 'refused', refusals, secrets })
        .split('\n')
        .filter((line) => line.startsWith('-')),
    ).toEqual([
      '- `src/a.ts`, line 3, holds what must not be published: github token',
      '- the name `b` holds what must not be published: canary',
      "- `a'b`: it is no text; `allow.binaries` in `.drydock/bot.yaml` would allow it",
      '- 60 files, at most 50; `max-files` in `.drydock/bot.yaml` would allow it',
      '- `vendor`: it is a submodule; nothing allows it',
    ]);
    const many = Array.from({ length: 25 }, (_, index) => ({ path: `f${index}`, reason: 'x', allowance: null }));
    expect(visible({ kind: 'refused', refusals: many, secrets: [] })).toContain('\n- and 5 more\n');
  });

  it('can be written without anybody’s words', () => {
    const secret = 'zzz-secret';
    const job = { ...JOB, trigger: { ...JOB.trigger, actor: secret } };
    const result = { ...RESULT, ...LIMIT, summary: secret, message: secret };
    const refusals = [{ path: secret, reason: secret, allowance: null }];
    const stages: Stage[] = [
      ...STAGES,
      { kind: 'refused', refusals, secrets: [{ where: secret, line: 1, kind: 'canary' }] },
      { kind: 'declined', reason: secret },
      { kind: 'broken', reason: secret },
      { kind: 'publishing', problem: secret },
    ];
    for (const stage of stages) {
      expect(renderComment({ job, result, stage, state: STATE, bare: true })).not.toContain(secret);
    }
  });

  it('keeps its memory whatever a model says', () => {
    const nasty = fc.constantFrom(
      '```',
      '~~~',
      '<!-- drydock-state: e30= -->',
      'drydock-state:',
      '\n',
      '`',
      '-->',
      'x',
      '\\',
      '> ',
      '    ',
    );
    fc.assert(
      fc.property(fc.array(nasty, { maxLength: 12 }), fc.constantFrom(...STAGES), (parts, stage) => {
        const result = { ...RESULT, ...LIMIT, summary: parts.join(''), message: parts.join('') };
        const body = renderComment({ job: JOB, result, stage, state: STATE });
        expect(decodeState(body)).toEqual(STATE);
        expect(visibleOf(body)).not.toContain('<!--');
      }),
      { numRuns: 500, examples: [[['`', '    ', '`', '~~~'], { kind: 'unchanged' }]] },
    );
  });
});

describe('the pull request', () => {
  it('says what it closes and how it was made, and is known as our own until somebody edits it', () => {
    const body = pullBody(JOB, RESULT);
    expect(body).toMatch(
      /^Fixed\.\n\nCloses #7\n\n---\n\nAsked for by `ada` with a label\. A model made this change in a sandbox/,
    );
    expect(isOwnBody(body)).toBe(true);
    expect(isOwnBody(`${body.replaceAll('\n', '\r\n')}\r\n`)).toBe(true);
    for (const edited of [body.replace('Fixed', 'Fixed it'), `${body}\nmore`, body.split('<!--')[0] ?? '', '']) {
      expect(isOwnBody(edited)).toBe(false);
    }
  });

  it('closes nothing where it is its own thread', () => {
    const home = { number: 8, isPull: true, url: '' };
    expect(pullBody({ ...JOB, home }, RESULT)).not.toContain('Closes');
    expect(pullBody({ ...JOB, home: null }, RESULT)).not.toContain('Closes');
  });

  it('has the title of the issue in one line, or a name where that is empty', () => {
    expect(titleOf({ ...JOB, title: 'Fix\n#3 for @ada' })).toBe('Fix 3 for ada');
    expect(titleOf({ ...JOB, title: '\u200b' })).toBe('Work on 7');
  });

  it('has a commit that says which job it is of, and no words of a model', () => {
    const message = commitMessage({ ...JOB, title: 'x\n\nDrydock-Job: y' }, { ...RESULT, session: 'a\nb' });
    expect(message).toBe('x Drydock-Job: y\n\nAsked for by ada with a label.\n\nDrydock-Job: 0123456789abcdef\n');
    expect(isOwnCommit(message)).toBe(true);
    expect(isOwnCommit(commitMessage(JOB, RESULT))).toBe(true);
    expect(isOwnCommit('Fix\n')).toBe(false);
  });

  it('has answers that are known by their job', () => {
    const body = replyBody(JOB, { ...RESULT, summary: `<!-- drydock-reply: ${'f'.repeat(16)} -->` }, 'Done.');
    expect(isReplyOf(JOB.id, body)).toBe(true);
    expect(isReplyOf('f'.repeat(16), body)).toBe(false);
  });
});
