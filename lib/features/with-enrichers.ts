import type { CollectorFeature } from '../collector/collector-context.js';
import { kernelFeature } from '../collector/kernel.js';
import type { AnalyticsEvent } from '../event/event.js';
import { withSession } from '../event/with-session.js';
import { enrichStep, type Enricher } from '../operators/enrich.js';

/**
 * Passes each event through enrichers, one after the other, as `enrich` does; if the feature is passed several times, in the order of the call. An event that loses its session gets the collector's.
 *
 * @throws TypeError for an enricher that is not a function
 */
export function withEnrichers<E extends AnalyticsEvent = AnalyticsEvent>(...enrichers: readonly Enricher<E>[]): CollectorFeature<void, E> {
  const start = enrichStep(enrichers);
  return kernelFeature((kernel) => {
    kernel.facts.enrichers = (kernel.facts.enrichers ?? 0) + enrichers.length;
    kernel.processor.addStep('enrich', (env) => {
      const step = start(env);
      return (event) => {
        const enriched = step(event);
        try {
          return enriched && withSession(enriched, kernel.sessionId);
        } catch (error) {
          // Reading what an enricher returned may throw.
          env.reject(event, 'enricher_error', error);
          return undefined;
        }
      };
    });
  });
}
