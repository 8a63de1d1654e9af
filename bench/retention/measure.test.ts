import { expect, test } from 'vitest';
import type { Fact } from './facts.ts';
import { createComparison, factsIn, type RequestRecord } from './journal.ts';
import { measureRun } from './measure.ts';

const fact = (id: string, kind: Fact['kind'], replaces: string | null = null): Fact => ({
  id,
  kind,
  line: `LINE ${id}.`,
  replaces,
});
const FACTS = [
  fact('part-001', 'file'),
  fact('part-002', 'file'),
  fact('check-003', 'command'),
  fact('c1.1', 'constraint'),
  fact('c1.2', 'correction', 'c1.1'),
];
const END = { finished: true, exitCode: 0, message: '', compactions: 1, answer: 'LINE part-002.' };

function record(kind: RequestRecord['kind'], shown: string[], more: Partial<RequestRecord> = {}): RequestRecord {
  const sizes = { inputTokens: 1000, sharedTokens: 800, cachedTokens: 900, outputTokens: 10 };
  return { kind, steps: [], ...sizes, shown: new Set(shown), stale: new Set(), isContinued: true, ...more };
}

const JOURNAL = [
  record('step', ['c1.1'], { steps: [1] }),
  record('step', ['c1.1', 'part-001'], { steps: [2] }),
  record('refused', ['c1.1', 'part-001', 'part-002'], { inputTokens: 50_000 }),
  record('summary', ['c1.1', 'part-001', 'part-002']),
  record('step', ['c1.2', 'part-002'], { steps: [2], isContinued: false }),
  record('step', ['c1.2', 'part-002'], { steps: [3] }),
  record('recall', ['c1.2', 'part-002']),
  record('answer', ['c1.2', 'part-002', 'part-001']),
];

test('what is in view is what the first request behind the last step shows; recall adds what is reachable', () => {
  const measures = measureRun(JOURNAL, FACTS, END);
  expect(measures).toMatchObject({
    facts: 3,
    inView: 1,
    reachable: 2,
    written: 1,
    constraints: 1,
    constraintsIntact: 1,
  });
  expect(measures.byKind.command).toEqual({ facts: 1, inView: 0, reachable: 0 });
});

test('a step that is taken twice is repeated work, whatever its request was', () => {
  expect(measureRun(JOURNAL, FACTS, END).repeatedSteps).toBe(1);
});

test('requests for summaries count, refused ones only by their number', () => {
  const measures = measureRun(JOURNAL, FACTS, END);
  expect(measures).toMatchObject({ requests: 8, refused: 1, summaries: 1, recalls: 1, inputTokens: 7000 });
  expect(measures.recallTokens).toBe(1000);
  expect(measures.prefixReuse).toBeCloseTo(0.8);
  expect(measures.costUsd).toBeCloseTo((700 * 3 + 6300 * 0.3 + 70 * 15) / 1e6);
});

test('the decay is the share of the findings met before that the first request behind a compaction shows', () => {
  expect(measureRun(JOURNAL, FACTS, END).decay).toEqual([0.5]);
});

test('the mean in view is over the requests that take a step, of the facts met until then', () => {
  // All of one, one of two, one of two; the first request has met none.
  expect(measureRun(JOURNAL, FACTS, END).meanInView).toBeCloseTo((1 + 0.5 + 0.5) / 3);
});

test('a constraint is not intact where an older form stands behind the newest', () => {
  const stale = JOURNAL.map((one) => ({ ...one, stale: new Set(['c1.2']) }));
  expect(measureRun(stale, FACTS, END).constraintsIntact).toBe(0);
  expect(factsIn('LINE c1.2. … LINE c1.1.', FACTS).stale).toEqual(new Set(['c1.2']));
  expect(factsIn('LINE c1.1. … LINE c1.2.', FACTS).stale).toEqual(new Set());
});

test('a run that does not come to its answer knows nothing', () => {
  expect(measureRun(JOURNAL, FACTS, { ...END, finished: false })).toMatchObject({
    inView: 0,
    reachable: 0,
    constraintsIntact: 0,
  });
});

test('a request is compared with the one before, and with all before as a cache does', () => {
  const comparison = createComparison(FACTS, (text) => text.length);
  const arrive = (parts: string[], isSummary = false) => comparison.arrive({ parts, body: parts.join('') }, isSummary);
  arrive(['tools', 'task', 'one']);
  expect(arrive(['tools', 'task', 'one', 'sum up'], true)).toMatchObject({ inputTokens: 18, sharedTokens: 12 });
  expect(arrive(['tools', 'tasty', 'two'])).toMatchObject({ sharedTokens: 8, isContinued: false });
  expect(arrive(['tools', 'task', 'one', 'two'])).toMatchObject({ sharedTokens: 8, cachedTokens: 12 });
});

test('what was refused is in no cache', () => {
  const comparison = createComparison(FACTS, (text) => text.length);
  const arrive = (parts: string[]) => comparison.arrive({ parts, body: '' }, false);
  arrive(['tools', 'task']);
  arrive(['tools', 'task', 'more']);
  comparison.refused();
  expect(arrive(['tools', 'task', 'more'])).toMatchObject({ cachedTokens: 9, sharedTokens: 9 });
});
