/**
 * Chance that is the same on every machine for the same seed: xoshiro128** of Blackman and Vigna ("Scrambled Linear
 * Pseudorandom Number Generators", 2021), its four words filled from the seed by SplitMix64, as its authors advise.
 */

/** Gives numbers from 0 (inclusive) to 1 (exclusive), each a multiple of 2^-32. */
export type Random = () => number;

/** Numbers from 0 to 1 that are the same for the same seed, a whole number that is not negative. */
export function randomFrom(seed: number): Random {
  if (!Number.isSafeInteger(seed) || seed < 0) throw new RangeError(`a seed is a whole number from 0, not ${seed}`);
  const mix = splitMix64(BigInt(seed));
  const [first, second] = [mix(), mix()];
  const next = xoshiro128([low(first), high(first), low(second), high(second)]);
  return () => next() / 2 ** 32;
}

/** The 32-bit whole numbers of xoshiro128** from a state of four words, not all of them 0. */
export function xoshiro128(state: readonly [number, number, number, number]): () => number {
  let [a, b, c, d] = state;
  return () => {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotate(d, 11);
    return result;
  };
}

/** The 64-bit whole numbers of SplitMix64 (Steele, Lea and Flood, 2014) from a state of 64 bits. */
export function splitMix64(state: bigint): () => bigint {
  let sum = state;
  return () => {
    sum = BigInt.asUintN(64, sum + 0x9e3779b97f4a7c15n);
    let mixed = BigInt.asUintN(64, (sum ^ (sum >> 30n)) * 0xbf58476d1ce4e5b9n);
    mixed = BigInt.asUintN(64, (mixed ^ (mixed >> 27n)) * 0x94d049bb133111ebn);
    return mixed ^ (mixed >> 31n);
  };
}

const rotate = (word: number, by: number) => (word << by) | (word >>> (32 - by));
const low = (word: bigint) => Number(BigInt.asIntN(32, word));
const high = (word: bigint) => Number(BigInt.asIntN(32, word >> 32n));
