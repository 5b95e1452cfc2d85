import { DestroyRef, inject, InjectionToken, NgZone } from '@angular/core';
import type { CollectorOptions } from '../collector/collector-options.js';
import type { EventCollector } from '../collector/event-collector.js';
import type { AnalyticsEvent } from '../event/event.js';
import { anObject, checkArgument } from '../internal/check-option.js';
import type { EventSink } from '../sink/sink.js';
import { FEATURE_CONSENT, OWN_WORK, type EventCollectorFeature } from './event-collector-feature.js';
import { collectorOutsideZone } from './outside-zone.js';

/** Told of the application's end: with it Angular destroys no injector but its own, so that a lazy route's would outlive it. */
const APPLICATION_END = new InjectionToken<DestroyRef>('rx-event-collector application end', {
  providedIn: 'root',
  factory: () => inject(DestroyRef),
});

/** A collector that lives as long as its injector, and no longer than the application. To be called in an injection context. */
export function createCollector<E extends AnalyticsEvent>(
  options: CollectorOptions<E>,
  features: readonly EventCollectorFeature[] = [],
): EventCollector<E> {
  checkArgument('options', options, anObject);
  const consent = inject(FEATURE_CONSENT, { optional: true, self: true });
  const lists = features.flatMap(({ sinks }) => (sinks === undefined ? [] : [sinks() as unknown as readonly EventSink<E>[]]));
  // Where no feature brings any, it is the options' to say whether there are sinks at all.
  const sinks = lists.length === 0 ? options.sinks : [...(options.sinks ?? []), ...lists.flat()];
  const collector = collectorOutsideZone<E>(
    { ...options, sinks, consent$: consent?.consent$ ?? options.consent$ },
    { zone: inject(NgZone), ownWork: inject(OWN_WORK), beforeCollect: consent?.readNow },
  );
  const forget = inject(APPLICATION_END).onDestroy(() => void collector.shutdown());
  inject(DestroyRef).onDestroy(() => {
    forget();
    void collector.shutdown();
  });
  return collector;
}
