import type { AnalyticsEvent } from '../event/event.js';
import { checkArgument } from '../internal/check-option.js';
import { aStrategy } from './a-strategy.js';
import { consistentParts, withConsistentParts } from './consistent-parts.js';
import type { SamplingStrategy } from './strategy.js';

/**
 * Keeps the events that every strategy keeps, and multiplies the weights. Each strategy only gets the events that the previous ones kept.
 *
 * At most one of them, at any depth, may be `consistent`: two would decide by the same hash, so the product of their weights would be wrong. Put a
 * `rateLimit` first, so that it counts every event.
 *
 * @throws TypeError for an invalid strategy, and for more than one `consistent`
 * @example
 * const sample = sampling.all(sampling.rate(0.5), sampling.rate(0.25)).start({ now: () => 0, random: () => 0 });
 * expect(sample('a')).to.equal(8);
 */
export function all<E = AnalyticsEvent>(...strategies: readonly SamplingStrategy<E>[]): SamplingStrategy<E> {
  let parts = 0;
  for (const [index, strategy] of strategies.entries()) {
    checkArgument(`strategies[${String(index)}]`, strategy, aStrategy);
    parts += consistentParts(strategy);
  }
  if (parts > 1) throw new TypeError(`Expected \`strategies\` to contain at most one \`consistent\`, got ${String(parts)}`);
  return withConsistentParts(parts, {
    start(env) {
      const samplers = strategies.map((strategy) => strategy.start(env));
      return (event) => {
        let weight = 1;
        for (const sample of samplers) {
          const factor = sample(event);
          // The product of two invalid weights could be valid.
          if (!(factor >= 1)) return factor;
          weight *= factor;
        }
        return weight;
      };
    },
  });
}
