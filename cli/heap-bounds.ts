/** What a long session keeps of memory that it does not need. */
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/**
 * As a session's requests grow, V8 doubles the room for young objects up to three times 32 MB, which lie idle most of the time:
 * after 2,000 turns 234 MB were resident. With half of that it held 180, at the same speed; kept at its smallest 131, but
 * then a step took twice as long (docs/benchmarks.md, a session of 2,000 turns).
 */
const ENOUGH_BYTES = 16 * 1024 ** 2;

/**
 * V8 lets old objects become two to three times what lived at the last collection before the next one, though what a session
 * holds grows slowly. With a half more it holds 149 MB after 2,000 turns, not 196 (docs/benchmarks.md).
 */
const GROWING_PERCENT = 50;

/** Bounds how old objects grow; gives a function to be called now and then, which stops that of the room for young ones. */
export function boundHeap(): () => void {
  setFlagsFromString(`--heap-growing-percent=${GROWING_PERCENT}`);
  let isBound = false;
  return () => {
    if (isBound) return;
    const young = getHeapSpaceStatistics().find((space) => space.space_name === 'new_space');
    isBound = young === undefined || young.space_size >= ENOUGH_BYTES;
    // The largest that it may be cannot be set any more once the process runs; the factor can.
    if (isBound) setFlagsFromString('--semi-space-growth-factor=1');
  };
}
