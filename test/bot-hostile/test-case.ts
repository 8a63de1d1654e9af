/** Makes a test of a case. */
import { afterAll } from 'vitest';
import type { HostileCase } from './case.ts';
import { play } from './play.ts';
import { expectEnd, expectSafe } from './safe.ts';
import { removeTripwire } from './tripwire.ts';

afterAll(removeTripwire);

/** Plays a case and looks at all that there is to see. */
export async function testCase(one: HostileCase): Promise<void> {
  const played = await play(one);
  await expectEnd(one, played);
  await expectSafe(one, played);
}
