import type { AnalyticsEvent } from '../event/event.js';
import { aFunction, checkArgument } from '../internal/check-option.js';
import { aStrategy } from './a-strategy.js';
import { consistentParts, withConsistentParts } from './consistent-parts.js';
import type { SamplingStrategy } from './strategy.js';

/**
 * Keeps the events for which `predicate` returns true, with weight 1. `strategy` decides about the others, and gets only those.
 *
 * If `predicate` throws, `sampleBy` rejects the event as `'sampler_error'`.
 *
 * @throws TypeError if `predicate` is not a function, and for an invalid strategy
 * @example
 * const sample = sampling.keepIf((n: number) => n > 9, sampling.rate(0)).start({ now: () => 0, random: () => 0 });
 * expect([sample(3), sample(30)]).to.deep.equal([0, 1]);
 */
export function keepIf<E = AnalyticsEvent>(predicate: (event: E) => boolean, strategy: SamplingStrategy<NoInfer<E>>): SamplingStrategy<E> {
  checkArgument('predicate', predicate, aFunction);
  checkArgument('strategy', strategy, aStrategy);
  return withConsistentParts(consistentParts(strategy), {
    start(env) {
      const sample = strategy.start(env);
      return (event) => (predicate(event) ? 1 : sample(event));
    },
  });
}
