import type { AnalyticsEvent } from '../event/event.js';
import { aFunction, checkArgument } from '../internal/check-option.js';
import { aStrategy } from './a-strategy.js';
import { consistentParts, withConsistentParts } from './consistent-parts.js';
import type { SamplingStrategy } from './strategy.js';

/**
 * Keeps what the predicate says, with weight 1, and leaves the rest to `strategy`, which never sees the others.
 *
 * An error of the predicate is the caller's: `sampleBy` books it as `'sampler_error'`.
 *
 * @throws TypeError for a predicate that is no function, or a strategy that is none
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
