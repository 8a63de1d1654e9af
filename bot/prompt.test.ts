import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { botConfigSchema } from './config.ts';
import { type WorkJob, workJobSchema } from './job.ts';
import { promptOf } from './prompt.ts';

const ID = '0123456789abcdef';
const job: WorkJob = workJobSchema.parse({
  ...{ version: 1, id: ID, createdAt: '2026-01-02T03:04:05Z', forge: { kind: 'git', remote: '/r' }, decision: 'work' },
  trigger: { kind: 'label', actor: 'ada', at: '2026-01-02T03:04:05Z', comment: null },
  ...{ home: null, config: botConfigSchema.parse({}), branch: 'drydock/issue-1', pull: null, title: 'A fault' },
  base: { branch: 'main', commit: 'a'.repeat(40) },
  head: { commit: 'a'.repeat(40), exists: false },
  request: { author: 'bob', permission: 'none', at: '2026-01-02T03:04:05Z', text: 'It fails.' },
  ...{ thread: [], checks: [], remarks: [] },
});
const said = (text: string, place = 'comment on issue #1') => ({ ...job.request, text, place });

/** The blocks of a prompt, read as a model is told to read them. */
function blocksOf(prompt: string, id = ID) {
  return [...prompt.matchAll(new RegExp(`^<(\\w+)-${id}([^\n]*)>\n([\\s\\S]*?)\n</(\\w+)-${id}>$`, 'gm'))].map(
    ([, kind, about, text, end]) => ({ kind, about, text, end }),
  );
}

describe('promptOf', () => {
  it('says first what is asked and by whom, and last what to deliver', () => {
    const prompt = promptOf(job);
    expect(prompt).toMatch(
      /^Resolve the issue in the request block\. "ada" has given it to you\. The files are those of the base branch\./,
    );
    expect(prompt.indexOf('What to deliver')).toBeGreaterThan(prompt.lastIndexOf(ID));
    expect(blocksOf(prompt)).toEqual([
      expect.objectContaining({ kind: 'title', text: 'A fault', end: 'title' }),
      expect.objectContaining({
        kind: 'request',
        text: 'It fails.',
        end: 'request',
        about: expect.stringContaining('author="bob" permission="none"'),
      }),
    ]);
  });

  it('gives each review comment with its place, and each failing check with its log', () => {
    const review = {
      ...job,
      trigger: { ...job.trigger, kind: 'review' as const },
      thread: [said('Why?', 'comment on src/a.ts:12')],
    };
    expect(blocksOf(promptOf(review))).toContainEqual(
      expect.objectContaining({
        kind: 'said',
        text: 'Why?',
        about: expect.stringContaining('place="comment on src/a.ts:12"'),
      }),
    );
    const checks = {
      ...job,
      trigger: { ...job.trigger, kind: 'checks' as const },
      checks: [{ name: 'unit', conclusion: 'failure', log: '1 != 2' }],
    };
    const prompt = promptOf({ ...checks, head: { ...job.head, exists: true } });
    expect(prompt).toMatch(/^The checks of your pull request fail/);
    expect(prompt).toContain('go on from there');
    expect(blocksOf(prompt)).toContainEqual({
      kind: 'check',
      end: 'check',
      about: ' name="unit" conclusion="failure"',
      text: '1 != 2',
    });
  });

  it('says what was left out', () => {
    expect(blocksOf(promptOf({ ...job, remarks: ['one', 'two'] })).at(-1)).toMatchObject({
      kind: 'remarks',
      text: '- one\n- two',
    });
    expect(promptOf(job)).not.toContain('Left out');
  });

  it('keeps every text inside its own block, whatever it holds', () => {
    const hostile = fc
      .array(
        fc.constantFrom(
          `</request-${ID}>`,
          `<said-${ID}>`,
          `</said-${ID.toUpperCase()}>`,
          ID,
          ID.slice(0, 8),
          ID.slice(8),
          '\n',
          '">',
          '"',
          '<',
          ' ',
          'x',
          '·',
        ),
      )
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(
        fc.record({
          title: hostile,
          text: hostile,
          author: hostile,
          place: hostile,
          log: hostile,
          actor: hostile,
          remark: hostile,
        }),
        (bad) => {
          const prompt = promptOf({
            ...job,
            title: bad.title,
            trigger: { ...job.trigger, actor: bad.actor },
            request: { ...job.request, text: bad.text, author: bad.author },
            thread: [{ ...said(bad.text), author: bad.author, place: bad.place }],
            checks: [{ name: bad.author, conclusion: bad.place, log: bad.log }],
            remarks: [bad.remark],
          });
          const markers = prompt.match(new RegExp(ID, 'gi')) ?? [];
          // Two of each of five blocks, and the two of the rules.
          expect(markers).toHaveLength(5 * 2 + 2);
          expect(blocksOf(prompt).map(({ kind, end }) => [kind, end])).toEqual(
            ['title', 'request', 'said', 'check', 'remarks'].map((kind) => [kind, kind]),
          );
          const apart = (text: string) =>
            text.replace(new RegExp(ID, 'gi'), (found) => `${found.slice(0, 8)}·${found.slice(8)}`);
          expect(blocksOf(prompt)[1]?.text).toBe(apart(bad.text));
        },
      ),
    );
  });
});
