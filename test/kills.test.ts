/** Three of the points of `npm run test:kills`. */
import { expect, it, vi } from 'vitest';
import { EVENTS_OF_A_RUN, killAndGoOn } from './kills.ts';

vi.setConfig({ testTimeout: 240_000 });

it.for([
  ['before its sandbox is there', 3],
  ['in the middle', Math.round(EVENTS_OF_A_RUN / 2)],
  ['near its end', EVENTS_OF_A_RUN - 6],
] as const)(
  'a run that is killed %s goes on, with no event lost and no completed call run twice',
  async ([, events]) => {
    await killAndGoOn(events, 0.5);
    expect.hasAssertions();
  },
);
