import { makeEnvironmentProviders, type EnvironmentProviders } from '@angular/core';
import type { CollectorOptions } from '../collector/collector-options.js';
import type { AnalyticsEvent } from '../event/event.js';
import { checkArgument, isFunction, isObject, type Expectation } from '../internal/check-option.js';
import { createCollector } from './create-collector.js';
import { EVENT_COLLECTOR } from './event-collector-token.js';
import { OWN_WORK_PROVIDER, providersOf, type EventCollectorFeature } from './event-collector-feature.js';

const OPTIONS_OR_FUNCTION: Expectation = {
  expected: 'an object or a function',
  accepts: (value) => isFunction(value) || isObject(value),
};

/**
 * Provides an application with a collector of its own.
 *
 * It is made when it is first injected, and shut down with its injector: in a browser with the application, under server-side rendering with each request, which
 * has one of its own. Nobody waits for that: what it still holds it delivers meanwhile, for 30 seconds at most. Its timers, deliveries and subscribers run
 * outside of Angular's zone: they cause no change detection, and the application is stable while events are pending; but for a sink that
 * uses `HttpClient`, of which `withSinks` tells more.
 *
 * Given twice to an application, as by `mergeApplicationConfig` for a server, the later one's options and sinks hold; of the earlier one's features, what
 * watches goes on, and so does consent.
 *
 * @param options as of `EventCollector`; a function is called in the injection context, once for each application. Sinks that are made outside of it would be shared, and closed, by all
 * requests to a server
 * @param features what `withSinks`, `withRouterEvents`, `withErrorHandler`, `withHttpTiming`, `withPageLifecycle` and `withConsent` give. Those that watch the router,
 * errors or the page have the collector made when the application starts, before its initializers; given twice, they work once
 * @throws TypeError for options or features that are none, and what `new EventCollector` throws, when the collector is first injected
 */
export function provideEventCollector<E extends AnalyticsEvent = AnalyticsEvent>(
  options: CollectorOptions<E> | (() => CollectorOptions<E>) = {},
  ...features: readonly EventCollectorFeature[]
): EnvironmentProviders {
  checkArgument('options', options, OPTIONS_OR_FUNCTION);
  return makeEnvironmentProviders([
    OWN_WORK_PROVIDER,
    {
      provide: EVENT_COLLECTOR,
      useFactory: () => createCollector(typeof options === 'function' ? options() : options, features),
    },
    ...providersOf(features),
  ]);
}
