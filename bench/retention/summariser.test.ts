import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { randomOf } from '../../test/random.ts';
import { constraintOf, findingOf } from './facts.ts';
import { summarise } from './summariser.ts';
import { createCounter } from './tokens.ts';
import type { Shown } from './view.ts';

const counter = createCounter();
afterAll(() => counter.free());

const instruction = (tokens: number) => `[compaction] Write the handoff now.\nUse at most ${tokens} tokens.`;
const user = (text: string): Shown => ({ kind: 'user', text });
const random = randomOf(1);
const findings = Array.from({ length: 60 }, (_, index) =>
  findingOf(random, `part-${String(index + 1).padStart(3, '0')}`, 'file'),
);
const results = findings.map(({ line }): Shown => ({ kind: 'result', text: `filler\n${line}\nfiller` }));
const old = constraintOf(random, 'c1', 'quiet mailer', 1);
const corrected = constraintOf(random, 'c1', 'quiet mailer', 2);

test('a handoff has at most the tokens of its instruction, and never more than 1,500', () => {
  fc.assert(
    fc.property(fc.integer({ min: 80, max: 4000 }), fc.shuffledSubarray(results), (tokens, some) => {
      const handoff = summarise([user(old.line), ...some], instruction(tokens), counter.count);
      expect(counter.count(handoff)).toBeLessThanOrEqual(Math.min(tokens, 1500));
    }),
    { numRuns: 40 },
  );
});

test('it has the five sections in their order', () => {
  const handoff = summarise(results.slice(0, 3), instruction(1500), counter.count);
  expect(handoff.match(/^## .*$/gm)).toEqual(['## Done', '## Findings', '## Decisions', '## Open', '## Next']);
});

test('where there is no room for all, the newest facts stay', () => {
  const handoff = summarise(results, instruction(1500), counter.count);
  const kept = findings.map(({ line }) => handoff.includes(line));
  expect(kept).toContain(false);
  expect(kept.slice(kept.indexOf(true))).not.toContain(false);
});

test('facts of an earlier handoff are carried over, behind what is newer', () => {
  const [first, second] = findings;
  const handoff = summarise(
    [user(`[handoff]\n${first?.line}`), ...results.slice(1, 2)],
    instruction(1500),
    counter.count,
  );
  expect(handoff).toContain(first?.line);
  const tight = counter.count(handoff) - 1;
  const one = summarise([user(`[handoff]\n${first?.line}`), ...results.slice(1, 2)], instruction(tight), counter.count);
  expect(one).toContain(second?.line);
  expect(one).not.toContain(first?.line);
});

test('of a corrected constraint only the newest form is kept, before any other fact', () => {
  const shown = [user(old.line), user(corrected.line), ...results];
  const handoff = summarise(shown, instruction(150), counter.count);
  expect(handoff).toContain(corrected.line);
  expect(handoff).not.toContain(old.line);
});

test('it says which steps are done, and which one is next', () => {
  const call: Shown = { kind: 'call', text: '{"name":"read_file","arguments":"parts/part-007.txt"}' };
  const handoff = summarise([user('Take steps 001 to 040.'), call], instruction(1500), counter.count);
  expect(handoff).toContain('Steps 001 to 007 are done.');
  expect(handoff).toContain('Go on with step 008 of 040.');
});
