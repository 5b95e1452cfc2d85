import type { CollectorFeature } from '../collector/collector-context.js';
import { kernelFeature } from '../collector/kernel.js';
import type { AnalyticsEvent } from '../event/event.js';
import { Breaker } from '../lane/breaker.js';
import { BREAKER, breakerRow, type BreakerOptions } from '../lane/lane-options.js';
import { fillOnce } from './fill-once.js';

/**
 * Adds a circuit breaker to each lane: after several consecutive failures it stops attempts, later allows one as a probe. `lane.breaker` overrides
 * the options for a sink; `false` disables its breaker.
 *
 * @param options @default 5 failures, open for 30_000 ms
 * @throws TypeError for an invalid or unknown option
 */
export function withBreaker<E extends AnalyticsEvent = AnalyticsEvent>(options: Partial<BreakerOptions> = {}): CollectorFeature<void, E> {
  const breaker = BREAKER.parse(options);
  return kernelFeature((kernel) => {
    fillOnce(kernel.createBreaker !== undefined, 'withBreaker');
    kernel.laneRows = { ...kernel.laneRows, breaker: [breakerRow(), breaker] };
    kernel.createBreaker = (given, onChange) => new Breaker(given, onChange);
  });
}
