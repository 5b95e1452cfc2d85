import { DestroyRef, inject, NgZone } from '@angular/core';
import type { CollectorOptions } from '../collector/collector-options.js';
import type { EventCollector } from '../collector/event-collector.js';
import type { AnalyticsEvent } from '../event/event.js';
import type { EventSink } from '../sink/sink.js';
import { FEATURE_CONSENT, OWN_WORK } from './event-collector-feature.js';
import { collectorOutsideZone } from './outside-zone.js';

/** A collector that lives as long as its injector. To be called in an injection context. */
export function createCollector<E extends AnalyticsEvent>(
  options: CollectorOptions<E>,
  moreSinks: readonly EventSink[] | undefined,
): EventCollector<E> {
  const consent = inject(FEATURE_CONSENT, { optional: true, self: true });
  const sinks = moreSinks === undefined ? options.sinks : [...(options.sinks ?? []), ...(moreSinks as unknown as readonly EventSink<E>[])];
  const collector = collectorOutsideZone<E>(
    { ...options, sinks, consent$: consent?.consent$ ?? options.consent$ },
    { zone: inject(NgZone), ownWork: inject(OWN_WORK), beforeCollect: consent?.heed },
  );
  inject(DestroyRef).onDestroy(() => void collector.shutdown());
  return collector;
}
