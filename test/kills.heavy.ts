/** `npm run test:kills`: a run killed at many random points. DRYDOCK_SEED repeats a run of it. */
import { expect, it, vi } from 'vitest';
import { EVENTS_OF_A_RUN, killAndGoOn } from './kills.ts';
import { randomOf } from './random.ts';

vi.setConfig({ testTimeout: 300_000 });

const POINTS = 30;
const seed = Number(process.env.DRYDOCK_SEED ?? Math.floor(Math.random() * 1e9));
const random = randomOf(seed);
console.log(`seed ${seed}: repeat with DRYDOCK_SEED=${seed} npm run test:kills`);

const points = Array.from({ length: POINTS }, (_, index) => ({
  number: index + 1,
  events: 1 + Math.floor(random() * EVENTS_OF_A_RUN),
  moment: random(),
}));

it.for(points)(`point $number: killed after $events events (seed ${seed})`, async ({ events, moment }) => {
  await killAndGoOn(events, moment);
  expect.hasAssertions();
});
