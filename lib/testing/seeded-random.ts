import { anInteger, checkArgument } from '../internal/check-option.js';

/**
 * Creates a source of randomness that returns the same numbers for the same seed, uniform in [0, 1): for the `random` option in tests.
 *
 * Not suitable for secrets. SplitMix (Steele, Lea, Flood: "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014) in 32 bits, with the mixing
 * constants that have the least known bias (github.com/skeeto/hash-prospector). The mixer is a bijection, so 2³² calls return each of 2³² evenly
 * spaced numbers once.
 *
 * @param seed an integer ≥ 0, of which the low 32 bits are used
 * @throws TypeError for any other seed
 * @example
 * const random = seededRandom(42);
 * expect([random(), random()]).to.deep.equal([0.12848330102860928, 0.03353364090435207]);
 */
export function seededRandom(seed: number): () => number {
  checkArgument('seed', seed, anInteger(0));
  let state = seed >>> 0;
  return () => {
    state = (state + GOLDEN_GAMMA) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0xd35a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
}

/** 2³² divided by the golden ratio, rounded to an odd number, so that the state takes every value. */
const GOLDEN_GAMMA = 0x9e3779b9;
