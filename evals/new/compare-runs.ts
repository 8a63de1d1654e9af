/** From runs without and with a solution to the tests that can be relied on. Pure. */
import type { TestReport, TestStatus } from '../grading/runner.ts';

type Said = TestStatus | 'missing';

/** Names of tests, each in one list, in the order of their names. Only those that say the same in every run are in the first five. */
export type Comparison = {
  /** Pass with the solution, and not without it. */
  failToPass: string[];
  passToPass: string[];
  /** Pass without the solution, and not with it. */
  broken: string[];
  /** Pass neither way. */
  neither: string[];
  /** Say another thing from run to run. */
  unstable: string[];
};

/** Compares runs of the same tests. A test that a run does not tell of is missing there, which is not passing. */
export function compareRuns(
  atBase: readonly (readonly TestReport[])[],
  solved: readonly (readonly TestReport[])[],
): Comparison {
  const [before, after] = [atBase.map(statuses), solved.map(statuses)];
  const names = new Set([...before, ...after].flatMap((run) => [...run.keys()]));
  const found: Comparison = { failToPass: [], passToPass: [], broken: [], neither: [], unstable: [] };
  for (const name of [...names].sort()) {
    const [first, then] = [steady(before, name), steady(after, name)];
    if (first === null || then === null) found.unstable.push(name);
    else if (then === 'passed') found[first === 'passed' ? 'passToPass' : 'failToPass'].push(name);
    else found[first === 'passed' ? 'broken' : 'neither'].push(name);
  }
  return found;
}

/** What a test says in every run; null: not the same. */
function steady(runs: readonly ReadonlyMap<string, TestStatus>[], name: string): Said | null {
  const said = new Set(runs.map((run): Said => run.get(name) ?? 'missing'));
  const [only] = said;
  return said.size === 1 && only !== undefined ? only : null;
}

/** What is reported twice passes when it does so each time. */
function statuses(reports: readonly TestReport[]): Map<string, TestStatus> {
  const said = new Map<string, TestStatus>();
  for (const { name, status } of reports) if ((said.get(name) ?? 'passed') === 'passed') said.set(name, status);
  return said;
}

/** One line of what was seen, such as `2 turn from failing to passing, 5 pass both ways, 1 fails both ways (a > b)`. */
export function describeComparison({ failToPass, passToPass, broken, neither, unstable }: Comparison): string {
  const some = (names: readonly string[], text: string) =>
    names.length === 0
      ? []
      : [`${names.length} ${text} (${names.slice(0, 3).join(', ')}${names.length > 3 ? ', …' : ''})`];
  return [
    `${failToPass.length} turn from failing to passing`,
    `${passToPass.length} pass both ways`,
    ...some(neither, 'pass neither way'),
    ...some(broken, 'pass only without the solution'),
    ...some(unstable, 'not the same each time'),
  ].join(', ');
}
