import { aNumber, checkArgument } from '../internal/check-option.js';
import type { Sampler, SamplingEnv, SamplingStrategy } from './strategy.js';

/**
 * Keeps each event with the same probability `p`, independently of the others, with weight 1 / `p`.
 *
 * @param p from 0 (no event is kept) to 1 (all are kept)
 * @throws TypeError for an invalid `p`
 * @example
 * const draws = [0.3, 0.1];
 * const sample = sampling.rate(0.25).start({ now: () => 0, random: () => draws.shift() ?? 0 });
 * expect([sample('a'), sample('b')]).to.deep.equal([0, 4]);
 */
export function rate(p: number): SamplingStrategy<unknown> {
  checkArgument('p', p, aNumber(0, 1));
  return Object.freeze<SamplingStrategy<unknown>>({ start: (env) => startRate(p, env) });
}

/** The decision of every strategy with a fixed rate. */
export function startRate(p: number, env: SamplingEnv): Sampler<unknown> {
  if (p === 0 || p === 1) return () => p;
  const weight = weightOf(p);
  return () => (env.random() < p ? weight : 0);
}

/** The weight of events kept at a rate > 0: the inverse, but finite for the smallest rates, too. */
export const weightOf = (rate: number): number => Math.min(1 / rate, Number.MAX_VALUE);
