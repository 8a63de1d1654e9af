import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { estimateTokens } from '../models/index.ts';
import { budgetOf } from './budget.ts';
import {
  clipText,
  planLedger,
  planMinimal,
  planSummarised,
  planSummary,
  planTruncate,
  type Situation,
} from './plan.ts';
import { historyOf, prompt, read, turn } from './sample-items.ts';

const SUMMARY = '## Done\nx\n## Findings\nx\n## Decisions\n- Use tabs\n## Open\nx\n## Next\nx';

function situation(
  history: Situation['history'],
  contextWindow = 16_000,
  strategy: Situation['strategy'] = 'layered',
): Situation {
  const budget = budgetOf({ contextWindow, maxOutputTokens: 4000, at: null, factor: 1, refusedAt: null });
  const standing = { plan: [], processes: {}, lastVerify: null, instructions: [], root: '/workspace' };
  return { history, base: 500, budget, strategy, standing };
}

const long = historyOf(
  prompt('the task'),
  ...Array.from({ length: 20 }, (_, index) => turn(index + 1, [read(`f${index}.ts`, 150)])),
);

describe('what is summarised', () => {
  it('is all before the tail, where the request has room for it', () => {
    const plan = planSummary(situation(long.slice(0, 13)), 400);
    expect(plan).toMatchObject({ end: 12 });
  });

  it('is as much from the beginning on as the request has room for', () => {
    const plan = planSummary(situation(long), 400);
    expect(plan?.end).toBeGreaterThan(5);
    expect(plan?.end).toBeLessThan(18);
  });

  it('is nothing where only what stays is there', () => {
    expect(planSummary(situation(historyOf(prompt('the task'), turn(1, [read('a.ts', 900)]))), 400)).toBeNull();
  });

  it('leaves its place to a handoff with ledger and summary', () => {
    const asked = situation(long.slice(0, 13));
    const plan = planSummary(asked, 400);
    const { handoff, after } = planSummarised(asked, plan ?? { seen: [], end: 0 }, SUMMARY);
    expect(handoff).toContain('Read files: f0.ts (m2.1), f1.ts (m3.1)');
    expect(handoff).toContain(`<summary>\n${SUMMARY}\n</summary>`);
    expect(after).toBeLessThan(asked.budget.target);
  });
});

describe('the rungs without a model', () => {
  it('leave a ledger with handles, where the model can recall', () => {
    expect(planLedger(situation(long))?.handoff).toContain('f0.ts (m2.1)');
  });

  it('leave no more than a line, where it cannot', () => {
    const { handoff, after } = planTruncate(situation(long, 16_000, 'truncate')) ?? { handoff: '', after: 0 };
    expect(handoff).toMatch(/\[\d+ earlier messages were left out\]$/);
    expect(handoff).not.toContain('recall');
    expect(after).toBeLessThanOrEqual(situation(long).budget.target);
  });

  it('keep, at the least, the newest turn with its result clipped', () => {
    const huge = historyOf(prompt('the task'), turn(1, [read('a.ts')]), turn(2, [read('b.ts', 3000)]));
    const { actions, after } = planMinimal(situation(huge)) ?? { actions: [], after: 0 };
    expect(actions).toMatchObject([
      { type: 'drop', from: 'm2', to: 'm2' },
      { type: 'clip', handle: 'm3.1' },
    ]);
    expect(after).toBeLessThanOrEqual(situation(huge).budget.target);
  });

  it('let even that turn go where its own words do not fit', () => {
    const wordy = historyOf(
      prompt('the task'),
      turn(1, [{ name: 'write_file', args: { path: 'a', content: 'x '.repeat(90_000) } }]),
    );
    expect(planMinimal(situation(wordy))?.actions).toMatchObject([{ type: 'drop', from: 'm2', to: 'm2' }]);
  });
});

describe('clipping a text', () => {
  it('keeps head and tail, names the whole, and fits', () => {
    const text = `${'head '.repeat(2000)}${'tail '.repeat(2000)}`;
    const clipped = clipText(text, 300, 'm3.1');
    expect(clipped).toMatch(/^head .*\n\[20000 bytes in all, shortened here: m3\.1 has the whole\]\n.*tail $/s);
  });

  it('fits for every text and size that a line fits into, and breaks no character', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 4000 }),
        fc.integer({ min: 60, max: 900 }),
        (text, tokens) => {
          const clipped = clipText(text, tokens, 'out-0123456789');
          expect(clipped.isWellFormed()).toBe(true);
          expect(estimateTokens(clipped)).toBeLessThanOrEqual(tokens);
        },
      ),
    );
  });
});
