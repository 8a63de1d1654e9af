import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TestReport, TestStatus } from '../grading/runner.ts';
import { compareRuns, describeComparison } from './compare-runs.ts';

/** A run by the first letters of what its tests say. */
const run = (said: Record<string, 'p' | 'f' | 's'>): TestReport[] =>
  Object.entries(said).map(([name, letter]) => ({
    name,
    status: ({ p: 'passed', f: 'failed', s: 'skipped' } as const)[letter],
  }));

describe('compareRuns', () => {
  it('sorts tests by what they say without and with the solution', () => {
    const base = run({ mended: 'f', kept: 'p', lost: 'p', bad: 'f', skipped: 's' });
    const solved = run({ mended: 'p', kept: 'p', lost: 'f', bad: 'f', skipped: 'p', added: 'p' });
    expect(compareRuns([base, base], [solved, solved])).toEqual({
      failToPass: ['added', 'mended', 'skipped'],
      passToPass: ['kept'],
      broken: ['lost'],
      neither: ['bad'],
      unstable: [],
    });
  });

  it('leaves out what does not say the same in every run, with or without the solution', () => {
    const base = [run({ a: 'f', b: 'f' }), run({ a: 'p', b: 'f' })];
    const solved = [run({ a: 'p', b: 'p' }), run({ a: 'p' })];
    expect(compareRuns(base, solved)).toMatchObject({ failToPass: [], unstable: ['a', 'b'] });
  });

  it('takes a test that is reported twice for what the worse report says', () => {
    const twice: TestReport[] = [...run({ a: 'p' }), ...run({ a: 'f' }), ...run({ a: 'p' })];
    expect(compareRuns([twice], [twice])).toMatchObject({ neither: ['a'] });
  });

  it('has each name once, and in the first lists only what passes in each run with the solution', () => {
    const status = fc.constantFrom<TestStatus>('passed', 'failed', 'skipped');
    const runs = fc.array(fc.array(fc.record({ name: fc.constantFrom('a', 'b', 'c'), status })), {
      minLength: 1,
      maxLength: 3,
    });
    fc.assert(
      fc.property(runs, runs, (base, solved) => {
        const found = compareRuns(base, solved);
        const names = Object.values(found).flat();
        expect(new Set(names)).toEqual(new Set([...base, ...solved].flat().map(({ name }) => name)));
        expect(names).toHaveLength(new Set(names).size);
        for (const name of [...found.failToPass, ...found.passToPass]) {
          for (const reports of solved) {
            const said = reports.filter((report) => report.name === name).map((report) => report.status);
            expect(new Set(said)).toEqual(new Set(['passed']));
          }
        }
      }),
    );
  });
});

it('says in a line what was seen, and names some of what is not as it should be', () => {
  const found = { failToPass: ['a'], passToPass: [], broken: [], neither: ['w', 'x', 'y', 'z'], unstable: [] };
  expect(describeComparison(found)).toBe(
    '1 turn from failing to passing, 0 pass both ways, 4 pass neither way (w, x, y, …)',
  );
});
