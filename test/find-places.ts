/** Finds where a pattern fits in this process, for tests that ask hundreds of times. */
import vm from 'node:vm';
import { PLACES } from '../agent/guard/find-places.ts';
import type { FindPlaces } from '../compaction/index.ts';

export const findHere: FindPlaces = async (pattern, flags, texts) =>
  JSON.parse(String(vm.runInNewContext(PLACES, { pattern, flags, texts })));
