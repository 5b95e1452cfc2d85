import type { CollectorFeature } from '../collector/collector-context.js';
import { kernelFeature } from '../collector/kernel.js';
import type { AnalyticsEvent } from '../event/event.js';
import { withSession } from '../event/with-session.js';
import { enrichStep, type Enricher } from '../operators/enrich.js';

/**
 * Passes each event through the enrichers in order, like `enrich`. If the feature is passed several times, they run in the order of the arguments. If
 * an enricher removes an event's session, the event gets the collector's.
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
          // Reading an enricher's result may throw.
          env.reject(event, 'enricher_error', error);
          return undefined;
        }
      };
    });
  });
}
