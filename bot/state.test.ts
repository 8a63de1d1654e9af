import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { botConfigSchema } from './config.ts';
import type { Comment } from './forge.ts';
import { REMEMBERED_JOBS, type State } from './job.ts';
import { decodeState, encodeState, findProgress, nextMemory, spentOn } from './state.ts';

const job = (id: string, at = '2026-01-02T03:04:05Z', usd: number | null = 1, outcome = 'finished') => {
  return { id: id.repeat(16), at, kind: 'label' as const, outcome, usd };
};
const state: State = {
  version: 1,
  branch: 'drydock/issue-1',
  pull: 2,
  head: 'a'.repeat(40),
  pushing: null,
  ciRounds: 0,
  jobs: [job('1')],
};
const BOT = 'github-actions[bot]';
const comment = (id: number, body: string, login = BOT): Comment => ({
  ...{ id, body, url: '', createdAt: '2026-01-02T03:04:05Z', updatedAt: '2026-01-02T03:04:05Z' },
  author: { login, isBot: login.endsWith('[bot]') },
});
const marker = encodeState(state);

describe('the state in a comment', () => {
  it('comes back, whatever it is, and is one HTML comment', () => {
    const commit = fc.constantFrom('0'.repeat(40), 'f'.repeat(64));
    const states = fc.record({
      version: fc.constant(1 as const),
      branch: fc.constantFrom('drydock/issue-1', 'a/b.c_d-e'),
      pull: fc.option(fc.integer({ min: 1, max: 1e9 })),
      head: fc.option(commit),
      pushing: fc.option(commit),
      ciRounds: fc.nat(),
      jobs: fc.array(
        fc.record({
          id: fc.constantFrom('0123456789abcdef', 'f'.repeat(16)),
          at: fc.constant('2026-01-02T03:04:05+01:00'),
          kind: fc.constantFrom('label', 'checks'),
          outcome: fc.string({ unit: 'grapheme' }),
          usd: fc.option(fc.double({ min: 0, max: 1e6, noNaN: true }).map((usd) => usd + 0)),
        }),
        { maxLength: REMEMBERED_JOBS },
      ),
    });
    fc.assert(
      fc.property(states, fc.constantFrom('', 'Working.\n', 'a\r\n\r\n'), (value, above) => {
        const line = encodeState(value);
        expect(line.slice(4, -3)).not.toMatch(/--|[<>\n]/);
        expect(decodeState(`${above}${line}\n`)).toEqual(value);
      }),
    );
  });

  it('keeps the newest jobs', () => {
    const jobs = Array.from({ length: REMEMBERED_JOBS + 5 }, (_, n) => ({ ...job('1'), outcome: `${n}` }));
    const kept = decodeState(encodeState({ ...state, jobs }))?.jobs.map(({ outcome }) => outcome);
    expect(kept).toHaveLength(REMEMBERED_JOBS);
    expect(kept?.at(-1)).toBe(`${REMEMBERED_JOBS + 4}`);
  });

  const other = (content: unknown) =>
    `<!-- drydock-state: ${Buffer.from(JSON.stringify(content)).toString('base64')} -->`;
  it.each([
    ['nothing', ''],
    ['text after it', `${marker}\nmore`],
    ['a quote', `> ${marker}`],
    ['something before it in the line', `a ${marker}`],
    ['an open code block', `\`\`\`\n${marker}`],
    ['an open code block with a shorter fence inside', `~~~~\n~~~\n${marker}`],
    ['a second marker', `${marker}\n${marker}`],
    ['a second marker that is no state', `<!-- drydock-state: x -->\n${marker}`],
    ['no Base64', '<!-- drydock-state: ü -->'],
    ['no JSON', '<!-- drydock-state: AAAA -->'],
    ['another version', other({ ...state, version: 2 })],
    ['a field too many', other({ ...state, admin: true })],
    ['a branch that git would not take', other({ ...state, branch: '--upload-pack=x' })],
    ['more jobs than are kept', other({ ...state, jobs: Array(REMEMBERED_JOBS + 1).fill(job('1')) })],
    ['far more than a state', `<!-- drydock-state: ${'A'.repeat(40_000)} -->`],
    ['escaped text', marker.replace('<', '&lt;')],
  ])('is none with %s', (_, body) => {
    expect(decodeState(body)).toBeNull();
  });

  it('is read below a code block that was closed', () => {
    expect(decodeState(`\`\`\`\nlog\n\`\`\`\n${marker}`)).toEqual(state);
  });

  it('reads any text', () => {
    fc.assert(
      fc.property(
        fc.string(),
        (text) => decodeState(text) === null && decodeState(`<!-- drydock-state: ${text} -->`) === null,
      ),
    );
  });
});

describe('findProgress', () => {
  it('takes the oldest of the bot, and names the others', () => {
    const found = findProgress([comment(7, marker), comment(3, marker), comment(1, 'Hello.'), comment(9, marker)], BOT);
    expect(found.progress).toMatchObject({ comment: { id: 3 }, state });
    expect(found.surplus.map((one) => one.comment.id)).toEqual([7, 9]);
  });

  it('believes nobody else', () => {
    const others = ['mallory', 'github-actions', 'other[bot]', 'github-actions[bot]x'];
    expect(
      findProgress(
        others.map((login, n) => comment(n + 1, marker, login)),
        BOT,
      ),
    ).toEqual({ progress: null, surplus: [] });
  });
});

describe('spentOn', () => {
  it('counts each job of that day in UTC once', () => {
    const first = [
      job('1', '2026-01-02T00:30:00+01:00', 9),
      job('2', '2026-01-02T00:00:00Z', 0.5),
      job('3', '2026-01-02T23:59:59Z', null),
    ];
    const second = [
      job('2', '2026-01-02T00:00:00Z', 0.5),
      job('4', '2026-01-02T12:00:00Z', 2),
      job('5', '2026-01-02T12:00:00Z', 7, 'refused'),
    ];
    const comments = [
      comment(1, encodeState({ ...state, jobs: first })),
      comment(2, encodeState({ ...state, jobs: second })),
    ];
    expect(spentOn('2026-01-02', comments, BOT)).toEqual({ usd: 2.5, jobs: 3 });
    expect(spentOn('2026-01-02', comments, 'somebody')).toEqual({ usd: 0, jobs: 0 });
  });
});

describe('the memory after a job', () => {
  const before = { pushing: 'b'.repeat(40), ciRounds: 2 };
  const call = (kind: 'mention' | 'checks', actor = 'ada') => ({
    trigger: { kind, actor, at: '2026-01-31T12:00:00Z', comment: null },
    config: botConfigSchema.parse({ bots: ['helper[bot]'] }),
  });

  it('that has pushed nothing still knows what an earlier one may have pushed before it was killed', () => {
    expect(nextMemory(before, call('mention'), null)).toEqual({ ...before, ciRounds: 0 });
    expect(nextMemory(before, call('checks'), null)).toEqual(before);
  });

  it('that has pushed knows that alone, and counts a round of failing checks', () => {
    const head = 'c'.repeat(40);
    expect(nextMemory(before, call('mention'), head)).toEqual({ head, pushing: null, ciRounds: 0 });
    expect(nextMemory(before, call('checks'), head)).toEqual({ head, pushing: null, ciRounds: 3 });
  });

  it('that a bot has called for does not begin the rounds anew', () => {
    expect(nextMemory(before, call('mention', 'Helper[bot]'), null)).toEqual(before);
  });
});
