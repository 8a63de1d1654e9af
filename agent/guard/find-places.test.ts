import { expect, it } from 'vitest';
import { recall } from '../../compaction/index.ts';
import { findPlaces } from './find-places.ts';

it('finds a place for each line in each text, and in long lines several', async () => {
  const long = `${'x'.repeat(300)}hit hit${'x'.repeat(300)}hit\ud800`;
  expect(await findPlaces('hit', 'gmu', ['', 'hit hit\nno\n hit', long])).toEqual([[], [0, 12], [300, 607]]);
});

// The second takes V8 for ever to compile, which no timeout inside the process ends.
it.each([
  ['(a+)+$', `${'a'.repeat(5000)}!`],
  [`${'(?:|)'.repeat(60)}b`, 'a'],
])(
  'gives up on an expression that takes for ever, with an answer that says what to do: %s',
  async (pattern, text) => {
    const entries = [{ handle: 'm1', title: 'user message', text }];
    const answer = await recall(entries, { pattern, offset: 0 }, { maxBytes: 2000, findPlaces });
    expect(answer).toMatchObject({ isError: true, details: { error: 'too_slow' } });
    expect(answer.text).toContain('simpler');
  },
  30_000,
);
