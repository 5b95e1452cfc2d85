import { inject, makeEnvironmentProviders, type EnvironmentProviders } from '@angular/core';
import type { CollectorOptions } from '../collector/collector-options.js';
import type { AnalyticsEvent } from '../event/event.js';
import type { EventSink } from '../sink/sink.js';
import { createCollector } from './create-collector.js';
import { EVENT_COLLECTOR } from './event-collector-token.js';
import { FEATURE_SINKS, OWN_WORK_PROVIDER, type EventCollectorFeature } from './event-collector-feature.js';

/**
 * Provides an application with a collector of its own.
 *
 * It is made when it is first injected, and shut down with its injector: in a browser with the application, under server-side rendering with each request, which
 * has one of its own. Nobody waits for that: what it still holds it delivers meanwhile, for 30 seconds at most. Its timers, deliveries and subscribers run
 * outside of Angular's zone: they cause no change detection, and the application is stable while events are pending.
 *
 * @param options as of `EventCollector`; a function is called in the injection context, once for each application. Sinks that are made outside of it would be shared, and closed, by all
 * requests to a server
 * @param features what `withSinks`, `withRouterEvents`, `withErrorHandler`, `withHttpTiming`, `withPageLifecycle` and `withConsent` give. Those that watch the router,
 * errors or the page have the collector made when the application starts; given twice, they work once
 * @throws what `new EventCollector` throws, when the collector is first injected
 */
export function provideEventCollector<E extends AnalyticsEvent = AnalyticsEvent>(
  options: CollectorOptions<E> | (() => CollectorOptions<E>) = {},
  ...features: readonly EventCollectorFeature[]
): EnvironmentProviders {
  return makeEnvironmentProviders([
    OWN_WORK_PROVIDER,
    {
      provide: EVENT_COLLECTOR,
      useFactory: () => createCollector(typeof options === 'function' ? options() : options, injectFeatureSinks()),
    },
    ...features.flatMap(({ providers }) => providers),
  ]);
}

/**
 * `undefined` where no feature brings any: then it is the options' to say whether there are sinks at all. Those of a collector further up, which a
 * part of the application may have beside its own, are not shared.
 */
const injectFeatureSinks = (): readonly EventSink[] | undefined => inject(FEATURE_SINKS, { optional: true, self: true })?.flat();
