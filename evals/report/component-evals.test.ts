import { expect, it } from 'vitest';
import { compactedTrials, editsByModel, localisationOf } from './component-evals.ts';
import { sampleRecord, sampleResult } from './sample-run.ts';

const record = sampleRecord(2, 1);

it('counts edits by the model and the tool, whoever the agent is', () => {
  const trials = [
    sampleResult(record, [1, 1, 1], { model: 'p:b', edits: { edit: { calls: 2, applied: 1 } } }),
    sampleResult(record, [2, 1, 1], { model: 'p:b', edits: { edit: { calls: 3, applied: 3 } } }),
    sampleResult(record, [2, 2, 1], { model: 'p:a', edits: { apply_patch: { calls: 1, applied: 0 } } }),
  ];
  expect(editsByModel(trials)).toEqual([
    { model: 'p:a', tool: 'apply_patch', calls: 1, applied: 0 },
    { model: 'p:b', tool: 'edit', calls: 5, applied: 4 },
  ]);
});

it('counts the trials that compacted, and how many of them resolved', () => {
  const trials = [
    sampleResult(record, [1, 1, 1], { compactions: 2 }),
    sampleResult(record, [1, 2, 1], { compactions: 1, outcome: 'unresolved' }),
    sampleResult(record, [2, 1, 1]),
  ];
  expect(compactedTrials(['first', 'second'], trials)).toEqual([
    { agent: 'first', trials: 2, resolved: 1, compactions: 3 },
  ]);
});

it('holds changed files against the solution’s, without what running the tests has left', () => {
  const tasks = record.tasks.map((task) => ({ ...task, solutionFiles: ['a.py', 'b.py'] }));
  const files = ['a.py', 'c.py', '__pycache__/a.cpython-313.pyc', 'lib/.pytest_cache/v/lastfailed'];
  expect(localisationOf([sampleResult(record, [1, 1, 1], { files })], tasks)).toEqual({
    precision: 0.5,
    recall: 0.5,
    trials: 1,
  });
});
