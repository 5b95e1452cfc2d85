import { expect } from 'chai';
import type { SamplingEnv, SamplingStrategy } from '../../lib/sampling/strategy.js';
import { seededRandom } from '../../lib/testing/seeded-random.js';

/** A manual clock, and seeded randomness. */
export class SamplingBench implements SamplingEnv {
  time = 0;
  readonly random: () => number;

  constructor(random: () => number = seededRandom(1)) {
    this.random = random;
  }

  now(): number {
    return this.time;
  }
}

/** The weights that a new sampler returns for a sequence of events. */
export function weightsOf<E>(strategy: SamplingStrategy<E>, events: Iterable<E>, env: SamplingEnv = new SamplingBench()): number[] {
  return Array.from(events, strategy.start(env));
}

export const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);

/** The number of weights that keep their event. */
export const kept = (weights: readonly number[]): number => weights.filter((weight) => weight > 0).length;

/**
 * Asserts that weights add up to the number of events offered, within four standard errors, and that the errors are small enough for this to mean something.
 *
 * For independent tosses, w(w - 1) over the kept events is an unbiased estimate of the sum's variance (Horvitz, Thompson, 1952).
 */
export function expectUnbiased(weights: readonly number[]): void {
  const standardError = Math.sqrt(sum(weights.map((weight) => weight * (weight - 1))));
  expect(standardError, 'the standard error').to.be.below(0.02 * weights.length);
  expect(sum(weights), 'the sum of the weights').to.be.closeTo(weights.length, 4 * standardError);
}

/** Events that contain only their number. */
export const numbers = (count: number): number[] => Array.from({ length: count }, (_each, index) => index);
