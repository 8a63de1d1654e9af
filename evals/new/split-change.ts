/** A change of a repository, split into what an agent is to do and what its work is graded by. Pure. */
import type { RangeChange } from '../../sandbox/index.ts';
import { isTestPath } from './test-paths.ts';

export type SplitChange = {
  /** What the solution is made of. */
  source: RangeChange[];
  /** Files of tests as the change leaves them: regular ones. */
  tests: RangeChange[];
  /** What is in neither, a line each. */
  notes: string[];
};

const SUBMODULE = '160000';
const LINK = '120000';

/** Splits a change. `globs` say which files are tests; none: the conventions of languages do. */
export function splitChange(changes: readonly RangeChange[], globs: readonly string[]): SplitChange {
  const split: SplitChange = { source: [], tests: [], notes: [] };
  for (const change of changes) {
    const { path, before, after } = change;
    if (before?.mode === SUBMODULE || after?.mode === SUBMODULE) {
      split.notes.push(`${path} is a submodule, whose files a task does not have: it is left out`);
    } else if (!isTestPath(path, globs)) split.source.push(change);
    else if (after === null)
      split.notes.push(`${path}, a test, is deleted by the range: the task keeps it as it is at the base`);
    else if (after.mode === LINK) split.notes.push(`${path}, among the tests, is a link: it is left out`);
    else split.tests.push(change);
  }
  return split;
}
